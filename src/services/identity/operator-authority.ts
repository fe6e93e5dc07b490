import { appError } from '../../errors/app-error.ts';
import type { OperatorRepository } from '../../repositories/identity/operator.repository.ts';
import { commonPermissions, type Permission, rankOf } from '../../types/access-control.ts';
import type { PlatformScope, TxContext } from '../../types/context.ts';
import type { Operator } from '../../types/identity/operator.ts';
import { operatorPermissions } from './effective-permissions.ts';

/** What decides what an operator may do. */
export type OperatorStanding = Pick<Operator, 'platformRole' | 'platformPermissions' | 'status'>;

export interface OperatorAuthorityDeps {
  readonly operators: Pick<OperatorRepository, 'lockWithSuperAdmins'>;
}

/** An operator who wants to change another one, both locked. */
export interface LockedOperators {
  readonly actor: Operator;
  readonly target: Operator;
  /** Whether nobody but the target is a super admin who can sign in. */
  readonly isLastSuperAdmin: boolean;
}

export type OperatorAuthority = ReturnType<typeof createOperatorAuthority>;

/**
 * Who may change whom. Every rule is applied to rows that are locked in one order for everybody, so that changes at the same
 * time follow one another, and the later one is judged by what the earlier one has left.
 */
export function createOperatorAuthority({ operators }: OperatorAuthorityDeps) {
  const actorAmong = (ctx: TxContext, locked: readonly Operator[], permission: Permission): Operator => {
    const actor = locked.find(({ id }) => id === ctx.actor.id);
    if (actor?.status !== 'active' || !operatorPermissions(actor).has(permission)) throw appError('FORBIDDEN');
    return actor;
  };

  return {
    /**
     * The operator behind a request, as they stand in this transaction.
     * @throws AppError FORBIDDEN when they have lost the permission in the meantime
     */
    async lockActor(ctx: TxContext<PlatformScope>, permission: Permission): Promise<Operator> {
      return actorAmong(ctx, await operators.lockWithSuperAdmins(ctx, idsOf(ctx.actor.id)), permission);
    },

    /**
     * The operator behind a request and the one it is about.
     * @throws AppError FORBIDDEN, OPERATOR_NOT_FOUND, OPERATOR_OUTRANKED
     */
    async lock(ctx: TxContext<PlatformScope>, targetId: string, permission: Permission): Promise<LockedOperators> {
      const locked = await operators.lockWithSuperAdmins(ctx, idsOf(ctx.actor.id, targetId));
      const actor = actorAmong(ctx, locked, permission);
      const target = locked.find(({ id }) => id === targetId);
      if (target === undefined) throw appError('OPERATOR_NOT_FOUND');
      if (rankOf(target.platformRole) > rankOf(actor.platformRole)) throw appError('OPERATOR_OUTRANKED');
      const others = locked.filter((operator) => operator.id !== targetId && isActiveSuperAdmin(operator));
      return { actor, target, isLastSuperAdmin: isActiveSuperAdmin(target) && others.length === 0 };
    },
  };
}

const idsOf = (...ids: readonly (string | null)[]): string[] => ids.flatMap((id) => id ?? []);

const isActiveSuperAdmin = ({ platformRole, status }: OperatorStanding): boolean =>
  platformRole === 'super_admin' && status === 'active';

/** An invitation will make who has it active: what they will be able to do counts as theirs. */
const permissionsOf = (standing: OperatorStanding | null): readonly Permission[] =>
  standing?.status === 'active' || standing?.status === 'pending'
    ? commonPermissions(operatorPermissions(standing))
    : [];

const missingFrom = (standing: OperatorStanding | null, permissions: readonly Permission[]): Permission[] => {
  const has = new Set(permissionsOf(standing));
  return permissions.filter((permission) => !has.has(permission));
};

/** What somebody can no longer do after a change; `after` is null for who is no operator any more. */
export const permissionsLost = (before: OperatorStanding, after: OperatorStanding | null): Permission[] =>
  missingFrom(after, permissionsOf(before));

/**
 * Refuses to let an operator give what they do not have.
 * @param before null for somebody who was no operator
 * @throws AppError OPERATOR_OUTRANKED for a role above the actor's
 * @throws AppError PERMISSION_NOT_HELD with the permissions that are too many
 */
export function refuseGrant(actor: Operator, before: OperatorStanding | null, after: OperatorStanding): void {
  if (rankOf(after.platformRole) > rankOf(actor.platformRole)) throw appError('OPERATOR_OUTRANKED');
  const permissions = missingFrom(actor, missingFrom(before, permissionsOf(after)));
  if (permissions.length > 0) throw appError('PERMISSION_NOT_HELD', { details: { permissions } });
}

/**
 * Refuses a change of what an operator may do, where nobody may make it. @param after null for who is no operator any more
 * @throws AppError LAST_SUPER_ADMIN, OWN_STANDING_FIXED, OPERATOR_OUTRANKED, PERMISSION_NOT_HELD
 */
export function refuseStandingChange(
  { actor, target, isLastSuperAdmin }: LockedOperators,
  after: OperatorStanding | null,
): void {
  if (isLastSuperAdmin && (after === null || !isActiveSuperAdmin(after))) throw appError('LAST_SUPER_ADMIN');
  refuseOwn({ actor, target });
  if (after !== null) refuseGrant(actor, target, after);
}

/** @throws AppError OWN_STANDING_FIXED when somebody means themselves */
export function refuseOwn({ actor, target }: Pick<LockedOperators, 'actor' | 'target'>): void {
  if (actor.id === target.id) throw appError('OWN_STANDING_FIXED');
}

/** Whether a change touches what an operator may do. */
export const changesStanding = (before: OperatorStanding, after: OperatorStanding): boolean =>
  JSON.stringify(standingOf(before)) !== JSON.stringify(standingOf(after));

const standingOf = ({ platformRole, platformPermissions, status }: OperatorStanding): unknown[] => [
  platformRole,
  platformPermissions,
  status,
];
