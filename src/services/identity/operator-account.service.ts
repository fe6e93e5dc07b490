import { appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { OperatorRepository } from '../../repositories/identity/operator.repository.ts';
import type {
  OperatorSession,
  OperatorSessionRepository,
} from '../../repositories/identity/operator-session.repository.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import type { Operator } from '../../types/identity/operator.ts';
import type { Page, PageRequest } from '../../types/page.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import { type LockedOperators, type OperatorAuthority, refuseOwn, refuseStandingChange } from './operator-authority.ts';
import type { SecurityLog } from './security-log.service.ts';
import type { SessionService } from './session.service.ts';
import type { TwoFactorService } from './two-factor.service.ts';

export interface OperatorAccountServiceDeps {
  readonly operators: Pick<OperatorRepository, 'findById' | 'update'>;
  readonly operatorSessions: OperatorSessionRepository;
  readonly authority: OperatorAuthority;
  readonly sessions: Pick<SessionService, 'revoke' | 'revokeAllOfUser'>;
  readonly twoFactor: Pick<TwoFactorService, 'reset'>;
  readonly securityLog: SecurityLog;
  readonly events: DomainEvents;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
}

export type OperatorAccountService = ReturnType<typeof createOperatorAccountService>;

/** How operators sign in: what others may do about it. Nobody ever sets or sees somebody else's password or second factor. */
export function createOperatorAccountService(deps: OperatorAccountServiceDeps) {
  const { operators, operatorSessions, authority, sessions, twoFactor, securityLog, events, tx, audit } = deps;

  const find = async (ctx: Context<PlatformScope>, id: string): Promise<Operator> => {
    const operator = await operators.findById(ctx, id);
    if (operator === null) throw appError('OPERATOR_NOT_FOUND');
    return operator;
  };

  const setSecondFactor = async (
    txCtx: TxContext<PlatformScope>,
    { target }: LockedOperators,
    isRequired: boolean,
  ): Promise<Operator> => {
    const { id } = target;
    const hadSecondFactor = !isRequired && (await twoFactor.reset(txCtx, id));
    const after = await operators.update(txCtx, id, { ...target, twoFactorRequired: isRequired });
    await sessions.revokeAllOfUser(txCtx, id, 'two_factor_changed');
    if (hadSecondFactor) {
      events.publish(txCtx, 'user.two_factor_disabled', id, { userId: id });
      securityLog.record(txCtx, { type: 'two_factor.reset', userId: id });
    }
    securityLog.record(txCtx, { type: 'operator.changed', userId: id, details: { twoFactorRequired: isRequired } });
    audit.record(txCtx, {
      resourceType: 'operator',
      resourceId: id,
      before: secondFactorFields(target),
      after: secondFactorFields(after),
    });
    return after;
  };

  return {
    /**
     * Mails the invitation once more; the link before it ends with the new one.
     * @throws AppError FORBIDDEN, OPERATOR_NOT_FOUND, OPERATOR_OUTRANKED, PERMISSION_NOT_HELD
     * @throws AppError OPERATOR_ALREADY_JOINED for somebody who has chosen a password
     */
    invite(ctx: Context<PlatformScope>, id: string): Promise<Operator> {
      return tx.run(ctx, async (txCtx) => {
        const locked = await authority.lock(txCtx, id, 'admin-users:write');
        const { target } = locked;
        if (target.hasPassword) throw appError('OPERATOR_ALREADY_JOINED');
        const wanted = { ...target, status: 'pending' as const };
        refuseStandingChange(locked, wanted);
        const after = target.status === 'pending' ? target : await operators.update(txCtx, id, wanted);
        events.publish(txCtx, 'operator.invited', id, { userId: id });
        audit.record(txCtx, {
          resourceType: 'operator',
          resourceId: id,
          before: { status: target.status },
          after: { status: after.status },
        });
        return after;
      });
    },

    /**
     * Mails a link by which an operator chooses another password. The one they have works until then.
     * @throws AppError FORBIDDEN, OPERATOR_NOT_FOUND, OPERATOR_OUTRANKED
     * @throws AppError OPERATOR_INVITATION_OPEN, OPERATOR_NOT_ACTIVE for those who can not sign in
     */
    requestPasswordReset(ctx: Context<PlatformScope>, id: string): Promise<Operator> {
      return tx.run(ctx, async (txCtx) => {
        const { target } = await authority.lock(txCtx, id, 'admin-users:write');
        if (!target.hasPassword) throw appError('OPERATOR_INVITATION_OPEN');
        if (target.status !== 'active') throw appError('OPERATOR_NOT_ACTIVE');
        events.publish(txCtx, 'user.password_reset_requested', id, { userId: id });
        audit.record(txCtx, { resourceType: 'operator', resourceId: id });
        return target;
      });
    },

    /**
     * Asks for a second factor, or asks for none and takes the one away that is there, for somebody who has lost it. The
     * operator is signed out everywhere.
     * @throws AppError FORBIDDEN, OPERATOR_NOT_FOUND, OPERATOR_OUTRANKED, OWN_STANDING_FIXED
     */
    setTwoFactor(ctx: Context<PlatformScope>, id: string, isRequired: boolean): Promise<Operator> {
      return tx.run(ctx, async (txCtx) => {
        const locked = await authority.lock(txCtx, id, 'admin-users:write');
        refuseOwn(locked);
        return setSecondFactor(txCtx, locked, isRequired);
      });
    },

    /** @throws AppError OPERATOR_NOT_FOUND */
    async listSessions(ctx: Context<PlatformScope>, id: string, request: PageRequest): Promise<Page<OperatorSession>> {
      const operator = await find(ctx, id);
      return operatorSessions.list(ctx, operator.id, request);
    },

    /** @throws AppError FORBIDDEN, OPERATOR_NOT_FOUND, OPERATOR_OUTRANKED, SESSION_NOT_FOUND for anybody else's too */
    async revokeSession(ctx: Context<PlatformScope>, id: string, sessionId: string): Promise<void> {
      await tx.run(ctx, async (txCtx) => {
        await authority.lock(txCtx, id, 'admin-users:write');
        if (!(await operatorSessions.isLiveOf(txCtx, id, sessionId))) {
          throw appError('SESSION_NOT_FOUND', { message: 'This operator has no such session.' });
        }
        sessions.revoke(txCtx, { sessionId, reason: 'revoked_by_administrator', tenantId: null });
        securityLog.record(txCtx, { type: 'session.revoked', userId: id, details: { sessionId } });
      });
    },
  };
}

const secondFactorFields = ({ twoFactorRequired, hasSecondFactor }: Operator) => ({
  twoFactorRequired,
  hasSecondFactor,
});
