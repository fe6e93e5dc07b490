import { invariant } from '../../errors/app-error.ts';
import { invalidateAtCommit } from '../../repositories/base/invalidation.repository.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { RevokeReason, SessionOrigin, SessionRepository } from '../../repositories/identity/session.repository.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import { PLATFORM_ID, type TenantId } from '../../types/ids.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import { activeContextOf, tenantOf } from './active-context.ts';
import type { SessionRegistry } from './session-registry.service.ts';

export interface SessionServiceDeps {
  readonly sessions: Pick<SessionRepository, 'revoke' | 'revokeOfUser' | 'findOrigin'>;
  readonly registry: Pick<SessionRegistry, 'forget'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
}

export interface SessionRevocation {
  readonly sessionId: string;
  readonly reason: RevokeReason;
  /** Whose audit log it stands in: the tenant of the session's active context, or null for the platform's. */
  readonly tenantId: TenantId | null;
  /** The name of the audit entry where it is not the operation's own. */
  readonly auditAction?: string;
}

export type SessionService = ReturnType<typeof createSessionService>;

export function createSessionService({ sessions, registry, tx, audit }: SessionServiceDeps) {
  const revoke = (txCtx: TxContext<PlatformScope>, revocation: SessionRevocation): void => {
    const { sessionId, reason, tenantId, auditAction } = revocation;
    sessions.revoke(txCtx, sessionId, reason);
    invalidateAtCommit(txCtx, 'session', sessionId);
    txCtx.tx.afterCommit(() => registry.forget(sessionId));
    audit.record(txCtx, {
      resourceType: 'session',
      resourceId: sessionId,
      tenantId: tenantId ?? PLATFORM_ID,
      after: { revokeReason: reason },
      ...(auditAction !== undefined && { action: auditAction }),
    });
  };

  return {
    /** Ends a session: its refresh tokens at once, its access tokens in every process as soon as the commit is heard of. */
    revoke,

    /**
     * Ends every session of a user, except for one if they keep that, as when the password has been changed. Whoever changes the
     * user records it; this makes no audit entry of its own.
     */
    async revokeAllOfUser(
      txCtx: TxContext<PlatformScope>,
      userId: string,
      reason: RevokeReason,
      exceptId: string | null = null,
    ): Promise<readonly string[]> {
      const ended = await sessions.revokeOfUser(txCtx, userId, reason, exceptId);
      invalidateAtCommit(txCtx, 'user', userId);
      txCtx.tx.afterCommit(() => ended.forEach(registry.forget));
      return ended;
    },

    /** Where a session was opened from, for the e-mail that tells of it. */
    originOf: (ctx: Context, sessionId: string): Promise<SessionOrigin | null> =>
      sessions.findOrigin(rescoped(ctx, platformScope), sessionId),

    /** Ends the session that the request itself belongs to. */
    async signOut(ctx: Context): Promise<void> {
      const sessionId = invariant(ctx.actor.sessionId, 'Only a session can be signed out of');
      const tenantId = tenantOf(activeContextOf(ctx));
      await tx.run(rescoped(ctx, platformScope), async (txCtx) => {
        revoke(txCtx, { sessionId, reason: 'logout', tenantId });
      });
    },
  };
}
