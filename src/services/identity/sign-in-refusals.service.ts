import type { Logger } from '../../config/logger.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { MembershipRepository } from '../../repositories/identity/membership.repository.ts';
import type { Context, TxContext } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { LoginOutcome } from '../../types/identity/login-attempt.ts';
import type { User } from '../../types/identity/user.ts';
import { PLATFORM_ID, type TenantId } from '../../types/ids.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import type { LoginAttempts } from './login-attempts.service.ts';
import type { SecurityLog } from './security-log.service.ts';
import type { AdmittedTry, RefusedTry } from './sign-in-throttles.ts';
import type { ThrottleService } from './throttle.service.ts';

export interface SignInRefusalsDeps {
  readonly memberships: Pick<MembershipRepository, 'listOfUser'>;
  readonly loginAttempts: LoginAttempts;
  readonly throttles: Pick<ThrottleService, 'isDue'>;
  readonly securityLog: SecurityLog;
  readonly events: DomainEvents;
  readonly tx: TransactionRunner;
  readonly log: Pick<Logger, 'info'>;
}

/** Who tried to sign in with a password. */
export interface Claimant {
  /** As it was typed, in lower case. */
  readonly email: string;
  readonly user: User | null;
  readonly knownDevice: boolean;
}

/** A refusal as its log knows it; the caller is told less. */
export interface FailedTry {
  readonly outcome: Extract<LoginOutcome, 'failed' | 'two_factor_failed'>;
  readonly reason: string;
}

const NO_USER = '00000000-0000-0000-0000-000000000000';
const MINUTE = 60;
const HOUR = 60 * MINUTE;

export type SignInRefusals = ReturnType<typeof createSignInRefusals>;

/** What is written down of a sign-in that did not come to be: the same statements, whether the account is known or not. */
export function createSignInRefusals(deps: SignInRefusalsDeps) {
  const { memberships, loginAttempts, throttles, securityLog, events, tx, log } = deps;

  /** In whose log it stands: the oldest tenant of the user; null for the platform's. */
  const tenantOf = async (ctx: TxContext, user: User | null): Promise<TenantId | null> => {
    const theirs = await memberships.listOfUser({ ...ctx, scope: platformScope }, user?.id ?? NO_USER);
    return user?.platformRole ? null : (theirs[0]?.tenantId ?? null);
  };

  const tellOwner = (txCtx: TxContext, user: User, tenantId: TenantId | null, failures: number): void => {
    events.publish(txCtx, 'user.sign_ins_throttled', user.id, { userId: user.id });
    securityLog.record(txCtx, {
      type: 'account.throttled',
      userId: user.id,
      tenantId: tenantId ?? PLATFORM_ID,
      details: { failures },
    });
  };

  return {
    /**
     * Writes down a try whose password was not looked at: once a minute for what it has to wait for. More would let a flood fill
     * the table that is there to find it, and say nothing that the first does not.
     */
    throttled(ctx: Context, { email, user, knownDevice }: Claimant, { blocked }: RefusedTry): Promise<void> {
      const deed = { key: `sign_in_refused:${blocked[0]}`, kind: 'sign_in_refused', seconds: MINUTE };
      return tx.run(rescoped(ctx, platformScope), async (txCtx) => {
        if (!(await throttles.isDue(txCtx, deed))) return;
        const tenantId = await tenantOf(txCtx, user);
        await loginAttempts.record(txCtx, {
          user,
          email,
          tenantId,
          method: 'password',
          outcome: 'throttled',
          knownDevice,
        });
      });
    },

    /**
     * Writes down a refused try, and tells the owner when strangers now have to wait: at most once an hour.
     * @param counted absent where the try does not count against the account
     */
    failed(
      ctx: Context,
      { email, user, knownDevice }: Claimant,
      { outcome, reason }: FailedTry,
      counted?: AdmittedTry,
    ): Promise<void> {
      const { requestId, origin } = ctx;
      log.info('Sign-in refused', { requestId, ipAddress: origin.ipAddress, userId: user?.id ?? null, reason });
      return tx.run(rescoped(ctx, platformScope), async (txCtx) => {
        const tenantId = await tenantOf(txCtx, user);
        await loginAttempts.record(txCtx, { user, email, tenantId, method: 'password', outcome, knownDevice });
        const blocked = counted?.blocked ?? null;
        if (blocked === null || !(await throttles.isDue(txCtx, noticeOf(blocked.key)))) return;
        if (user !== null) tellOwner(txCtx, user, tenantId, blocked.failures);
      });
    },
  };
}

const noticeOf = (accountKey: string) => ({
  key: `sign_in_notice:${accountKey}`,
  kind: 'sign_in_notice',
  seconds: HOUR,
});
