import { z } from 'zod';

const ofUser = z.object({ userId: z.uuid() });
const ofSession = z.object({ userId: z.uuid(), sessionId: z.uuid() });

/** Domain events of identity and what they carry: ids, never objects, and never a secret. */
export const identityEvents = {
  'user.signed_up': ofUser,
  /** Somebody has signed up with the address of an account that is there already. */
  'user.sign_up_repeated': ofUser,
  'user.verification_requested': ofUser,
  'user.password_reset_requested': ofUser,
  'user.magic_link_requested': z.object({
    userId: z.uuid(),
    /** SHA-256 in base64url of what the browser that asks keeps, and of the code that it shows. */
    browserHash: z.string(),
    confirmationCodeHash: z.string(),
  }),
  'user.password_changed': ofUser,
  'user.two_factor_enabled': ofUser,
  'user.two_factor_disabled': ofUser,
  'user.recovery_code_used': z.object({ userId: z.uuid(), remaining: z.int() }),
  /** Wrong passwords from unknown devices. */
  'user.sign_ins_throttled': ofUser,
  /** Wrong codes, by somebody who has the first factor. */
  'user.second_factor_throttled': ofUser,
  'session.reuse_detected': ofSession,
  'session.opened_on_new_device': ofSession,
  'operator.invited': ofUser,
  'invitation.created': z.object({ tenantId: z.uuid(), invitationId: z.uuid() }),
  'impersonation.started': z.object({ tenantId: z.uuid(), impersonationId: z.uuid() }),
} as const;
