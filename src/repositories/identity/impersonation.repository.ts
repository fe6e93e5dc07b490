import type { UserType } from '../../generated/prisma/client.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import type { TenantId } from '../../types/ids.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';
import { writeAtCommit } from '../base/transaction.ts';
import { CUSTOM_PERMISSIONS } from './custom-permissions.ts';

export type ImpersonationMode = 'read_only' | 'full';

/** The operator who asks, as they stand in this transaction. */
export interface Impersonator {
  readonly platformRole: string | null;
  readonly platformPermissions: readonly string[] | null;
  /** Whether they may sign in. */
  readonly live: boolean;
  /** Whether they have a second factor, or must have one. */
  readonly needsSecondFactor: boolean;
  /** Whether the session they ask in has lately shown it. */
  readonly hasShownSecondFactor: boolean;
  /** When what begins now will end, ISO 8601. */
  readonly expiresAt: string;
}

/** Somebody in whose place an operator can work, and what they may do in the tenant. */
export interface ImpersonationSubject {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly type: UserType;
  readonly role: string;
  /** Of the tenant's own roles, besides those of `role`. */
  readonly permissions: readonly string[];
}

export interface NewImpersonation {
  readonly id: string;
  readonly tenantId: TenantId;
  readonly impersonatorId: string;
  readonly userId: string;
  readonly sessionId: string;
  readonly mode: ImpersonationMode;
  readonly reason: string;
  readonly ticket: string | null;
  readonly expiresAt: string;
}

/** What a tenant is told of an impersonation. Times are ISO 8601. */
export interface ImpersonationRecord {
  readonly id: string;
  readonly impersonatorName: string;
  readonly impersonatorEmail: string;
  readonly userName: string;
  readonly userEmail: string;
  readonly mode: ImpersonationMode;
  readonly reason: string;
  readonly ticket: string | null;
  readonly createdAt: string;
  readonly expiresAt: string;
}

/** Whom a tenant's mail goes to. */
export interface TenantOwner {
  readonly name: string;
  readonly email: string;
  readonly locale: string;
}

/**
 * Shared, so that nobody takes the operator's role away between this and the commit. Values: operator, session, minutes that a
 * factor counts, minutes to last.
 */
const LOCK_IMPERSONATOR = statement(`
  select platform_role as "platformRole", platform_permissions as "platformPermissions", status = 'active' as live,
    two_factor_required
      or exists (select from totp_authenticators totp where totp.user_id = users.id and totp.confirmed_at is not null)
      as "needsSecondFactor",
    exists (select from sessions where sessions.id = $2 and sessions.user_id = users.id
      and sessions.two_factor_at > now() - make_interval(mins => $3)) as "hasShownSecondFactor",
    (now() + make_interval(mins => $4))::timestamptz(3) as "expiresAt"
  from users where id = $1 for share`);

const TENANT_EXISTS = statement('select 1 from tenants where id = $1 and deleted_at is null');

/** The user asked for, or without one the oldest owner. */
const FIND_SUBJECT = statement(`
  select u.id, u.email, u.name, u.type, m.role, ${CUSTOM_PERMISSIONS} as permissions
  from memberships m join users u on u.id = m.user_id
  where m.tenant_id = $1 and m.status = 'active' and u.status = 'active' and u.platform_role is null
    and case when $2::uuid is null then m.role = 'owner' else m.user_id = $2 end
  order by m.created_at, m.id limit 1`);

const INSERT = statement(`
  insert into impersonations (tenant_id, id, impersonator_id, user_id, session_id, mode, reason, ticket, expires_at, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, now())`);

const FIND = statement(`
  select i.id, o.name as "impersonatorName", o.email as "impersonatorEmail", u.name as "userName", u.email as "userEmail",
    i.mode, i.reason, i.ticket, i.created_at as "createdAt", i.expires_at as "expiresAt"
  from impersonations i
  join users o on o.id = i.impersonator_id
  join users u on u.id = i.user_id
  where i.tenant_id = $1 and i.id = $2`);

const OWNERS = statement(`
  select u.name, u.email, u.locale from memberships m join users u on u.id = m.user_id
  where m.tenant_id = $1 and m.role = 'owner' and m.status = 'active' and u.status = 'active'
  order by m.created_at, m.id limit 20`);

export type ImpersonationRepository = ReturnType<typeof createImpersonationRepository>;

export function createImpersonationRepository({ database }: { database: Database }) {
  return {
    /** Reads an operator whom nobody can change until the transaction ends. */
    async lockImpersonator(
      ctx: TxContext<PlatformScope>,
      asked: {
        readonly operatorId: string;
        readonly sessionId: string;
        /** How long a second factor counts as shown. */
        readonly factorMinutes: number;
        readonly minutes: number;
      },
    ): Promise<Impersonator | null> {
      const { operatorId, sessionId, factorMinutes, minutes } = asked;
      const values = [operatorId, sessionId, factorMinutes, minutes];
      const [row] = await database.query<Pick<Impersonator, keyof Impersonator>>(ctx, LOCK_IMPERSONATOR, values);
      return row ?? null;
    },

    /** Whether there is a tenant that has not been deleted. */
    async isTenant(ctx: Context<PlatformScope>, tenantId: TenantId): Promise<boolean> {
      return (await database.query(ctx, TENANT_EXISTS, [tenantId])).length > 0;
    },

    /** An active member who is no operator: the one with this id, or without an id the oldest owner. */
    async findSubject(
      ctx: Context<PlatformScope>,
      tenantId: TenantId,
      userId: string | null,
    ): Promise<ImpersonationSubject | null> {
      const values = [tenantId, userId];
      const [row] = await database.query<Pick<ImpersonationSubject, keyof ImpersonationSubject>>(
        ctx,
        FIND_SUBJECT,
        values,
      );
      return row ?? null;
    },

    /** After its session, which it refers to, in the same commit. */
    insert(ctx: TxContext<PlatformScope>, impersonation: NewImpersonation): void {
      writeAtCommit(ctx.tx, INSERT, [
        impersonation.tenantId,
        impersonation.id,
        impersonation.impersonatorId,
        impersonation.userId,
        impersonation.sessionId,
        impersonation.mode,
        impersonation.reason,
        impersonation.ticket,
        impersonation.expiresAt,
      ]);
    },

    async findRecord(ctx: Context<PlatformScope>, tenantId: TenantId, id: string): Promise<ImpersonationRecord | null> {
      const values = [tenantId, id];
      const [row] = await database.query<Pick<ImpersonationRecord, keyof ImpersonationRecord>>(ctx, FIND, values);
      return row ?? null;
    },

    /** A tenant's active owners, oldest first, at most 20. */
    listOwners(ctx: Context<PlatformScope>, tenantId: TenantId): Promise<TenantOwner[]> {
      return database.query<Pick<TenantOwner, keyof TenantOwner>>(ctx, OWNERS, [tenantId]);
    },
  };
}
