import { z } from 'zod';
import { email, id, timestamp } from '../common/fields.schema.ts';

const MOST_PASSWORD_CHARACTERS = 256;

/** A password to check: any characters, at most 256 of them (code points) so that none costs more than another. */
export const password = () =>
  z
    .string()
    .min(1)
    .max(2 * MOST_PASSWORD_CHARACTERS)
    .refine((value) => [...value].length <= MOST_PASSWORD_CHARACTERS, `At most ${MOST_PASSWORD_CHARACTERS} characters`)
    .meta({ example: 'correct horse battery staple' });

/** A code of an authenticator app (RFC 6238). */
export const totpCode = () =>
  z
    .string()
    .regex(/^[0-9]{6}$/, 'Must be six digits')
    .meta({ example: '492039' });

const slug = () =>
  z
    .string()
    .toLowerCase()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "Must be a tenant's subdomain")
    .meta({ example: 'lakeside' });

const refreshToken = () =>
  z.string().meta({ example: '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11.3kQkq0d2nGm0Yw5b3yQv8sJmS4c0l1dE6fZ7hXr9tUo' });

/** Where the tokens of a session go. */
export const TokenDelivery = z
  .enum(['body', 'cookie'])
  .default('body')
  .describe('`cookie` for browsers: HttpOnly cookies instead of tokens, and a CSRF token to send as X-CSRF-Token.')
  .meta({ example: 'body' });

export const LoginRequest = z
  .strictObject({
    email: email(),
    password: password(),
    tokenDelivery: TokenDelivery,
    twoFactorCode: totpCode()
      .optional()
      .describe('Of the authenticator app, to sign in at once; without it, who has one is asked for it.'),
    subdomain: slug().optional().describe('Slug of the tenant to work in; without it the oldest membership counts.'),
  })
  .meta({ id: 'LoginRequest' });

/** As LoginRequest, for an app: tokens come in the body. */
export const SingerSignInRequest = LoginRequest.omit({ tokenDelivery: true }).meta({ id: 'SingerSignInRequest' });

export const RefreshRequest = z
  .strictObject({
    refreshToken: refreshToken().min(1).max(512).optional().describe('Without it the one in the cookie counts.'),
    tenantId: id()
      .nullable()
      .optional()
      .describe(
        'The tenant that the new access token works in, null for nothing but the own things; without it the one that the session was opened in.',
      ),
  })
  .meta({ id: 'RefreshRequest' });

/** As RefreshRequest, for an app: the token is in the body. */
export const SingerRefreshRequest = z
  .strictObject({ refreshToken: refreshToken().min(1).max(512) })
  .meta({ id: 'SingerRefreshRequest' });

export const UserProfile = z
  .object({
    id: id(),
    email: email(),
    name: z.string().meta({ example: 'Asha Rao' }),
    phone: z.string().nullable().meta({ example: '+91 80 4718 2200' }),
    avatarUrl: z.url().nullable().meta({ example: 'https://cdn.lakeside.example/asha.png' }),
    type: z.enum(['ADMIN_USER', 'PLATFORM_USER']).meta({ example: 'PLATFORM_USER' }),
    role: z.string().describe('Role where the user works now.').meta({ example: 'owner' }),
    status: z.enum(['active', 'inactive', 'suspended', 'pending']).meta({ example: 'active' }),
    locale: z.string().meta({ example: 'en' }),
    emailVerifiedAt: timestamp().nullable(),
    lastLoginAt: timestamp().nullable(),
    createdAt: timestamp(),
  })
  .meta({ id: 'UserProfile' });

const tokens = {
  accessToken: z
    .string()
    .optional()
    .describe('Absent where it is in a cookie.')
    .meta({ example: 'eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImExIn0.eyJzdWIiOiIwMTk5In0.c2ln' }),
  tokenType: z.literal('Bearer').meta({ example: 'Bearer' }),
  expiresIn: z.int().describe('Seconds until the access token expires.').meta({ example: 900 }),
  refreshToken: refreshToken().optional().describe('Can be exchanged once. Absent where it is in a cookie.'),
  csrfToken: z
    .string()
    .optional()
    .describe('Where the tokens are in cookies: to be sent as X-CSRF-Token with whatever changes something.')
    .meta({ example: 'b5a3uQ0d2nGm0Yw5b3yQv8sJmS4c0l1dE6fZ7hXr9tU' }),
} as const;

export const SignedIn = z
  .object({ status: z.literal('signed_in').meta({ example: 'signed_in' }), ...tokens, user: UserProfile })
  .meta({ id: 'SignedIn' });

const TwoFactorRequired = z
  .object({
    status: z.literal('two_factor_required').meta({ example: 'two_factor_required' }),
    challengeToken: z
      .string()
      .describe('To be answered with a code: no session.')
      .meta({ example: '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11.b5a3uQ0d2nGm0Yw5b3yQv8sJmS4c0l1dE6fZ7hXr9tU' }),
    expiresIn: z.int().describe('Seconds until the challenge is over.').meta({ example: 300 }),
    methods: z.array(z.enum(['totp', 'recovery_code'])).meta({ example: ['totp', 'recovery_code'] }),
  })
  .meta({ id: 'TwoFactorRequired' });

/** What stands in an answer that gives an access token and nothing to renew it with. */
export const { refreshToken: _none, ...accessTokenFields } = tokens;

const TwoFactorEnrolmentRequired = z
  .object({
    status: z.literal('two_factor_enrolment_required').meta({ example: 'two_factor_enrolment_required' }),
    ...accessTokenFields,
    user: UserProfile,
  })
  .describe('A session that can set up a second factor and do nothing else.')
  .meta({ id: 'TwoFactorEnrolmentRequired' });

/** What every way to sign in answers. */
export const SignInResponse = z
  .discriminatedUnion('status', [SignedIn, TwoFactorRequired, TwoFactorEnrolmentRequired])
  .meta({ id: 'SignInResponse' });

export const RefreshResponse = z.object(tokens).meta({ id: 'RefreshResponse' });

const OwnMembership = z
  .object({
    tenant: z.object({
      id: id(),
      name: z.string().meta({ example: 'Lakeside Study Library' }),
      slug: z.string().meta({ example: 'lakeside' }),
      status: z.enum(['trial', 'active', 'suspended', 'inactive']).meta({ example: 'active' }),
    }),
    role: z.string().meta({ example: 'owner' }),
    status: z.enum(['active', 'suspended']).meta({ example: 'active' }),
  })
  .meta({ id: 'OwnMembership' });

export const ActiveContext = z
  .object({
    type: z.enum(['platform', 'tenant', 'self']).meta({ example: 'tenant' }),
    id: id().describe('The tenant, the user, or the nil UUID for the platform.'),
  })
  .meta({ id: 'ActiveContext' });

export const permissionPatterns = () =>
  z
    .array(z.string())
    .describe('`resource:action`; `resource:*` and `*` stand for many.')
    .meta({ example: ['tenants:read', 'invoices:*'] });

const CurrentSession = z
  .object({
    id: id(),
    method: z.enum(['password', 'magic_link', 'impersonation']).meta({ example: 'password' }),
    twoFactor: z.boolean().describe('Whether this session has proved a second factor.').meta({ example: true }),
    expiresAt: timestamp().describe('When it ends, whatever happens.'),
    restricted: z.boolean().describe('May do nothing but set up a second factor.').meta({ example: false }),
  })
  .meta({ id: 'CurrentSession' });

const CurrentImpersonation = z
  .object({
    impersonator: z.object({ id: id(), name: z.string().meta({ example: 'Meera Iyer' }) }),
    reason: z.string().meta({ example: 'Ticket 4711: an invoice is missing' }),
    expiresAt: timestamp(),
    mode: z.enum(['read_only', 'full']).meta({ example: 'read_only' }),
  })
  .describe('An operator who works in the place of the user.')
  .meta({ id: 'CurrentImpersonation' });

export const MeResponse = z
  .object({
    user: UserProfile,
    twoFactorEnabled: z.boolean().describe('Whether the user has a second factor that works.').meta({ example: true }),
    memberships: z.array(OwnMembership),
    activeContext: ActiveContext,
    permissions: permissionPatterns(),
    session: CurrentSession,
    impersonation: CurrentImpersonation.nullable(),
  })
  .meta({ id: 'MeResponse' });
