import { appError } from '../../errors/app-error.ts';
import { invalidateAtCommit } from '../../repositories/base/invalidation.repository.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { AccountRepository } from '../../repositories/identity/account.repository.ts';
import type { Context } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import type { AccountMailService } from './account-mail.service.ts';
import { awaitsVerification } from './account-standing.ts';
import type { OneTimeTokenService } from './one-time-token.service.ts';
import type { SecurityLog } from './security-log.service.ts';

export interface EmailVerificationServiceDeps {
  readonly accounts: Pick<AccountRepository, 'verifyEmail'>;
  readonly accountMails: AccountMailService;
  readonly oneTimeTokens: Pick<OneTimeTokenService, 'consume'>;
  readonly securityLog: SecurityLog;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly events: DomainEvents;
}

export type EmailVerificationService = ReturnType<typeof createEmailVerificationService>;

export function createEmailVerificationService(deps: EmailVerificationServiceDeps) {
  const { accounts, accountMails, oneTimeTokens, securityLog, tx, audit, events } = deps;
  return {
    /** Asks for another verification mail. Takes the same time and says the same for every address. */
    requestMail: (ctx: Context, email: string): Promise<void> =>
      accountMails.request(ctx, {
        email,
        allows: (_ctx, user) => user !== null && awaitsVerification(user),
        publish: (txCtx, { id: userId }) => events.publish(txCtx, 'user.verification_requested', userId, { userId }),
      }),

    /**
     * Opens the account whose address has been proved by a mailed token.
     * @throws AppError ONE_TIME_TOKEN_INVALID
     */
    async verify(ctx: Context, token: string): Promise<void> {
      await tx.run(rescoped(ctx, platformScope), async (txCtx) => {
        const used = await oneTimeTokens.consume(txCtx, token, ['email_verification']);
        if (used === null || !(await accounts.verifyEmail(txCtx, used.subjectId)))
          throw appError('ONE_TIME_TOKEN_INVALID');
        const userId = used.subjectId;
        invalidateAtCommit(txCtx, 'user', userId);
        securityLog.record(txCtx, { type: 'email.verified', userId });
        audit.record(txCtx, { resourceType: 'user', resourceId: userId, after: { status: 'active' } });
      });
    },
  };
}
