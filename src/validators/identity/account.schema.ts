import { z } from 'zod';
import { email, id, line, phone, timestamp } from '../common/fields.schema.ts';
import { TokenDelivery } from './auth.schema.ts';

const MOST_PASSWORD_CHARACTERS = 256;

/** A password to set. How long it must be is a matter of policies, and answered as such. */
export const newPassword = () =>
  z
    .string()
    .min(1)
    .max(2 * MOST_PASSWORD_CHARACTERS)
    .refine((value) => [...value].length <= MOST_PASSWORD_CHARACTERS, `At most ${MOST_PASSWORD_CHARACTERS} characters`)
    .refine((value) => value.isWellFormed(), 'Must be well-formed Unicode')
    .describe('Any characters, 12 or more of them unless a policy asks for more.')
    .meta({ example: 'seventeen quiet herons by the lake' });

const currentPassword = () =>
  z
    .string()
    .min(1)
    .max(2 * MOST_PASSWORD_CHARACTERS)
    .meta({ example: 'correct horse battery staple' });

export const mailedToken = () =>
  z
    .string()
    .min(1)
    .max(512)
    .describe('The token of the mailed link.')
    .meta({ example: '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11.3kQkq0d2nGm0Yw5b3yQv8sJmS4c0l1dE6fZ7hXr9tUo' });

const slug = () =>
  z
    .string()
    .toLowerCase()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "Must be a tenant's subdomain")
    .describe('Slug of the tenant to work in; without it the oldest membership counts.')
    .meta({ example: 'lakeside' });

const LONGEST_LANGUAGE_TAG = 35;

/** BCP 47, in its canonical form. */
const locale = () =>
  z
    .string()
    .min(2)
    .max(LONGEST_LANGUAGE_TAG)
    .transform((tag, context) => {
      try {
        return new Intl.Locale(tag).toString();
      } catch {
        context.addIssue({ code: 'custom', message: 'Must be a BCP 47 language tag such as "en" or "hi-IN"' });
        return z.NEVER;
      }
    })
    .meta({ example: 'en-IN' });

export const SignUpRequest = z
  .strictObject({
    email: email(),
    name: line(120).meta({ example: 'Asha Rao' }),
    password: newPassword(),
  })
  .meta({ id: 'SignUpRequest' });

export const AddressRequest = z.strictObject({ email: email() }).meta({ id: 'AddressRequest' });

export const VerifyEmailRequest = z.strictObject({ token: mailedToken() }).meta({ id: 'VerifyEmailRequest' });

export const ResetPasswordRequest = z
  .strictObject({ token: mailedToken(), password: newPassword() })
  .meta({ id: 'ResetPasswordRequest' });

export const ChangePasswordRequest = z
  .strictObject({ currentPassword: currentPassword(), newPassword: newPassword() })
  .meta({ id: 'ChangePasswordRequest' });

export const MagicLinkRequest = z
  .strictObject({ email: email(), subdomain: slug().optional() })
  .meta({ id: 'MagicLinkRequest' });

export const VerifyMagicLinkRequest = z
  .strictObject({
    token: mailedToken(),
    confirmationCode: z
      .string()
      .regex(/^[0-9]{6}$/, 'Must have six digits')
      .optional()
      .describe('What the browser shows that asked for the link; only another browser needs it.')
      .meta({ example: '048213' }),
    subdomain: slug().optional(),
    tokenDelivery: TokenDelivery,
  })
  .meta({ id: 'VerifyMagicLinkRequest' });

export const UpdateMeRequest = z
  .strictObject({
    name: line(120).meta({ example: 'Asha Rao' }),
    phone: phone().nullable(),
    avatarUrl: z
      .url({ protocol: /^https$/, hostname: z.regexes.domain })
      .max(2048)
      .nullable()
      .meta({ example: 'https://cdn.lakeside.example/asha.png' }),
    locale: locale(),
  })
  .partial()
  .meta({ id: 'UpdateMeRequest' });

/** The same whether there is an account or not. */
export const MailRequested = z
  .object({
    message: z.string().meta({ example: 'If this address can be used here, an e-mail is on its way to it.' }),
  })
  .meta({ id: 'MailRequested' });

export const MagicLinkRequested = z
  .object({
    ...MailRequested.shape,
    confirmationCode: z
      .string()
      .describe('To be shown in this browser: a link that is opened in another one needs it.')
      .meta({ example: '048213' }),
    expiresIn: z.int().describe('Seconds until the link is over.').meta({ example: 600 }),
  })
  .meta({ id: 'MagicLinkRequested' });

const OwnSession = z
  .object({
    id: id(),
    current: z.boolean().describe('Whether this is the session that asks.').meta({ example: true }),
    method: z.enum(['password', 'magic_link', 'impersonation']).meta({ example: 'password' }),
    device: z
      .object({
        browser: z.string().nullable().meta({ example: 'Firefox 140.0' }),
        operatingSystem: z.string().nullable().meta({ example: 'Windows 10' }),
        type: z.enum(['desktop', 'mobile', 'tablet', 'tv', 'bot']).nullable().meta({ example: 'desktop' }),
      })
      .describe('What the client said it is.'),
    ipAddress: z.string().nullable().meta({ example: '203.0.113.7' }),
    createdAt: timestamp(),
    lastUsedAt: timestamp(),
    expiresAt: timestamp(),
    impersonated: z.boolean().describe("Whether an operator works in the user's place in it.").meta({ example: false }),
    impersonatorName: z.string().nullable().meta({ example: null }),
  })
  .meta({ id: 'OwnSession' });

export const OwnSessionList = z.array(OwnSession).meta({ id: 'OwnSessionList' });
