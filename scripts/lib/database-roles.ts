import { Client, escapeIdentifier, escapeLiteral } from 'pg';

/**
 * The roles of the database: the owner migrates, the others serve. None is a superuser or bypasses row-level security, so
 * all of it works on a managed PostgreSQL too. Which tables a role may touch is granted in the migrations.
 */
const ROLES = {
  owner: 'rowhouse_owner',
  tenant: 'rowhouse_tenant',
  platform: 'rowhouse_platform',
  queue: 'rowhouse_queue',
} as const;

export type RolePasswords = Record<keyof typeof ROLES, string>;

export type DatabaseUrls = { ownerUrl: string; tenantUrl: string; platformUrl: string; queueUrl: string };

export type DatabaseRequest = {
  /** URL of an administrator (superuser, or CREATEROLE and CREATEDB) for any database of the server. */
  adminUrl: string;
  /** Name of the database to make. */
  database: string;
  passwords: RolePasswords;
};

/** Those which not every owner of a database may create by itself (cube and earthdistance find places nearby). */
const EXTENSIONS = ['btree_gist', 'citext', 'cube', 'earthdistance', 'pg_trgm', 'unaccent'];

/** Roles belong to the whole server: two processes that make them at once would fail each other. */
const ROLES_LOCK = 7_692_003;

/** The same server and parameters, another database or user. */
export const rewriteUrl = (url: string, changes: { database?: string; user?: string; password?: string }): string => {
  const rewritten = new URL(url);
  if (changes.database !== undefined) rewritten.pathname = `/${encodeURIComponent(changes.database)}`;
  if (changes.user !== undefined) rewritten.username = encodeURIComponent(changes.user);
  if (changes.password !== undefined) rewritten.password = encodeURIComponent(changes.password);
  return rewritten.href;
};

/** The URLs by which each role logs in to a database of the server of `adminUrl`. */
export const roleUrls = ({ adminUrl, database, passwords }: DatabaseRequest): DatabaseUrls => {
  const urlOf = (role: keyof typeof ROLES) =>
    rewriteUrl(adminUrl, { database, user: ROLES[role], password: passwords[role] });
  return {
    ownerUrl: urlOf('owner'),
    tenantUrl: urlOf('tenant'),
    platformUrl: urlOf('platform'),
    queueUrl: urlOf('queue'),
  };
};

/** Runs `use` with one connection and closes it. */
export const withClient = async <Result>(url: string, use: (client: Client) => Promise<Result>): Promise<Result> => {
  const client = new Client({ connectionString: url, application_name: 'rowhouse-setup' });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
};

const exists = async (client: Client, query: string, name: string): Promise<boolean> =>
  (await client.query(query, [name])).rows.length > 0;

/** The owner makes a role for each organization's storage; the others make none. */
const ensureRole = async (client: Client, role: string, password: string): Promise<void> => {
  const createRole = role === ROLES.owner ? 'createrole' : 'nocreaterole';
  const verb = (await exists(client, 'select from pg_roles where rolname = $1', role)) ? 'alter' : 'create';
  await client.query(
    `${verb} role ${role} with login noinherit nosuperuser nobypassrls nocreatedb ${createRole} noreplication password ${escapeLiteral(password)}`,
  );
};

const ensureDatabaseOf = async (client: Client, database: string): Promise<void> => {
  const name = escapeIdentifier(database);
  if (!(await exists(client, 'select from pg_database where datname = $1', database))) {
    await client.query(`grant ${ROLES.owner} to current_user`);
    await client.query(`create database ${name} owner ${ROLES.owner}`);
  }
  await restrictDatabase(client, database);
};

/**
 * Lets the roles connect to a database and nobody else. BullMQ adds jobs by way of temporary tables. A database that is made from
 * a template does not inherit this.
 */
export const restrictDatabase = async (client: Client, database: string): Promise<void> => {
  const name = escapeIdentifier(database);
  await client.query(`revoke all on database ${name} from public`);
  await client.query(`grant connect on database ${name} to ${ROLES.tenant}, ${ROLES.platform}, ${ROLES.queue}`);
  await client.query(`grant temporary on database ${name} to ${ROLES.queue}`);
};

const prepareSchema = async (client: Client): Promise<void> => {
  await client.query('revoke all on schema public from public');
  await client.query(`grant usage on schema public to ${ROLES.tenant}, ${ROLES.platform}`);
  for (const extension of EXTENSIONS) await client.query(`create extension if not exists ${extension} schema public`);
};

/**
 * Makes the login roles, the database, owned by `rowhouse_owner`, and its extensions, as far as they are missing, and
 * sets the roles' passwords. Can be repeated, and by two processes at once.
 */
export const ensureDatabase = async (request: DatabaseRequest): Promise<DatabaseUrls> => {
  const { adminUrl, database, passwords } = request;
  await withClient(adminUrl, async (client) => {
    await client.query('select pg_advisory_lock($1)', [ROLES_LOCK]);
    await ensureRole(client, ROLES.owner, passwords.owner);
    await ensureRole(client, ROLES.tenant, passwords.tenant);
    await ensureRole(client, ROLES.platform, passwords.platform);
    await ensureRole(client, ROLES.queue, passwords.queue);
    await ensureDatabaseOf(client, database);
    await withClient(rewriteUrl(adminUrl, { database }), prepareSchema);
  });
  return roleUrls(request);
};
