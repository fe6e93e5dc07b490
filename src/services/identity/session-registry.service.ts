import type { Environment } from '../../config/environment.ts';
import type { Notifications } from '../../config/notifications.ts';
import { appError } from '../../errors/app-error.ts';
import { INVALIDATION_CHANNEL } from '../../repositories/base/invalidation.repository.ts';
import type { SessionFacts, SessionRepository } from '../../repositories/identity/session.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { Principal } from '../../types/principal.ts';
import type { AccessTokenClaims } from '../../validators/identity/access-token.schema.ts';
import { principalOf } from './session-principal.ts';

export interface SessionRegistryDeps {
  readonly sessions: Pick<SessionRepository, 'findFacts'>;
  readonly notifications: Pick<Notifications, 'connected' | 'subscribe' | 'onGap'>;
  readonly clock: Clock;
  readonly settings: Pick<Environment, 'DATABASE_STATEMENT_TIMEOUT_MS'>;
}

/** What this process knows of a session; `trusts` tells whether it still may rely on it. */
export interface SessionTrust {
  readonly facts: Promise<SessionFacts | null>;
  readonly since: number;
  readonly epoch: number;
  /** Whose changes it must be forgotten for; null while the facts are being read. */
  userIds: readonly string[] | null;
  /** Milliseconds of the epoch. */
  expiresAt: number;
  forgotten: boolean;
}

const MOST_SESSIONS = 50_000;

/** How long a session is trusted while nobody would tell that it has been revoked; a clock that is set back ends it as well. */
const TRUSTED_UNHEARD_MS = 5000;

/** Reads at once, and how long the oldest of them may take, before those that come after are refused instead of queued. */
const MOST_READS = 1000;
const STALLED_AFTER_MS = 1000;

export type SessionRegistry = ReturnType<typeof createSessionRegistry>;

/**
 * Sessions in this process's memory: each is read once, and trusted until a notification says that it or its user has changed.
 * A revocation therefore holds in every process as soon as the notification arrives, and no request reads the database for it.
 */
export function createSessionRegistry({ sessions, notifications, clock, settings }: SessionRegistryDeps) {
  const known = new Map<string, SessionTrust>();
  const readFacts = createFactsReader({ sessions, settings });
  let epoch = 0;

  const trusts = (trust: SessionTrust, now: number): boolean =>
    !trust.forgotten &&
    trust.epoch === epoch &&
    now < trust.expiresAt &&
    (notifications.connected || Math.abs(now - trust.since) < TRUSTED_UNHEARD_MS);

  const forget = (sessionId: string) => {
    const trust = known.get(sessionId);
    if (trust === undefined) return;
    trust.forgotten = true;
    known.delete(sessionId);
  };

  const forgetUser = (userId: string) => {
    for (const [sessionId, trust] of known) {
      if (trust.userIds === null || trust.userIds.includes(userId)) forget(sessionId);
    }
  };

  const forgetEverything = () => {
    epoch += 1;
    known.clear();
  };

  const read = (ctx: Context, sessionId: string, now: number): SessionTrust => {
    const facts = readFacts(ctx, sessionId);
    const trust: SessionTrust = { facts, since: now, epoch, userIds: null, expiresAt: Infinity, forgotten: false };
    const [oldest] = known.keys();
    if (known.size >= MOST_SESSIONS && oldest !== undefined) forget(oldest);
    known.delete(sessionId);
    known.set(sessionId, trust);
    facts.then(
      (found) => {
        if (found === null) return;
        const { userId, impersonation } = found;
        trust.userIds = impersonation === null ? [userId] : [userId, impersonation.impersonatorId];
        trust.expiresAt = Date.parse(found.expiresAt);
      },
      () => {
        trust.forgotten = true;
        if (known.get(sessionId) === trust) known.delete(sessionId);
      },
    );
    return trust;
  };

  notifications.onGap(forgetEverything);
  notifications.subscribe(INVALIDATION_CHANNEL, (payload) => {
    const [topic, id = ''] = payload.split(':', 2);
    if (topic === 'session') forget(id);
    else if (topic === 'user') forgetUser(id);
  });

  return {
    /** Whether an answer of `admit` still holds. @param now milliseconds of the epoch */
    trusts,

    /**
     * Finds out who stands behind a token as they stand now: role and permissions are what the database says, not what the
     * token was signed with.
     * @throws AppError SESSION_REVOKED when the session is revoked or over, or its user may no longer sign in
     * @throws AppError TOKEN_INVALID when the user may no longer work where the token says
     * @throws AppError DATABASE_UNAVAILABLE when the session is not known here and can not be read in time
     */
    async admit(ctx: Context, claims: AccessTokenClaims): Promise<{ trust: SessionTrust; principal: Principal }> {
      const sessionId = claims.sid;
      const now = clock.now().getTime();
      const remembered = known.get(sessionId);
      const trust = remembered !== undefined && trusts(remembered, now) ? remembered : read(ctx, sessionId, now);
      const facts = await trust.facts;
      if (facts === null || !facts.live || facts.userId !== claims.userId) throw appError('SESSION_REVOKED');
      return { trust, principal: principalOf(claims, facts) };
    },

    /** Forgets a session at once in this process; the others are told by the notification. */
    forget,
  };
}

/**
 * Reads sessions as long as the database answers. While it does not, a few wait until their time is over, and the others are
 * told at once: what queues up here would stand in the way of everybody else's statements.
 */
function createFactsReader({ sessions, settings }: Pick<SessionRegistryDeps, 'sessions' | 'settings'>) {
  /** When each read began, oldest first. */
  const pending = new Set<{ readonly since: number }>();

  const isStalled = (): boolean => {
    const [oldest] = pending;
    return oldest !== undefined && performance.now() - oldest.since > STALLED_AFTER_MS;
  };

  return async (ctx: Context, sessionId: string): Promise<SessionFacts | null> => {
    if (pending.size >= MOST_READS || isStalled()) throw appError('DATABASE_UNAVAILABLE');
    const reading = { since: performance.now() };
    pending.add(reading);
    const found = sessions.findFacts(rescoped(ctx, platformScope), sessionId);
    found.then(
      () => pending.delete(reading),
      () => pending.delete(reading),
    );
    return within(settings.DATABASE_STATEMENT_TIMEOUT_MS, found);
  };
}

/** @throws AppError DATABASE_UNAVAILABLE when there is no answer in time */
function within<T>(milliseconds: number, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(appError('DATABASE_UNAVAILABLE')), milliseconds);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
