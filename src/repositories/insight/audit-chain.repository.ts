import type { Context, TxContext } from '../../types/context.ts';
import type { TenantId } from '../../types/ids.ts';
import type { NewAuditEntry } from '../base/audit.repository.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

/** An entry with all that its hash covers. */
export interface AuditRecord extends NewAuditEntry {
  readonly tenantId: TenantId;
}

export interface Seal {
  readonly id: string;
  /** Of its entry. */
  readonly occurredAt: string;
  readonly sequence: number;
  readonly hash: Buffer;
}

/** A sealed entry; `hash` is null only where somebody has taken it away. */
export interface SealedRecord {
  readonly sequence: number;
  readonly hash: Buffer | null;
  readonly record: AuditRecord;
}

/** Where a chain ends. Before the first entry the sequence is 0 and the hash empty. */
export interface ChainHead {
  readonly sequence: number;
  readonly hash: Buffer;
}

type SealedRow = AuditRecord & { sequence: number; hash: Buffer | null };

const RECORD = `tenant_id as "tenantId", id, occurred_at as "occurredAt", action, resource_type as "resourceType", resource_id as "resourceId",
  actor_type as "actorType", actor_id as "actorId", actor_name as "actorName", impersonator_id as "impersonatorId",
  session_id as "sessionId", request_id as "requestId", ip_address as "ipAddress", user_agent as "userAgent", changes`;

const WAITING_TENANTS = statement(`
  select distinct tenant_id as "tenantId"
  from (select tenant_id from audit_entries where sequence is null order by occurred_at, id limit $1) oldest`);

const BEGIN_CHAIN = statement(`
  insert into audit_chains (tenant_id, last_sequence, last_hash) values ($1, 0, '') on conflict (tenant_id) do nothing`);

const HEAD = `select last_sequence as sequence, last_hash as hash from audit_chains where tenant_id = $1`;
const READ_HEAD = statement(HEAD);
const LOCK_HEAD = statement(`${HEAD} for update skip locked`);

const UNSEALED = statement(`
  select ${RECORD} from audit_entries where tenant_id = $1 and sequence is null order by occurred_at, id limit $2`);

const SEAL = statement(`
  update audit_entries set sequence = seal.sequence, hash = seal.hash
  from unnest($2::uuid[], $3::bigint[], $4::bytea[]) as seal (id, sequence, hash)
  where audit_entries.tenant_id = $1 and audit_entries.id = seal.id and audit_entries.sequence is null
    and audit_entries.occurred_at <= $5`);

const MOVE_HEAD = statement('update audit_chains set last_sequence = $2, last_hash = $3 where tenant_id = $1');

const SEALED = statement(`
  select sequence, hash, ${RECORD} from audit_entries
  where tenant_id = $1 and sequence > $2 and sequence <= $3 order by sequence limit $4`);

const BEYOND_HEAD = statement(`
  select sequence, id from audit_entries
  where tenant_id = $1 and sequence > coalesce((select last_sequence from audit_chains where tenant_id = $1), 0)
  order by sequence limit 1`);

const COUNT_UNSEALED = statement(
  'select count(*) as count from audit_entries where tenant_id = $1 and sequence is null',
);

export type AuditChainRepository = ReturnType<typeof createAuditChainRepository>;

export function createAuditChainRepository({ database }: { database: Database }) {
  return {
    /** The tenants that the oldest `limit` unsealed entries belong to. */
    async waitingTenants(ctx: Context, limit: number): Promise<TenantId[]> {
      const rows = await database.query<{ tenantId: TenantId }>(ctx, WAITING_TENANTS, [limit]);
      return rows.map((row) => row.tenantId);
    },

    /** The end of a chain, locked until the transaction ends; null while somebody else seals it. */
    async lockHead(ctx: TxContext, tenantId: TenantId): Promise<ChainHead | null> {
      await database.execute(ctx, BEGIN_CHAIN, [tenantId]);
      const [head] = await database.query<{ sequence: number; hash: Buffer }>(ctx, LOCK_HEAD, [tenantId]);
      return head ?? null;
    },

    /** The oldest unsealed entries of a tenant. */
    unsealed(ctx: TxContext, tenantId: TenantId, limit: number): Promise<AuditRecord[]> {
      return database.query<AuditRecord & Record<string, unknown>>(ctx, UNSEALED, [tenantId, limit]);
    },

    /** @returns how many entries were sealed */
    async seal(ctx: TxContext, tenantId: TenantId, seals: readonly Seal[], head: ChainHead): Promise<number> {
      const columns = [
        seals.map((seal) => seal.id),
        seals.map((seal) => seal.sequence),
        seals.map((seal) => seal.hash),
      ];
      const sealed = await database.execute(ctx, SEAL, [tenantId, ...columns, seals.at(-1)?.occurredAt]);
      await database.execute(ctx, MOVE_HEAD, [tenantId, head.sequence, head.hash]);
      return sealed;
    },

    async head(ctx: Context, tenantId: TenantId): Promise<ChainHead | null> {
      const [head] = await database.query<{ sequence: number; hash: Buffer }>(ctx, READ_HEAD, [tenantId]);
      return head ?? null;
    },

    /** Sealed entries by sequence, from right after `after` to `upTo`. */
    async sealed(
      ctx: Context,
      tenantId: TenantId,
      after: number,
      upTo: number,
      limit: number,
    ): Promise<SealedRecord[]> {
      const rows = await database.query<SealedRow & Record<string, unknown>>(ctx, SEALED, [
        tenantId,
        after,
        upTo,
        limit,
      ]);
      return rows.map(({ sequence, hash, ...record }) => ({ sequence, hash, record }));
    },

    /** The first entry behind the end of the chain, where none can be. */
    async beyondHead(ctx: Context, tenantId: TenantId): Promise<{ sequence: number; id: string } | null> {
      const [row] = await database.query<{ sequence: number; id: string }>(ctx, BEYOND_HEAD, [tenantId]);
      return row ?? null;
    },

    async countUnsealed(ctx: Context, tenantId: TenantId): Promise<number> {
      const [row] = await database.query<{ count: number }>(ctx, COUNT_UNSEALED, [tenantId]);
      return row?.count ?? 0;
    },
  };
}
