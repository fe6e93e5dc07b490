import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import type { Organization, OrganizationAccess } from '../../types/tenancy/organization.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';
import { writeAtCommit } from '../base/transaction.ts';
import { limitLockWait } from '../base/transaction-settings.ts';

/** An organization, its first admin and how it is found. */
export interface NewOrganization extends OrganizationAccess {
  readonly nameKey: string;
  readonly passwordHash: string;
}

/** What an organization is renamed to. */
export interface OrganizationName extends Pick<Organization, 'name' | 'collection'> {
  readonly nameKey: string;
}

export interface OrganizationCredentials extends OrganizationAccess {
  readonly passwordHash: string;
}

/** An admin as a backup keeps it. */
export interface StoredOrganizationAdmin {
  readonly id: string;
  readonly email: string;
  readonly passwordHash: string;
}

interface AccessRow {
  organizationId: string;
  name: string;
  collection: string;
  adminId: string;
  email: string;
  passwordHash: string;
}

const ACCESS_COLUMNS = `
  o.id as "organizationId", o.name, o.collection, a.id as "adminId", a.email`;

const FIND_BY_NAME = statement(`
  select ${ACCESS_COLUMNS} from organizations o
  join lateral (select * from organization_admins where organization_id = o.id order by created_at, id limit 1) a on true
  where o.name_key = $1`);

const FIND_ACCESS = statement(`
  select ${ACCESS_COLUMNS} from organization_admins a join organizations o on o.id = a.organization_id where a.id = $1`);

const FIND_CREDENTIALS = statement(`
  select ${ACCESS_COLUMNS}, a.password_hash as "passwordHash"
  from organization_admins a join organizations o on o.id = a.organization_id where a.email = $1`);

const FIND_TAKEN = statement(`
  select exists (select from organizations where name_key = $1 or collection = $2) as name,
    exists (select from organization_admins where email = $3) as email`);

const INSERT = statement(`
  with organization as (
    insert into organizations (id, name, name_key, collection, created_at, updated_at) values ($1, $2, $3, $4, $8, $8)
  )
  insert into organization_admins (id, organization_id, email, password_hash, created_at, updated_at)
  values ($5, $1, $6, $7, $8, $8)`);

const LIST_ADMINS = statement(`
  select id, email, password_hash as "passwordHash" from organization_admins
  where organization_id = $1 order by created_at, id`);

/** $6 to $8 are the admins, in the order in which they were made. */
const INSERT_RESTORED = statement(`
  with organization as (
    insert into organizations (id, name, name_key, collection, created_at, updated_at) values ($1, $2, $3, $4, $5, $5)
  )
  insert into organization_admins (id, organization_id, email, password_hash, created_at, updated_at)
  select id, $1, email, password_hash, $5::timestamptz + place * interval '1 millisecond', $5
  from unnest($6::uuid[], $7::text[], $8::text[]) with ordinality as given (id, email, password_hash, place)`);

const CREATE_STORAGE = statement('select create_organization_storage($1)');
const DROP_STORAGE = statement('select drop_organization_storage($1)');

const RENAME = statement(`
  update organizations o set name = $3, name_key = $4, collection = $5, version = o.version + 1, updated_at = $6
  from (select id, name, collection from organizations where id = $1 and name_key = $2 for update) before
  where o.id = before.id returning before.name, before.collection`);

const DELETE = statement('delete from organizations where id = $1 and name_key = $2 returning id, name, collection');

const RECORD_SIGN_IN = statement('update organization_admins set last_sign_in_at = now() where id = $1');
const REPLACE_PASSWORD_HASH = statement(
  'update organization_admins set password_hash = $3, updated_at = now() where id = $1 and password_hash = $2',
);

const LIST_ABANDONED_STORAGES = statement(`
  select substr(nspname, 5)::uuid as id from pg_namespace
  where nspname ~ '^org_[0-9a-f]{32}$'
    and not exists (select from organizations o where organization_schema(o.id) = nspname)
  order by nspname limit $1`);

/** Dropping waits for whoever is using the storage, and whoever comes later waits for it. */
const DROP_WAIT_MS = 2000;

export type OrganizationRepository = ReturnType<typeof createOrganizationRepository>;

/** Organizations are global: only the platform role can see them, hence the scope. */
export function createOrganizationRepository({ database }: { database: Database }) {
  return {
    /** @returns the organization with its first admin, or null */
    async findByName(ctx: Context<PlatformScope>, nameKey: string): Promise<OrganizationAccess | null> {
      const [row] = await database.query<AccessRow>(ctx, FIND_BY_NAME, [nameKey]);
      return row === undefined ? null : toAccess(row);
    },

    /** What an admin may work on now; null when the admin or the organization is gone. */
    async findAccess(ctx: Context<PlatformScope>, adminId: string): Promise<OrganizationAccess | null> {
      const [row] = await database.query<AccessRow>(ctx, FIND_ACCESS, [adminId]);
      return row === undefined ? null : toAccess(row);
    },

    /** @param email in lower case */
    async findCredentials(ctx: Context<PlatformScope>, email: string): Promise<OrganizationCredentials | null> {
      const [row] = await database.query<AccessRow>(ctx, FIND_CREDENTIALS, [email]);
      return row === undefined ? null : { ...toAccess(row), passwordHash: row.passwordHash };
    },

    /** Whether a name, or the collection made of it, and an e-mail address are in use. */
    async findTaken(
      ctx: Context<PlatformScope>,
      { nameKey, collection }: Pick<OrganizationName, 'nameKey' | 'collection'>,
      email: string,
    ): Promise<{ name: boolean; email: boolean }> {
      const [row] = await database.query<{ name: boolean; email: boolean }>(ctx, FIND_TAKEN, [
        nameKey,
        collection,
        email,
      ]);
      return row ?? { name: false, email: false };
    },

    /**
     * Writes the organization and its admin.
     * @throws the database's unique violation of organizations_name_key_key, organizations_collection_key or
     *   organization_admins_email_key
     */
    async insert(
      ctx: TxContext<PlatformScope>,
      { organization, admin, nameKey, passwordHash }: NewOrganization,
      now: string,
    ): Promise<void> {
      const { id, name, collection } = organization;
      await database.execute(ctx, INSERT, [id, name, nameKey, collection, admin.id, admin.email, passwordHash, now]);
    },

    /** The admins of an organization with what proves who they are, the first one first. */
    listAdmins(ctx: Context<PlatformScope>, id: string): Promise<StoredOrganizationAdmin[]> {
      return database.query<Pick<StoredOrganizationAdmin, keyof StoredOrganizationAdmin>>(ctx, LIST_ADMINS, [id]);
    },

    /** As `insert`, with all admins of a backup. */
    async insertRestored(
      ctx: TxContext<PlatformScope>,
      { id, name, nameKey, collection }: Organization & OrganizationName,
      admins: readonly StoredOrganizationAdmin[],
      now: string,
    ): Promise<void> {
      await database.execute(ctx, INSERT_RESTORED, [
        id,
        name,
        nameKey,
        collection,
        now,
        admins.map((admin) => admin.id),
        admins.map((admin) => admin.email),
        admins.map((admin) => admin.passwordHash),
      ]);
    },

    /** Makes the schema and the role of an organization; they come and go with the transaction. */
    async createStorage(ctx: TxContext<PlatformScope>, id: string): Promise<void> {
      await database.execute(ctx, CREATE_STORAGE, [id]);
    },

    /**
     * Drops what is there of the storage of an organization that is gone.
     * @throws the database's error 55P03 when it is in use for too long, and 55006 when the organization is still there
     */
    async dropStorage(ctx: TxContext<PlatformScope>, id: string): Promise<void> {
      await limitLockWait(ctx, DROP_WAIT_MS);
      await database.execute(ctx, DROP_STORAGE, [id]);
    },

    /** Ids of organizations that are gone and whose storage is not, at most `limit`. */
    async listAbandonedStorages(ctx: Context<PlatformScope>, limit: number): Promise<string[]> {
      const rows = await database.query<{ id: string }>(ctx, LIST_ABANDONED_STORAGES, [limit]);
      return rows.map(({ id }) => id);
    },

    /**
     * Renames the organization if it still has the name `currentKey`.
     * @returns what it was called, or null
     * @throws the database's unique violation of organizations_name_key_key or organizations_collection_key
     */
    async rename(
      ctx: TxContext<PlatformScope>,
      id: string,
      currentKey: string,
      { name, nameKey, collection }: OrganizationName,
      now: string,
    ): Promise<Pick<Organization, 'name' | 'collection'> | null> {
      const values = [id, currentKey, name, nameKey, collection, now];
      const [before] = await database.query<{ name: string; collection: string }>(ctx, RENAME, values);
      return before ?? null;
    },

    /** Deletes an organization and its admins if it still has this name. @returns what it was, or null */
    async delete(ctx: TxContext<PlatformScope>, id: string, nameKey: string): Promise<Organization | null> {
      const [row] = await database.query<Pick<Organization, keyof Organization>>(ctx, DELETE, [id, nameKey]);
      return row ?? null;
    },

    recordSignIn(ctx: TxContext<PlatformScope>, adminId: string): void {
      writeAtCommit(ctx.tx, RECORD_SIGN_IN, [adminId]);
    },

    /** Changes how a password is stored, unless the password itself has been changed in the meantime. */
    replacePasswordHash(ctx: TxContext<PlatformScope>, adminId: string, current: string, replacement: string): void {
      writeAtCommit(ctx.tx, REPLACE_PASSWORD_HASH, [adminId, current, replacement]);
    },
  };
}

const toAccess = ({ organizationId, name, collection, adminId, email }: AccessRow): OrganizationAccess => ({
  organization: { id: organizationId, name, collection },
  admin: { id: adminId, email },
});
