import { uuidv7 } from 'uuidv7';
import { appError, invariant } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type {
  ImpersonationMode,
  ImpersonationRecord,
  ImpersonationRepository,
  ImpersonationSubject,
  Impersonator,
  TenantOwner,
} from '../../repositories/identity/impersonation.repository.ts';
import type { SessionRepository } from '../../repositories/identity/session.repository.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { TenantId } from '../../types/ids.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import type { AccessTokens, SignedAccessToken } from './access-token.ts';
import { impersonatedPermissions, operatorPermissions } from './effective-permissions.ts';
import type { SecurityLog } from './security-log.service.ts';
import type { TwoFactorService } from './two-factor.service.ts';

export interface ImpersonationServiceDeps {
  readonly impersonations: ImpersonationRepository;
  readonly sessions: Pick<SessionRepository, 'open'>;
  readonly accessTokens: Pick<AccessTokens, 'sign'>;
  readonly twoFactor: Pick<TwoFactorService, 'verifyCode'>;
  readonly securityLog: SecurityLog;
  readonly events: DomainEvents;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
}

/** What an operator asks for. */
export interface ImpersonationRequest {
  readonly reason: string;
  /** Where the reason can be read up. */
  readonly ticket: string | null;
  /** In whose place; null for the tenant's oldest active owner. */
  readonly userId: string | null;
  readonly minutes: number;
  readonly mode: ImpersonationMode;
  /** Of the operator's authenticator, where the session has not lately shown it. */
  readonly totpCode: string | null;
}

export interface StartedImpersonation extends SignedAccessToken {
  readonly impersonation: {
    readonly id: string;
    readonly user: Pick<ImpersonationSubject, 'id' | 'name' | 'email'>;
    readonly mode: ImpersonationMode;
    readonly reason: string;
    readonly ticket: string | null;
    readonly expiresAt: string;
  };
}

/** A session that has shown the second factor counts as fresh for so long. */
const FACTOR_MINUTES = 5;
const LONGEST_USER_AGENT = 500;

export type ImpersonationService = ReturnType<typeof createImpersonationService>;

/**
 * Operators working in the place of a tenant's user: for a reason, for a short time that nothing extends, in one tenant, with no
 * more than both may do, and never without both names in the tenant's audit log.
 */
export function createImpersonationService(deps: ImpersonationServiceDeps) {
  const { impersonations, sessions, accessTokens, twoFactor, securityLog, events, tx, audit } = deps;

  const lockImpersonator = async (
    txCtx: TxContext<PlatformScope>,
    minutes: number,
    hasShownCode: boolean,
  ): Promise<Impersonator> => {
    const operator = await impersonations.lockImpersonator(txCtx, {
      ...impersonatorOf(txCtx),
      factorMinutes: FACTOR_MINUTES,
      minutes,
    });
    if (operator?.live !== true || !operatorPermissions(operator).has('tenants:impersonate')) {
      throw appError('FORBIDDEN');
    }
    if (operator.needsSecondFactor && !operator.hasShownSecondFactor && !hasShownCode) {
      throw appError('TWO_FACTOR_REQUIRED', {
        message: `Show your second factor: sign in with it, or send a code. It counts for ${FACTOR_MINUTES} minutes.`,
      });
    }
    return operator;
  };

  const findSubject = async (
    txCtx: TxContext<PlatformScope>,
    tenantId: TenantId,
    userId: string | null,
  ): Promise<ImpersonationSubject> => {
    if (!(await impersonations.isTenant(txCtx, tenantId))) throw appError('TENANT_NOT_FOUND');
    const subject = await impersonations.findSubject(txCtx, tenantId, userId);
    if (subject === null) throw appError('IMPERSONATION_NOT_POSSIBLE');
    return subject;
  };

  return {
    /**
     * Opens a session in a user's place. It has no refresh token; each further one needs a reason of its own.
     * @throws AppError TENANT_NOT_FOUND
     * @throws AppError FORBIDDEN when the operator may not impersonate any more
     * @throws AppError TWO_FACTOR_REQUIRED when the operator has a second factor, and has not shown it within five minutes
     * @throws AppError TWO_FACTOR_CODE_INVALID, TOO_MANY_ATTEMPTS
     * @throws AppError IMPERSONATION_NOT_POSSIBLE unless the user is an active member and no operator
     */
    async start(
      ctx: Context<PlatformScope>,
      tenantId: TenantId,
      request: ImpersonationRequest,
    ): Promise<StartedImpersonation> {
      const { reason, ticket, userId, minutes, mode, totpCode } = request;
      const { operatorId } = impersonatorOf(ctx);
      if (totpCode !== null && !(await twoFactor.verifyCode(ctx, operatorId, totpCode))) {
        throw appError('TWO_FACTOR_CODE_INVALID');
      }
      return tx.run(ctx, async (txCtx) => {
        const operator = await lockImpersonator(txCtx, minutes, totpCode !== null);
        const subject = await findSubject(txCtx, tenantId, userId);
        const { expiresAt } = operator;
        const [id, sessionId] = [uuidv7(), uuidv7()];
        sessions.open(txCtx, {
          id: sessionId,
          userId: subject.id,
          method: 'impersonation',
          homeTenantId: tenantId,
          twoFactor: operator.needsSecondFactor,
          isRestricted: false,
          ipAddress: ctx.origin.ipAddress,
          userAgent: ctx.origin.userAgent?.slice(0, LONGEST_USER_AGENT) ?? null,
          minutes,
          firstToken: null,
        });
        const grant = { id, tenantId, impersonatorId: operatorId, userId: subject.id, sessionId };
        impersonations.insert(txCtx, { ...grant, mode, reason, ticket, expiresAt });
        audit.record(txCtx, {
          resourceType: 'impersonation',
          resourceId: id,
          tenantId,
          after: { impersonatorId: operatorId, userId: subject.id, sessionId, mode, reason, ticket, expiresAt },
        });
        const details = { impersonationId: id, mode, expiresAt };
        securityLog.record(txCtx, { type: 'impersonation.started', userId: subject.id, tenantId, details });
        events.publish(txCtx, 'impersonation.started', id, { tenantId, impersonationId: id }, tenantId);
        const facts = { ...operator, impersonatorId: operatorId, tenantId, mode };
        const token = accessTokens.sign({
          user: subject,
          standing: {
            context: { type: 'tenant', id: tenantId },
            role: subject.role,
            permissions: impersonatedPermissions(subject, facts),
          },
          sessionId,
          impersonatorId: operatorId,
          lifetime: minutes * 60,
        });
        const user = { id: subject.id, name: subject.name, email: subject.email };
        return { ...token, impersonation: { id, user, mode, reason, ticket, expiresAt } };
      });
    },

    /** Who works in whose place, and why; for what the tenant is told. */
    find: (ctx: Context, tenantId: TenantId, impersonationId: string): Promise<ImpersonationRecord | null> =>
      impersonations.findRecord(rescoped(ctx, platformScope), tenantId, impersonationId),

    /** Whom a tenant's news goes to: its active owners, oldest first, at most 20. */
    ownersOf: (ctx: Context, tenantId: TenantId): Promise<readonly TenantOwner[]> =>
      impersonations.listOwners(rescoped(ctx, platformScope), tenantId),
  };
}

const impersonatorOf = ({ actor }: Context): { operatorId: string; sessionId: string } => ({
  operatorId: invariant(actor.id, 'Only an operator impersonates'),
  sessionId: invariant(actor.sessionId, 'An operator works in a session'),
});
