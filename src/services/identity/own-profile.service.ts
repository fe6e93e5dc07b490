import { appError, invariant } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { AccountRepository, ProfileChanges } from '../../repositories/identity/account.repository.ts';
import type { UserRepository } from '../../repositories/identity/user.repository.ts';
import type { Context } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { User } from '../../types/identity/user.ts';
import type { AuditTrail } from '../base/audit-trail.ts';

export interface OwnProfileServiceDeps {
  readonly users: Pick<UserRepository, 'findById'>;
  readonly accounts: Pick<AccountRepository, 'updateProfile'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
}

const auditedFields = ({ name, phone, avatarUrl, locale }: User) => ({ name, phone, avatarUrl, locale });

export type OwnProfileService = ReturnType<typeof createOwnProfileService>;

export function createOwnProfileService({ users, accounts, tx, audit }: OwnProfileServiceDeps) {
  return {
    /**
     * Changes what the signed-in user says about themselves: what is absent stays.
     * @throws AppError SESSION_REVOKED when the user has been deleted in this moment
     */
    async update(ctx: Context, changes: ProfileChanges): Promise<User> {
      const userId = invariant(ctx.actor.id, 'Only a user has a profile');
      return tx.run(rescoped(ctx, platformScope), async (txCtx) => {
        const before = await users.findById(txCtx, userId);
        await accounts.updateProfile(txCtx, userId, changes);
        const after = await users.findById(txCtx, userId);
        if (before === null || after === null) throw appError('SESSION_REVOKED');
        const resource = { resourceType: 'user', resourceId: userId };
        audit.record(txCtx, { ...resource, before: auditedFields(before), after: auditedFields(after) });
        return after;
      });
    },
  };
}
