import { uuidv7 } from 'uuidv7';
import { appError } from '../../errors/app-error.ts';
import { invalidateAtCommit } from '../../repositories/base/invalidation.repository.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import { violatedConstraint } from '../../repositories/base/unique-violation.ts';
import type { OperatorRepository } from '../../repositories/identity/operator.repository.ts';
import type { Permission } from '../../types/access-control.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import type { NewOperator, Operator, OperatorFilter, OperatorState } from '../../types/identity/operator.ts';
import type { Page } from '../../types/page.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import type { OneTimeTokenService } from './one-time-token.service.ts';
import {
  changesStanding,
  type LockedOperators,
  type OperatorAuthority,
  permissionsLost,
  refuseGrant,
  refuseStandingChange,
} from './operator-authority.ts';
import type { SecurityLog } from './security-log.service.ts';
import type { SessionService } from './session.service.ts';

export interface OperatorServiceDeps {
  readonly operators: OperatorRepository;
  readonly authority: OperatorAuthority;
  readonly sessions: Pick<SessionService, 'revokeAllOfUser'>;
  readonly oneTimeTokens: Pick<OneTimeTokenService, 'revoke'>;
  readonly securityLog: SecurityLog;
  readonly events: DomainEvents;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
}

/** What is asked for; what is absent stays. */
export interface OperatorChanges {
  readonly name?: string | undefined;
  readonly phone?: string | null | undefined;
  readonly platformRole?: Operator['platformRole'] | undefined;
  readonly status?: 'active' | 'inactive' | 'suspended' | undefined;
}

export type OperatorService = ReturnType<typeof createOperatorService>;

/** The people who run the platform. The rules of who may change whom are in operator-authority.ts. */
export function createOperatorService(deps: OperatorServiceDeps) {
  const { operators, authority, sessions, oneTimeTokens, securityLog, events, tx, audit } = deps;

  /** Ends what somebody can no longer do: their sessions, the impersonations among them, and the links they were mailed. */
  const settle = async (txCtx: TxContext<PlatformScope>, before: Operator, after: Operator | null): Promise<void> => {
    if (after?.status !== 'active' || permissionsLost(before, after).length > 0) {
      await sessions.revokeAllOfUser(txCtx, before.id, 'user_changed');
    } else invalidateAtCommit(txCtx, 'user', before.id);
    if (after?.status !== 'active') {
      await oneTimeTokens.revoke(txCtx, before.id, ['operator_invitation', 'password_reset', 'magic_link']);
    }
    securityLog.record(txCtx, {
      type: 'operator.changed',
      userId: before.id,
      details: { before: standingFields(before), after: after && standingFields(after) },
    });
  };

  /** Writes what a locked operator becomes. */
  const change = async (
    txCtx: TxContext<PlatformScope>,
    locked: LockedOperators,
    wanted: OperatorState,
  ): Promise<Operator> => {
    const { target: before } = locked;
    const isChangeOfStanding = changesStanding(before, wanted);
    if (isChangeOfStanding) refuseStandingChange(locked, wanted);
    const after = await operators.update(txCtx, before.id, wanted);
    if (isChangeOfStanding) await settle(txCtx, before, after);
    audit.record(txCtx, {
      resourceType: 'operator',
      resourceId: before.id,
      before: auditedFields(before),
      after: auditedFields(after),
    });
    return after;
  };

  return {
    list: (ctx: Context<PlatformScope>, filter: OperatorFilter): Promise<Page<Operator>> => operators.list(ctx, filter),

    /** @throws AppError OPERATOR_NOT_FOUND */
    async get(ctx: Context<PlatformScope>, id: string): Promise<Operator> {
      const operator = await operators.findById(ctx, id);
      if (operator === null) throw appError('OPERATOR_NOT_FOUND');
      return operator;
    },

    /**
     * Adds an operator, who chooses a password by the link that is mailed to them.
     * @throws AppError FORBIDDEN, OPERATOR_OUTRANKED, PERMISSION_NOT_HELD, EMAIL_TAKEN
     */
    create(ctx: Context<PlatformScope>, wanted: Omit<NewOperator, 'id'>): Promise<Operator> {
      return tx.run(ctx, async (txCtx) => {
        const actor = await authority.lockActor(txCtx, 'admin-users:write');
        const { platformRole } = wanted;
        refuseGrant(actor, null, { platformRole, platformPermissions: null, status: 'pending' });
        const operator = await insertOnce(operators, txCtx, { ...wanted, id: uuidv7() });
        events.publish(txCtx, 'operator.invited', operator.id, { userId: operator.id });
        securityLog.record(txCtx, {
          type: 'operator.changed',
          userId: operator.id,
          details: { before: null, after: standingFields(operator) },
        });
        audit.record(txCtx, { resourceType: 'operator', resourceId: operator.id, after: auditedFields(operator) });
        return operator;
      });
    },

    /**
     * Changes an operator. Another role brings its own permissions. Who loses any is signed out everywhere.
     * @throws AppError FORBIDDEN, OPERATOR_NOT_FOUND, OPERATOR_OUTRANKED, OWN_STANDING_FIXED, PERMISSION_NOT_HELD,
     * LAST_SUPER_ADMIN
     * @throws AppError OPERATOR_INVITATION_OPEN for the activation of somebody who has no password yet
     */
    update(ctx: Context<PlatformScope>, id: string, changes: OperatorChanges): Promise<Operator> {
      return tx.run(ctx, async (txCtx) => {
        const locked = await authority.lock(txCtx, id, 'admin-users:write');
        const { target } = locked;
        const { name = target.name, phone = target.phone, status = target.status } = changes;
        const { platformRole = target.platformRole } = changes;
        if (changes.status === 'active' && !target.hasPassword) throw appError('OPERATOR_INVITATION_OPEN');
        const platformPermissions = platformRole === target.platformRole ? target.platformPermissions : null;
        return change(txCtx, locked, { ...target, name, phone, status, platformRole, platformPermissions });
      });
    },

    /**
     * Puts permissions in the place of those that the role gives, or with null gives those of the role back.
     * @throws AppError FORBIDDEN, OPERATOR_NOT_FOUND, OPERATOR_OUTRANKED, OWN_STANDING_FIXED, PERMISSION_NOT_HELD
     * @throws AppError SUPER_ADMIN_UNLIMITED for a super admin, whom nothing can be withheld from
     */
    setPermissions(
      ctx: Context<PlatformScope>,
      id: string,
      platformPermissions: readonly Permission[] | null,
    ): Promise<Operator> {
      return tx.run(ctx, async (txCtx) => {
        const locked = await authority.lock(txCtx, id, 'admin-users:write');
        const { target } = locked;
        if (target.platformRole === 'super_admin' && platformPermissions !== null) {
          throw appError('SUPER_ADMIN_UNLIMITED');
        }
        return change(txCtx, locked, { ...target, platformPermissions });
      });
    },

    /**
     * Takes the role away from an operator, who can not sign in any more and is listed no longer.
     * @throws AppError FORBIDDEN, OPERATOR_NOT_FOUND, OPERATOR_OUTRANKED, OWN_STANDING_FIXED, LAST_SUPER_ADMIN
     */
    async remove(ctx: Context<PlatformScope>, id: string): Promise<void> {
      await tx.run(ctx, async (txCtx) => {
        const locked = await authority.lock(txCtx, id, 'admin-users:delete');
        refuseStandingChange(locked, null);
        await operators.remove(txCtx, id);
        await settle(txCtx, locked.target, null);
        audit.record(txCtx, { resourceType: 'operator', resourceId: id, before: auditedFields(locked.target) });
      });
    },
  };
}

async function insertOnce(
  operators: OperatorRepository,
  txCtx: TxContext<PlatformScope>,
  operator: NewOperator,
): Promise<Operator> {
  try {
    return await operators.insert(txCtx, operator);
  } catch (error) {
    if (violatedConstraint(error) === 'users_email_key') throw appError('EMAIL_TAKEN', { cause: error });
    throw error;
  }
}

const standingFields = ({ platformRole, platformPermissions, status }: Operator) => ({
  platformRole,
  platformPermissions,
  status,
});

const auditedFields = (operator: Operator) => ({
  ...standingFields(operator),
  email: operator.email,
  name: operator.name,
  phone: operator.phone,
});
