import { appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { LockoutPage, LockoutRepository } from '../../repositories/identity/lockout.repository.ts';
import type { Context } from '../../types/context.ts';
import { platformScope, rescoped, tenantIdOf } from '../../types/context-factory.ts';
import type { Lockout } from '../../types/identity/lockout.ts';
import { PLATFORM_ID } from '../../types/ids.ts';
import type { Page } from '../../types/page.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { SecurityLog } from './security-log.service.ts';

export interface LockoutServiceDeps {
  readonly lockouts: LockoutRepository;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly securityLog: SecurityLog;
}

export type LockoutService = ReturnType<typeof createLockoutService>;

/** Throttles that make somebody wait: on the platform all of them, in a tenant those of its members who are no operators. */
export function createLockoutService({ lockouts, tx, audit, securityLog }: LockoutServiceDeps) {
  return {
    list: (ctx: Context, page: LockoutPage): Promise<Page<Lockout>> =>
      lockouts.list(rescoped(ctx, platformScope), tenantIdOf(ctx), page),

    count: (ctx: Context): Promise<number> => lockouts.count(rescoped(ctx, platformScope), tenantIdOf(ctx)),

    /**
     * Lets somebody try again at once: the lock-out and the attempts that led to it are forgotten.
     * @throws AppError LOCKOUT_NOT_FOUND, for one that is over or of somebody else's members too
     */
    async remove(ctx: Context, id: string): Promise<void> {
      const tenantId = tenantIdOf(ctx);
      await tx.run(rescoped(ctx, platformScope), async (txCtx) => {
        const lockout = await lockouts.lock(txCtx, tenantId, id);
        if (lockout === null) throw appError('LOCKOUT_NOT_FOUND');
        const { kind, count, blockedUntil, user } = lockout;
        const userId = user?.id ?? null;
        const ownerId = tenantId ?? PLATFORM_ID;
        lockouts.delete(txCtx, id);
        audit.record(txCtx, {
          resourceType: 'lockout',
          resourceId: id,
          tenantId: ownerId,
          before: { kind, userId, count, blockedUntil },
        });
        securityLog.record(txCtx, { type: 'account.unlocked', userId, tenantId: ownerId, details: { kind, count } });
      });
    },
  };
}
