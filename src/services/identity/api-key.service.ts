import { uuidv7 } from 'uuidv7';
import { appError, invariant } from '../../errors/app-error.ts';
import { invalidateAtCommit } from '../../repositories/base/invalidation.repository.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { ApiKeyRepository } from '../../repositories/identity/api-key.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { ApiKey, ApiKeyDraft, ApiKeyFilter, ApiKeyStatus } from '../../types/identity/api-key.ts';
import type { Page } from '../../types/page.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { ApiKeyRegistry } from './api-key-registry.service.ts';
import { refuseUnlessGrantable } from './api-key-scopes.ts';
import type { ApiKeyTokens } from './api-key-token.ts';
import type { SecurityLog } from './security-log.service.ts';

export interface ApiKeyServiceDeps {
  readonly apiKeys: ApiKeyRepository;
  readonly tokens: Pick<ApiKeyTokens, 'issue' | 'startOf'>;
  readonly registry: Pick<ApiKeyRegistry, 'forget'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly securityLog: SecurityLog;
  readonly clock: Clock;
}

/** A key as people see it. */
export interface ApiKeyView extends ApiKey {
  /** The part of the key that may be shown. */
  readonly start: string;
  readonly status: ApiKeyStatus;
  readonly creatorName: string;
}

/** A key together with its text, which nobody ever sees again. */
export interface RevealedApiKey extends ApiKeyView {
  readonly text: string;
}

const MOST_KEYS = 100;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export type ApiKeyService = ReturnType<typeof createApiKeyService>;

/** Machines' access to a tenant. A key never lets do more than whoever made it may do. */
export function createApiKeyService(deps: ApiKeyServiceDeps) {
  const { apiKeys, tokens, registry, tx, audit, securityLog, clock } = deps;

  const view = (key: ApiKey, creatorName: string, now: string): ApiKeyView => ({
    ...key,
    start: tokens.startOf(key.publicId),
    status: statusOf(key, now),
    creatorName,
  });

  const nameOf = async (ctx: TenantContext, creatorId: string): Promise<string> => {
    const names = await apiKeys.creatorNames(rescoped(ctx, platformScope), [creatorId]);
    return invariant(names.get(creatorId), 'A key goes with whoever made it');
  };

  const lock = async (ctx: TenantTxContext, id: string): Promise<ApiKey> => {
    const key = await apiKeys.lock(ctx, id);
    if (key === null) throw appError('API_KEY_NOT_FOUND');
    return key;
  };

  const forgetAtCommit = (ctx: TenantTxContext, { publicId }: ApiKey): void => {
    invalidateAtCommit(ctx, 'api-key', publicId);
    ctx.tx.afterCommit(() => registry.forget(publicId));
  };

  return {
    async list(ctx: TenantContext, filter: ApiKeyFilter): Promise<Page<ApiKeyView>> {
      const now = clock.now().toISOString();
      const page = await apiKeys.list(ctx, filter, now);
      const creators = [...new Set(page.items.map(({ createdBy }) => createdBy))];
      const names = await apiKeys.creatorNames(rescoped(ctx, platformScope), creators);
      return { ...page, items: page.items.map((key) => view(key, names.get(key.createdBy) ?? '', now)) };
    },

    /**
     * Makes a key in the name of the caller.
     * @throws AppError SCOPE_NOT_DELEGABLE, PERMISSION_NOT_HELD, API_KEY_LIMIT_REACHED
     */
    async create(ctx: TenantContext, { expiresInDays, ...draft }: ApiKeyDraft): Promise<RevealedApiKey> {
      refuseUnlessGrantable(draft.scopes, ctx.permissions);
      const now = clock.now();
      const createdBy = invariant(ctx.actor.id, 'Only people make keys');
      const { text, ...issued } = tokens.issue();
      const key = {
        ...draft,
        ...issued,
        id: uuidv7(),
        createdBy,
        expiresAt: new Date(now.getTime() + expiresInDays * DAY_MS).toISOString(),
      };
      const created = await tx.run(ctx, async (txCtx) => {
        const inserted = await apiKeys.insert(txCtx, key, now.toISOString(), MOST_KEYS);
        if (inserted === null) throw appError('API_KEY_LIMIT_REACHED');
        audit.record(txCtx, { resourceType: 'api_key', resourceId: inserted.id, after: auditedFields(inserted) });
        securityLog.record(txCtx, { type: 'api_key.created', details: { apiKeyId: inserted.id, name: inserted.name } });
        return inserted;
      });
      return { ...view(created, ctx.actor.name, now.toISOString()), text };
    },

    /**
     * Gives a key another secret; the one until now stays valid for a while, an older one does not. Only for those who could
     * have made the key: the new secret gives them its scopes.
     * @param overlapHours 0: the old secret is invalid at once
     * @throws AppError API_KEY_NOT_FOUND, API_KEY_NOT_ACTIVE, SCOPE_NOT_DELEGABLE, PERMISSION_NOT_HELD
     */
    async rotate(ctx: TenantContext, id: string, overlapHours: number): Promise<RevealedApiKey> {
      const now = clock.now();
      const { rotated, text } = await tx.run(ctx, async (txCtx) => {
        const before = await lock(txCtx, id);
        if (statusOf(before, now.toISOString()) !== 'active') throw appError('API_KEY_NOT_ACTIVE');
        refuseUnlessGrantable(before.scopes, ctx.permissions);
        const issued = tokens.issue(before.publicId);
        const overlapEnd = Math.min(now.getTime() + overlapHours * HOUR_MS, Date.parse(before.expiresAt));
        const previousExpiresAt = overlapHours === 0 ? null : new Date(overlapEnd).toISOString();
        const { secretHash, lastFour } = issued;
        await apiKeys.replaceSecret(txCtx, id, { secretHash, lastFour, previousExpiresAt }, now.toISOString());
        const after: ApiKey = { ...before, lastFour, previousExpiresAt };
        audit.record(txCtx, {
          resourceType: 'api_key',
          resourceId: id,
          before: auditedFields(before),
          after: auditedFields(after),
        });
        securityLog.record(txCtx, { type: 'api_key.rotated', details: { apiKeyId: id, name: before.name } });
        forgetAtCommit(txCtx, before);
        return { rotated: after, text: issued.text };
      });
      return { ...view(rotated, await nameOf(ctx, rotated.createdBy), now.toISOString()), text };
    },

    /**
     * Ends a key at once, in every process. One that has been revoked already stays so.
     * @throws AppError API_KEY_NOT_FOUND
     */
    async revoke(ctx: TenantContext, id: string): Promise<void> {
      await tx.run(ctx, async (txCtx) => {
        const before = await lock(txCtx, id);
        const revokedAt = before.revokedAt ?? clock.now().toISOString();
        if (before.revokedAt === null) {
          await apiKeys.revoke(txCtx, id, revokedAt);
          securityLog.record(txCtx, { type: 'api_key.revoked', details: { apiKeyId: id, name: before.name } });
          forgetAtCommit(txCtx, before);
        }
        audit.record(txCtx, {
          resourceType: 'api_key',
          resourceId: id,
          before: auditedFields(before),
          after: auditedFields({ ...before, revokedAt }),
        });
      });
    },
  };
}

function statusOf({ revokedAt, expiresAt }: ApiKey, now: string): ApiKeyStatus {
  if (revokedAt !== null) return 'revoked';
  return expiresAt > now ? 'active' : 'expired';
}

const auditedFields = (key: ApiKey) => ({
  name: key.name,
  publicId: key.publicId,
  lastFour: key.lastFour,
  scopes: key.scopes,
  allowedCidrs: key.allowedCidrs,
  rateLimitPerMinute: key.rateLimitPerMinute,
  expiresAt: key.expiresAt,
  previousExpiresAt: key.previousExpiresAt,
  revokedAt: key.revokedAt,
});
