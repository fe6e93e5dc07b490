import Bowser from 'bowser';
import { appError, invariant } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { LiveSession, SessionRepository } from '../../repositories/identity/session.repository.ts';
import type { Context } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { SecurityLog } from './security-log.service.ts';
import type { SessionService } from './session.service.ts';

export interface OwnSessionServiceDeps {
  readonly sessions: Pick<SessionRepository, 'listLive' | 'lockLive'>;
  readonly sessionService: Pick<SessionService, 'revoke' | 'revokeAllOfUser'>;
  readonly securityLog: SecurityLog;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
}

/** What a browser says it is; null for what it does not say. */
export interface Device {
  /** Name and version. */
  readonly browser: string | null;
  /** Name and version. */
  readonly operatingSystem: string | null;
  readonly type: 'desktop' | 'mobile' | 'tablet' | 'tv' | 'bot' | null;
}

export interface OwnSession extends LiveSession {
  /** Whether it is the one that asks. */
  readonly current: boolean;
  readonly device: Device;
}

const MOST_SESSIONS = 100;
const DEVICE_TYPES = ['desktop', 'mobile', 'tablet', 'tv', 'bot'] as const;

export type OwnSessionService = ReturnType<typeof createOwnSessionService>;

/** Where somebody is signed in, and how to end it. */
export function createOwnSessionService(deps: OwnSessionServiceDeps) {
  const { sessions, sessionService, securityLog, tx, audit } = deps;

  const ownerOf = (ctx: Context) => ({
    userId: invariant(ctx.actor.id, 'Only a user has sessions'),
    sessionId: invariant(ctx.actor.sessionId, 'Only a session can see sessions'),
  });

  return {
    /** The sessions that live, newest first, at most 100. */
    async list(ctx: Context): Promise<OwnSession[]> {
      const { userId, sessionId } = ownerOf(ctx);
      const live = await sessions.listLive(rescoped(ctx, platformScope), userId, MOST_SESSIONS);
      return live.map((session) => ({
        ...session,
        current: session.id === sessionId,
        device: deviceOf(session.userAgent),
      }));
    },

    /**
     * Ends one of the user's sessions, be it the one that asks or one in which an operator works in the user's place.
     * @throws AppError SESSION_NOT_FOUND also for a session of somebody else
     */
    async revoke(ctx: Context, id: string): Promise<void> {
      const { userId } = ownerOf(ctx);
      await tx.run(rescoped(ctx, platformScope), async (txCtx) => {
        const session = await sessions.lockLive(txCtx, id, userId);
        if (session === null) throw appError('SESSION_NOT_FOUND');
        const tenantId = session.homeTenantId;
        sessionService.revoke(txCtx, { sessionId: id, reason: 'revoked_by_user', tenantId });
        securityLog.record(txCtx, {
          type: 'session.revoked',
          userId,
          ...(tenantId !== null && { tenantId }),
          details: { sessionId: id },
        });
      });
    },

    /** Ends all of the user's sessions but the one that asks. */
    async revokeOthers(ctx: Context): Promise<void> {
      const { userId, sessionId } = ownerOf(ctx);
      await tx.run(rescoped(ctx, platformScope), async (txCtx) => {
        const ended = await sessionService.revokeAllOfUser(txCtx, userId, 'revoked_by_user', sessionId);
        if (ended.length > 0) {
          securityLog.record(txCtx, { type: 'session.revoked', userId, details: { sessions: ended.length } });
        }
        audit.record(txCtx, { resourceType: 'user', resourceId: userId, after: { sessionsEnded: ended.length } });
      });
    },
  };
}

/** Reads a User-Agent header. It is the client's word: good for recognizing one's own devices, and for nothing else. */
export function deviceOf(userAgent: string | null): Device {
  if (userAgent === null || userAgent === '') return { browser: null, operatingSystem: null, type: null };
  const { browser, os, platform } = Bowser.parse(userAgent);
  return {
    browser: nameAndVersion(browser.name, browser.version),
    operatingSystem: nameAndVersion(os.name, os.versionName ?? os.version),
    type: DEVICE_TYPES.find((type) => type === platform.type) ?? null,
  };
}

const nameAndVersion = (name: string | undefined, version: string | undefined): string | null => {
  if (name === undefined || name === '') return null;
  return version === undefined || version === '' ? name : `${name} ${version}`;
};
