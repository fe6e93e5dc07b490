import type { Container } from '../../../src/composition/index.ts';
import { createSubscriptionRepository } from '../../../src/repositories/billing/subscription.repository.ts';
import { createAuditChainRepository } from '../../../src/repositories/insight/audit-chain.repository.ts';
import type { Scope, TxContext } from '../../../src/types/context.ts';
import { platformScope, systemContext, tenantScope } from '../../../src/types/context-factory.ts';
import { asTenantId, PLATFORM_ID } from '../../../src/types/ids.ts';

/** What runs behind the API, one step of it. */
export interface BackgroundWork {
  readonly name: string;
  /** Indexes that it can't do without. */
  readonly indexes: readonly string[];
  /** The most rows of large tables that one of its statements needs. */
  readonly most: number;
  /** Leaves everything as it was. */
  run(container: Container, tenantId: string): Promise<void>;
}

const BATCH = 100;
const NOTHING_STAYS = new Error('Rolled back on purpose');

async function undone<S extends Scope>(
  { infrastructure: { tx } }: Container,
  scope: S,
  work: (ctx: TxContext<S>) => Promise<unknown>,
): Promise<void> {
  const run = tx.run(systemContext(scope, 'background'), async (ctx) => {
    await work(ctx);
    throw NOTHING_STAYS;
  });
  await run.catch((error: unknown) => {
    if (error !== NOTHING_STAYS) throw error;
  });
}

export const backgroundWork: readonly BackgroundWork[] = [
  {
    name: 'the relay takes events and marks them',
    indexes: ['outbox_events_unpublished'],
    most: 2 * BATCH,
    run: (container) =>
      undone(container, platformScope, async (ctx) => {
        const { outbox } = container.infrastructure;
        await outbox.markPublished(ctx, await outbox.take(ctx, ['invoice.finalized'], BATCH));
      }),
  },
  {
    name: 'published events are deleted',
    indexes: ['outbox_events_published_at_idx'],
    most: 2 * BATCH,
    run: (container) =>
      undone(container, platformScope, (ctx) =>
        container.infrastructure.outbox.deletePublishedBefore(ctx, new Date().toISOString(), BATCH),
      ),
  },
  {
    name: 'expired idempotency keys are deleted',
    indexes: ['idempotency_keys_expires_at_idx', 'idempotency_keys_pkey'],
    most: 2 * BATCH,
    run: (container) =>
      undone(container, platformScope, (ctx) => container.infrastructure.idempotencyKeys.deleteExpired(ctx, BATCH)),
  },
  {
    name: 'an idempotency key is claimed and answered',
    indexes: ['idempotency_keys_pkey'],
    most: 2,
    run: (container, tenantId) =>
      undone(container, tenantScope(asTenantId(tenantId)), (ctx) =>
        container.infrastructure.idempotencyKeys.claim(ctx, 'createInvoice', 'key-7', Buffer.from([0]), new Date()),
      ),
  },
  {
    name: 'subscriptions that are due are found',
    indexes: ['subscriptions_to_renew'],
    most: 3 * BATCH,
    run: (container) =>
      undone(container, platformScope, (ctx) =>
        createSubscriptionRepository(container.infrastructure).listDue(
          ctx,
          new Date().toISOString(),
          { dueAt: '0001-01-01T00:00:00.000Z', id: PLATFORM_ID },
          BATCH,
        ),
      ),
  },
  {
    name: 'the sealer looks for tenants',
    indexes: ['audit_entries_unsealed'],
    most: 1000,
    run: (container) =>
      undone(container, platformScope, (ctx) =>
        createAuditChainRepository(container.infrastructure).waitingTenants(ctx, 1000),
      ),
  },
  {
    name: "a tenant's entries are sealed",
    indexes: ['audit_chains_pkey', 'audit_entries_unsealed_of_tenant'],
    most: BATCH,
    run: (container, tenantId) =>
      undone(container, platformScope, async (ctx) => {
        const chains = createAuditChainRepository(container.infrastructure);
        const id = asTenantId(tenantId);
        await chains.lockHead(ctx, id);
        const seals = (await chains.unsealed(ctx, id, BATCH)).map((record, index) => ({
          id: record.id,
          occurredAt: record.occurredAt,
          sequence: 3000 + index,
          hash: Buffer.from([0]),
        }));
        await chains.seal(ctx, id, seals, { sequence: 3000 + seals.length, hash: Buffer.from([0]) });
      }),
  },
  {
    name: 'a chain is verified',
    indexes: ['audit_entries_tenant_id_sequence_key'],
    most: 1000,
    run: (container, tenantId) =>
      undone(container, tenantScope(asTenantId(tenantId)), async (ctx) => {
        const chains = createAuditChainRepository(container.infrastructure);
        await chains.sealed(ctx, ctx.scope.tenantId, 0, 5000, 1000);
        await chains.countUnsealed(ctx, ctx.scope.tenantId);
      }),
  },
];
