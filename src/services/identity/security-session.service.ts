import { appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type {
  LiveSessionFilter,
  SecuritySessionRepository,
} from '../../repositories/identity/security-session.repository.ts';
import { rankOf } from '../../types/access-control.ts';
import type { Context } from '../../types/context.ts';
import { platformScope, rescoped, tenantIdOf } from '../../types/context-factory.ts';
import type { LiveSession } from '../../types/identity/live-session.ts';
import { PLATFORM_ID } from '../../types/ids.ts';
import type { Page } from '../../types/page.ts';
import type { SecurityLog } from './security-log.service.ts';
import type { SessionService } from './session.service.ts';

export interface SecuritySessionServiceDeps {
  readonly liveSessions: SecuritySessionRepository;
  readonly sessions: Pick<SessionService, 'revoke'>;
  readonly tx: TransactionRunner;
  readonly securityLog: SecurityLog;
}

export type SecuritySessionService = ReturnType<typeof createSecuritySessionService>;

/**
 * Sessions that can still be used: on the platform all of them, in a tenant those that were opened in it. What its people do
 * elsewhere, and the sessions of operators, are none of a tenant's business.
 */
export function createSecuritySessionService({ liveSessions, sessions, tx, securityLog }: SecuritySessionServiceDeps) {
  return {
    list: (ctx: Context, filter: LiveSessionFilter): Promise<Page<LiveSession>> =>
      liveSessions.list(rescoped(ctx, platformScope), tenantIdOf(ctx), filter),

    count: (ctx: Context): Promise<number> => liveSessions.count(rescoped(ctx, platformScope), tenantIdOf(ctx)),

    /**
     * Ends a session in every process. Whose account it is decides about the rank, even where an operator works in it: a tenant
     * can always send them away. A machine has no rank, and ends nobody's session.
     * @throws AppError SESSION_NOT_FOUND, for one that has ended or was opened elsewhere too
     * @throws AppError RANK_TOO_LOW when its user ranks above the caller
     */
    async revoke(ctx: Context, id: string): Promise<void> {
      const tenantId = tenantIdOf(ctx);
      await tx.run(rescoped(ctx, platformScope), async (txCtx) => {
        const session = await liveSessions.lock(txCtx, tenantId, id);
        if (session === null) throw appError('SESSION_NOT_FOUND', { message: 'There is no such session.' });
        if (rankOf(session.platformRole ?? session.memberRole) > rankOf(ctx.actor.role)) throw appError('RANK_TOO_LOW');
        sessions.revoke(txCtx, { sessionId: id, reason: 'revoked_by_administrator', tenantId: session.tenantId });
        securityLog.record(txCtx, {
          type: 'session.revoked',
          userId: session.userId,
          tenantId: session.tenantId ?? PLATFORM_ID,
          details: { sessionId: id, reason: 'revoked_by_administrator' },
        });
      });
    },
  };
}
