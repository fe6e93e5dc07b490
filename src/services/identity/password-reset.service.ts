import { appError, invariant } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { AccountRepository } from '../../repositories/identity/account.repository.ts';
import type { MembershipRepository } from '../../repositories/identity/membership.repository.ts';
import type { UserRepository } from '../../repositories/identity/user.repository.ts';
import type { Context } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import type { AccountMailService } from './account-mail.service.ts';
import { isOpenToItsOwner } from './account-standing.ts';
import { chooseStanding } from './active-context.ts';
import type { NewPasswords } from './new-password.ts';
import type { OneTimeTokenService } from './one-time-token.service.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { PasswordPolicyService } from './password-policy.service.ts';
import { actingUser } from './user-actor.ts';

export interface PasswordResetServiceDeps {
  readonly users: Pick<UserRepository, 'findById'>;
  readonly memberships: Pick<MembershipRepository, 'listOfUser'>;
  readonly accounts: Pick<AccountRepository, 'resetPassword'>;
  readonly accountMails: AccountMailService;
  readonly oneTimeTokens: Pick<OneTimeTokenService, 'find' | 'consume'>;
  readonly passwords: Pick<PasswordHasher, 'hash'>;
  readonly passwordPolicy: PasswordPolicyService;
  readonly newPasswords: NewPasswords;
  readonly tx: TransactionRunner;
  readonly events: DomainEvents;
}

const PURPOSES = ['password_reset'] as const;

export type PasswordResetService = ReturnType<typeof createPasswordResetService>;

export function createPasswordResetService(deps: PasswordResetServiceDeps) {
  const {
    users,
    memberships,
    accounts,
    accountMails,
    oneTimeTokens,
    passwords,
    passwordPolicy,
    newPasswords,
    tx,
    events,
  } = deps;
  return {
    /** Asks for a mail with a link. Takes the same time and says the same for every address. */
    requestMail: (ctx: Context, email: string): Promise<void> =>
      accountMails.request(ctx, {
        email,
        allows: (_ctx, user) => user !== null && isOpenToItsOwner(user),
        publish: (txCtx, { id: userId }) => events.publish(txCtx, 'user.password_reset_requested', userId, { userId }),
      }),

    /**
     * Sets a new password by a mailed token, ends every session and signs nobody in: a second factor is still asked for. A token
     * is used up by success only.
     * @throws AppError ONE_TIME_TOKEN_INVALID, PASSWORD_REFUSED, SIGN_IN_BUSY
     */
    async reset(
      ctx: Context,
      { token, password }: { readonly token: string; readonly password: string },
    ): Promise<void> {
      const platformCtx = rescoped(ctx, platformScope);
      const found = await oneTimeTokens.find(platformCtx, token, PURPOSES);
      const user = found && (await users.findById(platformCtx, found.subjectId));
      if (user === null) throw appError('ONE_TIME_TOKEN_INVALID');
      const theirs = await memberships.listOfUser(platformCtx, user.id);
      const standing = invariant(chooseStanding(user, theirs, null), 'Everybody works somewhere');
      await passwordPolicy.check(platformCtx, {
        password,
        email: user.email,
        name: user.name,
        tenantIds: theirs.map(({ tenantId }) => tenantId),
        isOperator: user.platformRole !== null,
      });
      const passwordHash = await passwords.hash(password);
      const actor = actingUser(user, standing.role, null);
      await tx.run({ ...platformCtx, actor }, async (txCtx) => {
        const used = await oneTimeTokens.consume(txCtx, token, PURPOSES);
        if (used === null || !isOpenToItsOwner(user) || !(await accounts.resetPassword(txCtx, user.id, passwordHash))) {
          throw appError('ONE_TIME_TOKEN_INVALID');
        }
        await newPasswords.settle(txCtx, { user, standing, how: 'reset', keptSessionId: null });
      });
    },
  };
}
