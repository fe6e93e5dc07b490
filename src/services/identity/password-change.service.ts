import { appError, invariant } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { AccountRepository } from '../../repositories/identity/account.repository.ts';
import type { MembershipRepository } from '../../repositories/identity/membership.repository.ts';
import type { UserRepository } from '../../repositories/identity/user.repository.ts';
import type { Context } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import { chooseStanding } from './active-context.ts';
import type { NewPasswords } from './new-password.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { PasswordPolicyService } from './password-policy.service.ts';
import type { Reauthentication } from './reauthentication.service.ts';

export interface PasswordChangeServiceDeps {
  readonly users: Pick<UserRepository, 'findCredentialsById'>;
  readonly memberships: Pick<MembershipRepository, 'listOfUser'>;
  readonly accounts: Pick<AccountRepository, 'changePassword'>;
  readonly passwords: Pick<PasswordHasher, 'hash'>;
  readonly passwordPolicy: PasswordPolicyService;
  readonly reauthentication: Reauthentication;
  readonly newPasswords: NewPasswords;
  readonly tx: TransactionRunner;
}

export interface PasswordChange {
  readonly currentPassword: string;
  readonly newPassword: string;
}

export type PasswordChangeService = ReturnType<typeof createPasswordChangeService>;

export function createPasswordChangeService(deps: PasswordChangeServiceDeps) {
  const { users, memberships, accounts, passwords, passwordPolicy, reauthentication, newPasswords, tx } = deps;
  return {
    /**
     * Gives the signed-in user another password. Their other sessions end, this one goes on. Who has no password sets one by a
     * reset, which proves the mailbox.
     * @throws AppError CURRENT_PASSWORD_WRONG, and after several of them TOO_MANY_ATTEMPTS
     * @throws AppError PASSWORD_REFUSED, SIGN_IN_BUSY
     * @throws AppError SESSION_REVOKED when the user has been deleted in this moment
     */
    async change(ctx: Context, { currentPassword, newPassword }: PasswordChange): Promise<void> {
      const platformCtx = rescoped(ctx, platformScope);
      const userId = invariant(ctx.actor.id, 'Only a user has a password');
      const sessionId = invariant(ctx.actor.sessionId, 'Only a session can change a password');
      const found = await users.findCredentialsById(platformCtx, userId);
      if (found === null) throw appError('SESSION_REVOKED');
      const { user, passwordHash: current } = found;
      if (current === null) throw appError('CURRENT_PASSWORD_WRONG');
      await reauthentication.provePassword(platformCtx, found, currentPassword);

      const theirs = await memberships.listOfUser(platformCtx, userId);
      const standing = invariant(chooseStanding(user, theirs, null), 'Everybody works somewhere');
      await passwordPolicy.check(platformCtx, {
        password: newPassword,
        email: user.email,
        name: user.name,
        tenantIds: theirs.map(({ tenantId }) => tenantId),
        isOperator: user.platformRole !== null,
      });
      const replacement = await passwords.hash(newPassword);
      await tx.run(platformCtx, async (txCtx) => {
        const changed = await accounts.changePassword(txCtx, userId, { current, replacement });
        if (!changed) throw appError('CURRENT_PASSWORD_WRONG');
        await newPasswords.settle(txCtx, { user, standing, how: 'changed', keptSessionId: sessionId });
      });
    },
  };
}
