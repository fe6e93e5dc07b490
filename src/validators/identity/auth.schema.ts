import { z } from 'zod';
import { email, id, timestamp } from '../common/fields.schema.ts';

const MOST_PASSWORD_CHARACTERS = 256;

/** A password to check: any characters, at most 256 of them (code points) so that none costs more than another. */
const password = () =>
  z
    .string()
    .min(1)
    .max(2 * MOST_PASSWORD_CHARACTERS)
    .refine((value) => [...value].length <= MOST_PASSWORD_CHARACTERS, `At most ${MOST_PASSWORD_CHARACTERS} characters`)
    .meta({ example: 'correct horse battery staple' });

const slug = () =>
  z
    .string()
    .toLowerCase()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "Must be a tenant's subdomain")
    .meta({ example: 'lakeside' });

const refreshToken = () =>
  z.string().meta({ example: '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11.3kQkq0d2nGm0Yw5b3yQv8sJmS4c0l1dE6fZ7hXr9tUo' });

export const LoginRequest = z
  .strictObject({
    email: email(),
    password: password(),
    subdomain: slug().optional().describe('Slug of the tenant to work in; without it the oldest membership counts.'),
  })
  .meta({ id: 'LoginRequest' });

export const RefreshRequest = z
  .strictObject({ refreshToken: refreshToken().min(1).max(512) })
  .meta({ id: 'RefreshRequest' });

const UserProfile = z
  .object({
    id: id(),
    email: email(),
    name: z.string().meta({ example: 'Asha Rao' }),
    phone: z.string().nullable().meta({ example: '+91 80 4718 2200' }),
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
    .meta({ example: 'eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImExIn0.eyJzdWIiOiIwMTk5In0.c2ln' }),
  tokenType: z.literal('Bearer').meta({ example: 'Bearer' }),
  expiresIn: z.int().describe('Seconds until the access token expires.').meta({ example: 900 }),
  refreshToken: refreshToken().describe('Can be exchanged once.'),
} as const;

export const LoginResponse = z.object({ ...tokens, user: UserProfile }).meta({ id: 'LoginResponse' });

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

const ActiveContext = z
  .object({
    type: z.enum(['platform', 'tenant', 'self']).meta({ example: 'tenant' }),
    id: id().describe('The tenant, the user, or the nil UUID for the platform.'),
  })
  .meta({ id: 'ActiveContext' });

export const MeResponse = z
  .object({
    user: UserProfile,
    memberships: z.array(OwnMembership),
    activeContext: ActiveContext,
    permissions: z
      .array(z.string())
      .describe('`resource:action`; `resource:*` and `*` stand for many.')
      .meta({ example: ['tenants:read', 'invoices:*'] }),
  })
  .meta({ id: 'MeResponse' });
