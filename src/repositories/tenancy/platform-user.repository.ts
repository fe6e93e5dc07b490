import { invariant } from '../../errors/app-error.ts';
import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type {
  NewPlatformUser,
  PlatformUser,
  PlatformUserFilter,
  PlatformUserProfile,
  PlatformUserStatus,
  PlatformUserSummary,
  Relative,
} from '../../types/tenancy/platform-user.ts';
import type { Database } from '../base/database.ts';
import { likePattern, offsetOf, parseSort } from '../base/order.ts';
import * as sql from './platform-user-statements.ts';

const SORTABLE = ['createdAt', 'name'] as const satisfies readonly sql.PlatformUserSortField[];

/** Somebody without their relatives. */
export type PlatformUserRecord = Omit<PlatformUser, 'students' | 'parents'>;

type SummaryRow = Pick<PlatformUserSummary, keyof PlatformUserSummary>;
type PlatformUserRow = Pick<PlatformUserRecord, keyof PlatformUserRecord>;

export type PlatformUserRepository = ReturnType<typeof createPlatformUserRepository>;

export function createPlatformUserRepository({ database }: { database: Database }) {
  const findRelatives = (ctx: TenantContext, id: string): Promise<Relative[]> =>
    database.query<Relative>(ctx, sql.FIND_RELATIVES, [ctx.scope.tenantId, id]);

  return {
    async list(ctx: TenantContext, filter: PlatformUserFilter): Promise<Page<PlatformUserSummary>> {
      const { field, direction } = parseSort(filter.sort, SORTABLE);
      const { names, values } = sql.filters.given({
        tenantId: ctx.scope.tenantId,
        kind: filter.kind,
        status: filter.status,
        libraryId: filter.libraryId,
        search: filter.search === undefined ? undefined : likePattern(filter.search),
      });
      const [items, counted] = await Promise.all([
        database.query<SummaryRow>(ctx, sql.listStatement(names, field, direction), [
          ...values,
          filter.limit,
          offsetOf(filter),
        ]),
        database.query<{ total: number }>(ctx, sql.countStatement(names), values),
      ]);
      return { items, page: filter.page, limit: filter.limit, total: counted[0]?.total ?? 0 };
    },

    async findById(ctx: TenantContext, id: string): Promise<PlatformUser | null> {
      const [rows, relatives] = await Promise.all([
        database.query<PlatformUserRow>(ctx, sql.FIND, [ctx.scope.tenantId, id]),
        findRelatives(ctx, id),
      ]);
      return rows[0] === undefined ? null : withRelatives(rows[0], relatives);
    },

    /** Reads somebody whom nobody else can change until the transaction ends. */
    async lock(ctx: TenantTxContext, id: string): Promise<PlatformUser | null> {
      const [row] = await database.query<PlatformUserRow>(ctx, sql.LOCK, [ctx.scope.tenantId, id]);
      return row === undefined ? null : withRelatives(row, await findRelatives(ctx, id));
    },

    /** @throws the database's unique violation of platform_users_tenant_id_email_key */
    async insert(ctx: TenantTxContext, person: NewPlatformUser, now: string): Promise<PlatformUserRecord> {
      const values = [ctx.scope.tenantId, person.id, ...profileValues(person, now), person.kind];
      const [row] = await database.query<PlatformUserRow>(ctx, sql.INSERT, values);
      return invariant(row, 'An insert returns its row');
    },

    /**
     * Replaces the profile of somebody who is locked.
     * @throws the database's unique violation of platform_users_tenant_id_email_key
     */
    async updateProfile(
      ctx: TenantTxContext,
      id: string,
      profile: PlatformUserProfile,
      now: string,
    ): Promise<PlatformUserRecord> {
      const values = [ctx.scope.tenantId, id, ...profileValues(profile, now)];
      const [row] = await database.query<PlatformUserRow>(ctx, sql.UPDATE_PROFILE, values);
      return invariant(row, 'Somebody who is locked can be updated');
    },

    /** Changes the status of somebody who is locked. */
    async setStatus(
      ctx: TenantTxContext,
      id: string,
      status: PlatformUserStatus,
      now: string,
    ): Promise<PlatformUserRecord> {
      const values = [ctx.scope.tenantId, id, status, now];
      const [row] = await database.query<PlatformUserRow>(ctx, sql.SET_STATUS, values);
      return invariant(row, 'Somebody who is locked can be updated');
    },

    /** Deletes somebody, and who looks after whom with them. */
    async delete(ctx: TenantTxContext, id: string): Promise<void> {
      await database.execute(ctx, sql.DELETE, [ctx.scope.tenantId, id]);
    },
  };
}

const withRelatives = (person: PlatformUserRecord, relatives: readonly Relative[]): PlatformUser => ({
  ...person,
  students: person.kind === 'parent' ? relatives : [],
  parents: person.kind === 'student' ? relatives : [],
});

const profileValues = (profile: PlatformUserProfile, now: string): unknown[] => [
  profile.name,
  profile.email,
  profile.phone,
  profile.libraryId,
  profile.reference,
  profile.notes,
  now,
];
