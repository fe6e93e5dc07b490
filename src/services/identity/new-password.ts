import type { PlatformScope, TxContext } from '../../types/context.ts';
import type { User } from '../../types/identity/user.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import { type Standing, tenantOf } from './active-context.ts';
import type { OneTimeTokenService } from './one-time-token.service.ts';
import type { SecurityLog } from './security-log.service.ts';
import type { SessionService } from './session.service.ts';
import type { SignInChallengeService } from './sign-in-challenge.service.ts';
import type { ThrottleService } from './throttle.service.ts';

export interface NewPasswordsDeps {
  readonly sessions: Pick<SessionService, 'revokeAllOfUser'>;
  readonly oneTimeTokens: Pick<OneTimeTokenService, 'revoke'>;
  readonly challenges: Pick<SignInChallengeService, 'endAllOf'>;
  readonly throttles: Pick<ThrottleService, 'clearOfUser'>;
  readonly securityLog: SecurityLog;
  readonly audit: AuditTrail;
  readonly events: DomainEvents;
}

/** How somebody came to a new password. */
export interface PasswordReplacement {
  readonly user: User;
  /** Where they work, for the log of that tenant. */
  readonly standing: Standing;
  readonly how: 'changed' | 'reset';
  /** The session that goes on; null ends all of them. */
  readonly keptSessionId: string | null;
}

/** What wrong passwords are counted by. Second factors have counts of their own, which a mailbox must not clear. */
const PASSWORD_THROTTLES = ['sign_in_account', 'sign_in_device', 'reauthentication'];

export type NewPasswords = ReturnType<typeof createNewPasswords>;

export function createNewPasswords(deps: NewPasswordsDeps) {
  const { sessions, oneTimeTokens, challenges, throttles, securityLog, audit, events } = deps;
  return {
    /** Ends what the old password has opened, and tells of the new one, in the transaction that sets it (ASVS 7.4.3, 6.3.7). */
    async settle(
      txCtx: TxContext<PlatformScope>,
      { user, standing, how, keptSessionId }: PasswordReplacement,
    ): Promise<void> {
      const { id: userId } = user;
      const ended = await sessions.revokeAllOfUser(txCtx, userId, `password_${how}`, keptSessionId);
      await oneTimeTokens.revoke(txCtx, userId, ['password_reset', 'magic_link', 'email_verification']);
      await challenges.endAllOf(txCtx, userId);
      throttles.clearOfUser(txCtx, userId, PASSWORD_THROTTLES);
      const tenantId = tenantOf(standing.context);
      securityLog.record(txCtx, { type: `password.${how}`, userId, ...(tenantId !== null && { tenantId }) });
      events.publish(txCtx, 'user.password_changed', userId, { userId });
      audit.record(txCtx, { resourceType: 'user', resourceId: userId, after: { sessionsEnded: ended.length } });
    },
  };
}
