import { z } from 'zod';
import { password, SignedIn, TokenDelivery } from './auth.schema.ts';

const EXAMPLE_CHALLENGE = '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11.b5a3uQ0d2nGm0Yw5b3yQv8sJmS4c0l1dE6fZ7hXr9tU';

const code = () =>
  z
    .string()
    .regex(/^[0-9]{6}$/, 'Must be the six digits that the app shows')
    .meta({ example: '492039' });

const recoveryCode = () => z.string().min(1).max(64).meta({ example: 'k3vq-7m2n-xwpa-d5rh-ytf4-b6ge' });

const recoveryCodes = () =>
  z
    .array(z.string())
    .describe('Each is good once, when the app is not at hand. They are shown this one time.')
    .meta({ example: ['k3vq-7m2n-xwpa-d5rh-ytf4-b6ge', 'p6dt-wz4h-n2ya-mk7s-3vxe-qc5r'] });

/** @returns whether one of two fields is there, and not both */
const oneOf =
  <Name extends string>(a: Name, b: Name) =>
  (value: Readonly<Partial<Record<Name, unknown>>>): boolean =>
    (value[a] === undefined) !== (value[b] === undefined);

export const SetUpTwoFactorRequest = z
  .strictObject({
    password: password()
      .optional()
      .describe('Needed unless the session waits for this set-up, or the user has no password.'),
  })
  .meta({ id: 'SetUpTwoFactorRequest' });

export const TwoFactorSetupResponse = z
  .object({
    secret: z
      .string()
      .describe('To be typed into the app, base32.')
      .meta({ example: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' }),
    otpauthUri: z.string().meta({
      example:
        'otpauth://totp/Rowhouse:asha%40lakeside.example?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Rowhouse',
    }),
    qrCode: z
      .string()
      .describe('The URI as a PNG, in a data URI.')
      .meta({ example: 'data:image/png;base64,iVBORw0KGgo=' }),
    challengeToken: z
      .string()
      .describe('To be sent to /api/auth/2fa/verify with the first code.')
      .meta({ example: EXAMPLE_CHALLENGE }),
    expiresIn: z.int().describe('Seconds until the set-up is over.').meta({ example: 900 }),
  })
  .meta({ id: 'TwoFactorSetup' });

export const VerifyTwoFactorRequest = z
  .strictObject({
    challengeToken: z.string().min(1).max(512).meta({ example: EXAMPLE_CHALLENGE }),
    code: code().optional(),
    recoveryCode: recoveryCode().optional().describe('In the place of a code, to sign in.'),
    tokenDelivery: TokenDelivery,
  })
  .refine(oneOf('code', 'recoveryCode'), 'Needs either code or recoveryCode')
  .meta({ id: 'VerifyTwoFactorRequest', example: { challengeToken: EXAMPLE_CHALLENGE, code: '492039' } });

const TwoFactorEnabled = z
  .object({
    status: z.literal('two_factor_enabled').meta({ example: 'two_factor_enabled' }),
    recoveryCodes: recoveryCodes(),
    session: SignedIn.optional().describe(
      'In the place of a session that could do nothing but set up a second factor.',
    ),
  })
  .meta({ id: 'TwoFactorEnabled' });

export const VerifyTwoFactorResponse = z
  .discriminatedUnion('status', [SignedIn, TwoFactorEnabled])
  .meta({ id: 'VerifyTwoFactorResponse' });

export const DisableTwoFactorRequest = z
  .strictObject({
    password: password().optional().describe('Needed unless the user has none.'),
    code: code().optional(),
    recoveryCode: recoveryCode().optional().describe('In the place of a code.'),
  })
  .refine(oneOf('code', 'recoveryCode'), 'Needs either code or recoveryCode')
  .meta({ id: 'DisableTwoFactorRequest', example: { password: 'correct horse battery staple', code: '492039' } });

export const CreateRecoveryCodesRequest = z
  .strictObject({ password: password().optional(), code: code().optional() })
  .refine(oneOf('password', 'code'), 'Needs either password or code')
  .meta({ id: 'CreateRecoveryCodesRequest', example: { password: 'correct horse battery staple' } });

export const RecoveryCodesResponse = z.object({ recoveryCodes: recoveryCodes() }).meta({ id: 'RecoveryCodes' });
