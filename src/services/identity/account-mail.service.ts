import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { UserRepository } from '../../repositories/identity/user.repository.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { User } from '../../types/identity/user.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { MailBudget } from './mail-budget.ts';

export interface AccountMailServiceDeps {
  readonly users: Pick<UserRepository, 'findByEmail'>;
  readonly mailBudget: MailBudget;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
}

export interface AccountMailRequest {
  /** In lower case. */
  readonly email: string;
  /** Whether this account gets the mail. It is asked for null too, and does the same work then. */
  allows(ctx: Context<PlatformScope>, user: User | null): boolean | Promise<boolean>;
  /** Publishes the event that the mail is made from. */
  publish(txCtx: TxContext<PlatformScope>, user: User): void;
}

export type AccountMailService = ReturnType<typeof createAccountMailService>;

/** Mails that anybody can ask for by typing an address. */
export function createAccountMailService({ users, mailBudget, tx, audit }: AccountMailServiceDeps) {
  return {
    /**
     * Asks for a mail, if there is an account that gets it. Whether there is one shows neither in what comes back nor in the time
     * it takes; nothing is locked and nothing loses its validity.
     */
    async request(ctx: Context, { email, allows, publish }: AccountMailRequest): Promise<void> {
      const platformCtx = rescoped(ctx, platformScope);
      const user = await users.findByEmail(platformCtx, email);
      const isAllowed = await allows(platformCtx, user);
      const isWithinBudget = await mailBudget.reserve(platformCtx, email);
      await tx.run(platformCtx, async (txCtx) => {
        audit.record(txCtx, { resourceType: 'user', resourceId: user?.id ?? null });
        if (user !== null && isAllowed && isWithinBudget) publish(txCtx, user);
      });
    },
  };
}
