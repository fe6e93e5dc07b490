import type { Logger } from '../../config/logger.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { AuditChainRepository, ChainHead, Seal } from '../../repositories/insight/audit-chain.repository.ts';
import type { Context, PlatformScope } from '../../types/context.ts';
import { platformScope, systemContext } from '../../types/context-factory.ts';
import { PLATFORM_ID, type TenantId } from '../../types/ids.ts';
import type { AuditSeals } from './audit-seal.ts';

/**
 * What is wrong at one place of a chain: `altered` an entry's content, place or tenant is not the one it was sealed with;
 * `missing` entries in the middle; `truncated` entries at the end; `unexpected` an entry where the chain has none; `unknown-key`
 * its key is not in the ring; `head-altered` the recorded end is not the last entry's.
 */
export type ChainProblem = 'altered' | 'missing' | 'truncated' | 'unexpected' | 'unknown-key' | 'head-altered';

export interface ChainBreak {
  readonly sequence: number;
  /** The entry that stands there; null where none does. */
  readonly id: string | null;
  readonly problem: ChainProblem;
}

export interface ChainVerification {
  /** Entries that are proved to be as they were sealed. */
  readonly verified: number;
  readonly firstBroken: ChainBreak | null;
  /** Entries that wait for the sealer. */
  readonly unsealed: number;
}

export interface AuditSealerDeps {
  readonly chains: AuditChainRepository;
  readonly seals: AuditSeals;
  readonly tx: TransactionRunner;
  readonly log: Logger;
}

const POLL_MS = 250;
/** How many of the oldest unsealed entries decide whose turn it is. */
const LOOK_AHEAD = 1000;
const SEALS_PER_TRANSACTION = 500;
const VERIFIED_PER_READ = 1000;
const EMPTY: ChainHead = { sequence: 0, hash: Buffer.alloc(0) };

export type AuditSealer = ReturnType<typeof createAuditSealer>;

/**
 * Gives audit entries their place in their tenant's chain, right after their commit rather than in it, so that changes of one
 * tenant don't queue for the chain. Until then an entry is protected by the database's grants and triggers only.
 *
 * A chain proves that nothing was changed, removed or put in between. That its end was cut off shows against the recorded head;
 * who restores an older head along with it can only be found out by a copy of the head outside the database.
 */
export function createAuditSealer({ chains, seals, tx, log }: AuditSealerDeps) {
  const sealTenant = (ctx: Context<PlatformScope>, tenantId: TenantId): Promise<number> =>
    tx.run(ctx, async (txCtx) => {
      const head = await chains.lockHead(txCtx, tenantId);
      if (head === null) return 0;
      const records = await chains.unsealed(txCtx, tenantId, SEALS_PER_TRANSACTION);
      if (records.length === 0) return 0;
      let end = head;
      const made: Seal[] = [];
      for (const record of records) {
        const sequence = end.sequence + 1;
        end = { sequence, hash: seals.seal(record, sequence, end.hash) };
        made.push({ id: record.id, occurredAt: record.occurredAt, ...end });
      }
      const sealed = await chains.seal(txCtx, tenantId, made, end);
      if (sealed !== made.length) throw new Error(`${sealed} of ${made.length} audit entries could be sealed`);
      return sealed;
    });

  /** Seals up to 500 entries of each tenant that has some. True when more are left. */
  const sealWaiting = async (): Promise<boolean> => {
    const ctx = systemContext(platformScope, 'audit-sealer');
    const failures: unknown[] = [];
    let more = false;
    for (const tenantId of await chains.waitingTenants(ctx, LOOK_AHEAD)) {
      try {
        more = (await sealTenant(ctx, tenantId)) === SEALS_PER_TRANSACTION || more;
      } catch (error) {
        log.error('audit entries could not be sealed', { tenantId, error });
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'Some chains could not be sealed');
    return more;
  };

  const checkEntries = async (ctx: Context, tenantId: TenantId, head: ChainHead) => {
    let before = EMPTY;
    let after = Number.MIN_SAFE_INTEGER;
    for (;;) {
      const batch = await chains.sealed(ctx, tenantId, after, head.sequence, VERIFIED_PER_READ);
      for (const { sequence, hash, record } of batch) {
        const expected = before.sequence + 1;
        const broken = (problem: ChainProblem): { before: ChainHead; broken: ChainBreak } => ({
          before,
          broken: { sequence, id: record.id, problem },
        });
        if (sequence > expected)
          return { before, broken: { sequence: expected, id: null, problem: 'missing' } as const };
        if (sequence < expected) return broken('unexpected');
        const check = seals.check(hash, record, sequence, before.hash);
        if (hash === null || check === 'altered') return broken('altered');
        if (check === 'unknown-key') return broken('unknown-key');
        before = { sequence, hash };
        after = sequence;
      }
      if (batch.length < VERIFIED_PER_READ) return { before, broken: null };
    }
  };

  const checkEnd = async (
    ctx: Context,
    tenantId: TenantId,
    last: ChainHead,
    head: ChainHead,
  ): Promise<ChainBreak | null> => {
    if (last.sequence < head.sequence) return { sequence: last.sequence + 1, id: null, problem: 'truncated' };
    if (!last.hash.equals(head.hash)) return { sequence: head.sequence, id: null, problem: 'head-altered' };
    const beyond = await chains.beyondHead(ctx, tenantId);
    return beyond === null ? null : { ...beyond, problem: 'unexpected' };
  };

  return {
    /** For the background loop. */
    task: { name: 'audit sealer', pollMs: POLL_MS, step: sealWaiting },

    /**
     * Verifies the chain of the context's tenant, or the platform's own for an operator, from its first entry to the first that is
     * broken. Reads in batches; entries that are sealed meanwhile are left for the next time.
     */
    async verify(ctx: Context): Promise<ChainVerification> {
      const tenantId = ctx.scope.kind === 'tenant' ? ctx.scope.tenantId : PLATFORM_ID;
      const head = (await chains.head(ctx, tenantId)) ?? EMPTY;
      const { before, broken } = await checkEntries(ctx, tenantId, head);
      return {
        verified: before.sequence,
        firstBroken: broken ?? (await checkEnd(ctx, tenantId, before, head)),
        unsealed: await chains.countUnsealed(ctx, tenantId),
      };
    },
  };
}
