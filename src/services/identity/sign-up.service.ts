import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { AccountRepository } from '../../repositories/identity/account.repository.ts';
import type { UserRepository } from '../../repositories/identity/user.repository.ts';
import type { Context } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import type { MailBudget } from './mail-budget.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { PasswordPolicyService } from './password-policy.service.ts';

export interface SignUpServiceDeps {
  readonly users: Pick<UserRepository, 'findByEmail'>;
  readonly accounts: Pick<AccountRepository, 'signUp' | 'findWaitingPassword'>;
  readonly passwords: Pick<PasswordHasher, 'hash' | 'verify'>;
  readonly passwordPolicy: PasswordPolicyService;
  readonly mailBudget: MailBudget;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly events: DomainEvents;
}

export interface SignUpRequest {
  /** In lower case. */
  readonly email: string;
  readonly name: string;
  readonly password: string;
}

export type SignUpService = ReturnType<typeof createSignUpService>;

export function createSignUpService(deps: SignUpServiceDeps) {
  const { users, accounts, passwords, passwordPolicy, mailBudget, tx, audit, events } = deps;
  return {
    /**
     * Makes an account that can be used once its address is verified. For an address that has an account already it does the same
     * work and says the same: only its owner learns of it, by e-mail. An account that still waits gets the newest name and
     * password.
     * @throws AppError PASSWORD_REFUSED
     * @throws AppError SIGN_IN_BUSY
     */
    async signUp(ctx: Context, { email, name, password }: SignUpRequest): Promise<void> {
      const platformCtx = rescoped(ctx, platformScope);
      await passwordPolicy.check(platformCtx, { password, email, name, tenantIds: [], isOperator: false });
      const waiting = await accounts.findWaitingPassword(platformCtx, email);
      const isRepetition = await passwords.verify(password, waiting);
      const passwordHash = await passwords.hash(password);
      const isWithinBudget = await mailBudget.reserve(platformCtx, email);
      await tx.run(platformCtx, async (txCtx) => {
        const signedUp = await accounts.signUp(txCtx, { email, name, passwordHash, isRepetition });
        const owner = await users.findByEmail(txCtx, email);
        const userId = owner?.id ?? null;
        const status = owner?.status ?? null;
        audit.record(txCtx, {
          resourceType: 'user',
          resourceId: userId,
          after: { status, isNew: signedUp?.created ?? false },
        });
        if (userId === null || !isWithinBudget) return;
        if (signedUp !== null) events.publish(txCtx, 'user.signed_up', userId, { userId });
        else if (status === 'active') events.publish(txCtx, 'user.sign_up_repeated', userId, { userId });
      });
    },
  };
}
