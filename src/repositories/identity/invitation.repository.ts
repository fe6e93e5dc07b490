import { uuidv7 } from 'uuidv7';
import { invariant } from '../../errors/app-error.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import type { Invitation, InvitationFilter } from '../../types/identity/invitation.ts';
import type { MemberStanding } from '../../types/identity/member.ts';
import { asTenantId, type TenantId } from '../../types/ids.ts';
import type { Page } from '../../types/page.ts';
import type { Database } from '../base/database.ts';
import { createFilters } from '../base/filters.ts';
import { offsetOf, parseSort } from '../base/order.ts';
import { statement, statementFamily } from '../base/statement.ts';
import { CUSTOM_PERMISSIONS } from './custom-permissions.ts';

export interface NewInvitation {
  readonly email: string;
  readonly role: string;
  readonly invitedBy: string;
  /** Minutes until it is over. */
  readonly minutes: number;
}

/** What is known of an address that somebody wants to invite. */
export interface InviteeFacts {
  readonly isMember: boolean;
  /** The role of an invitation that waits for an answer. */
  readonly pendingRole: string | null;
}

/** How many invitations were sent. */
export interface SentInvitations {
  readonly count: number;
  /** Seconds of the epoch. */
  readonly oldestAt: number | null;
}

/** An invitation that can be accepted now. */
export interface OpenInvitation {
  readonly id: string;
  readonly tenant: { readonly id: TenantId; readonly name: string; readonly slug: string };
  readonly email: string;
  readonly role: string;
  readonly invitedBy: string;
  readonly inviterName: string;
  readonly expiresAt: string;
}

/** What decides whether somebody may still invite. */
export interface InviterFacts extends Pick<MemberStanding, 'permissions'> {
  readonly isActiveUser: boolean;
  readonly platformRole: string | null;
  readonly platformPermissions: readonly string[] | null;
  /** In the tenant; null for who is no active member. */
  readonly role: string | null;
}

const STATUS = "case when i.status = 'pending' and i.expires_at <= now() then 'expired' else i.status end";

const COLUMNS = `
  i.id, i.email, i.role, ${STATUS} as status, json_build_object('id', inviter.id, 'name', inviter.name) as "invitedBy",
  i.expires_at as "expiresAt", i.accepted_at as "acceptedAt", i.created_at as "createdAt"`;

const filters = createFilters({ tenantId: 'i.tenant_id = ?', status: `${STATUS} = ?` });

const SORTABLE = ['createdAt'] as const;

/** Values: the filters', then limit and offset. The page is found first, and then who sent its invitations. */
const listStatement = statementFamily((given: string, direction: 'asc' | 'desc') => {
  const { text, next } = filters.clause(given);
  const order = `i.created_at ${direction}, i.id ${direction}`;
  return `
    with page as (select * from invitations i where ${text} order by ${order} limit $${next} offset $${next + 1})
    select ${COLUMNS} from page i join users inviter on inviter.id = i.invited_by order by ${order}`;
});

/** $1 is the tenant; without it there is no row. */
const countStatement = statementFamily(
  (given: string) => `
    select (select count(*) from invitations i where ${filters.clause(given).text}) as total
    from tenants where id = $1 and deleted_at is null`,
);

const FIND = statement(`
  select ${COLUMNS} from invitations i join users inviter on inviter.id = i.invited_by
  where i.tenant_id = $1 and i.id = $2`);

const INVITEE = statement(`
  select
    exists (select from memberships m join users u on u.id = m.user_id where m.tenant_id = $1 and u.email = $2) as "isMember",
    (select role from invitations where tenant_id = $1 and email = $2 and status = 'pending') as "pendingRole"`);

const SENT = statement(`
  select count(*) as count, extract(epoch from min(occurred_at))::float8 as "oldestAt" from security_events
  where tenant_id = $1 and type = 'member.invited' and occurred_at > $2 and ($3::text is null or details ->> 'email' = $3)`);

const RENEW = statement(`
  insert into invitations (tenant_id, id, email, role, invited_by, expires_at, updated_at)
  values ($1, $2, $3, $4, $5, now() + make_interval(mins => $6), now())
  on conflict (tenant_id, email) where status = 'pending' do update set role = excluded.role,
    invited_by = excluded.invited_by, expires_at = excluded.expires_at, updated_at = excluded.updated_at
  returning id`);

const REVOKE = statement(
  "update invitations set status = 'revoked', updated_at = now() where tenant_id = $1 and id = $2 and status = 'pending'",
);

/** The tenant comes from a subquery: it is found by its id, whatever the planner thinks of how many invitations there are. */
const FIND_OPEN = statement(`
  select i.id, i.email, i.role, i.invited_by as "invitedBy", inviter.name as "inviterName", i.expires_at as "expiresAt",
    (select json_build_object('id', id, 'name', name, 'slug', slug) from tenants
      where id = i.tenant_id and deleted_at is null) as tenant
  from invitations i
  join users inviter on inviter.id = i.invited_by
  where i.id = $1 and i.status = 'pending' and i.expires_at > now()`);

const FIND_INVITER = statement(`
  select u.status = 'active' as "isActiveUser", u.platform_role as "platformRole",
    u.platform_permissions as "platformPermissions", m.role, ${CUSTOM_PERMISSIONS} as permissions
  from users u left join memberships m on m.tenant_id = $1 and m.user_id = u.id and m.status = 'active'
  where u.id = $2`);

const MARK_ACCEPTED = statement(`
  update invitations set status = 'accepted', accepted_by = $3, accepted_at = now(), updated_at = now()
  where tenant_id = $1 and id = $2 and status = 'pending'`);

type InvitationRow = Pick<Invitation, keyof Invitation>;

interface OpenInvitationRow extends Omit<OpenInvitation, 'tenant'> {
  readonly tenant: { readonly id: string; readonly name: string; readonly slug: string } | null;
}

export type InvitationRepository = ReturnType<typeof createInvitationRepository>;

/** Invitations with those who sent them, who are users: only the platform role can see them. Measured by the database's clock. */
export function createInvitationRepository({ database }: { database: Database }) {
  return {
    /** @returns null when there is no such tenant */
    async list(
      ctx: Context<PlatformScope>,
      tenantId: TenantId,
      filter: InvitationFilter,
    ): Promise<Page<Invitation> | null> {
      const { direction } = parseSort(filter.sort, SORTABLE);
      const { names, values } = filters.given({ tenantId, status: filter.status });
      const [items, [counted]] = await Promise.all([
        database.query<InvitationRow>(ctx, listStatement(names, direction), [
          ...values,
          filter.limit,
          offsetOf(filter),
        ]),
        database.query<{ total: number }>(ctx, countStatement(names), values),
      ]);
      return counted === undefined ? null : { items, page: filter.page, limit: filter.limit, total: counted.total };
    },

    async findById(ctx: Context<PlatformScope>, tenantId: TenantId, id: string): Promise<Invitation | null> {
      const [row] = await database.query<InvitationRow>(ctx, FIND, [tenantId, id]);
      return row ?? null;
    },

    /** @param email in lower case */
    async findInvitee(ctx: Context<PlatformScope>, tenantId: TenantId, email: string): Promise<InviteeFacts> {
      const [row] = await database.query<Pick<InviteeFacts, keyof InviteeFacts>>(ctx, INVITEE, [tenantId, email]);
      return invariant(row, 'A select without a table has a row');
    },

    /**
     * Counts what the security log says was sent, renewals too.
     * @param email only to this address; null for all
     */
    async countSentSince(
      ctx: Context<PlatformScope>,
      tenantId: TenantId,
      since: string,
      email: string | null,
    ): Promise<SentInvitations> {
      const values = [tenantId, since, email];
      const [row] = await database.query<Pick<SentInvitations, keyof SentInvitations>>(ctx, SENT, values);
      return invariant(row, 'An aggregate has a row');
    },

    /** Invites an address, or renews the invitation that waits for its answer. @returns its id */
    async replacePending(
      ctx: TxContext<PlatformScope>,
      tenantId: TenantId,
      { email, role, invitedBy, minutes }: NewInvitation,
    ): Promise<string> {
      const values = [tenantId, uuidv7(), email, role, invitedBy, minutes];
      const [row] = await database.query<{ id: string }>(ctx, RENEW, values);
      return invariant(row, 'An upsert returns its row').id;
    },

    /** @returns false when it does not wait for an answer */
    async revoke(ctx: TxContext<PlatformScope>, tenantId: TenantId, id: string): Promise<boolean> {
      return (await database.execute(ctx, REVOKE, [tenantId, id])) === 1;
    },

    /** An invitation that can be accepted now, whatever its tenant. */
    async findOpen(ctx: Context<PlatformScope>, id: string): Promise<OpenInvitation | null> {
      const [row] = await database.query<OpenInvitationRow & Record<string, unknown>>(ctx, FIND_OPEN, [id]);
      if (row === undefined || row.tenant === null) return null;
      return { ...row, tenant: { ...row.tenant, id: asTenantId(row.tenant.id) } };
    },

    async findInviter(ctx: Context<PlatformScope>, tenantId: TenantId, userId: string): Promise<InviterFacts | null> {
      const [row] = await database.query<Pick<InviterFacts, keyof InviterFacts>>(ctx, FIND_INVITER, [tenantId, userId]);
      return row ?? null;
    },

    async markAccepted(
      ctx: TxContext<PlatformScope>,
      tenantId: TenantId,
      id: string,
      acceptedBy: string,
    ): Promise<void> {
      await database.execute(ctx, MARK_ACCEPTED, [tenantId, id, acceptedBy]);
    },
  };
}
