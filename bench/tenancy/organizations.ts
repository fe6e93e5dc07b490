import type pg from 'pg';
import { withClient } from '../../scripts/lib/database-roles.ts';
import { createPasswordHasher } from '../../src/services/identity/password-hasher.ts';
import { privateBytes } from '../lib/resident-memory.ts';
import { fixed, formatTable } from '../lib/table.ts';
import type { TenancyProduct } from '../lib/tenancy-product.ts';

const ORGANIZATIONS = 1000;
const STORAGES_ALONE = 100;
const RENAMES = 100;
const LOADERS = 8;
const LOAD_MS = 5000;
const MEGABYTE = 1024 * 1024;
const CREATE_GOAL_MS = 300;
const PASSWORD = 'secure123';
/** The product's own where nothing else is said. */
const BCRYPT_COST = 12;

interface Account {
  readonly name: string;
  readonly email: string;
}

interface Latencies {
  readonly p50: number;
  readonly p99: number;
}

interface Load {
  readonly perSecond: number;
  readonly failed: number;
  readonly latencies: Latencies;
}

const accountOf = (index: number): Account => ({
  name: `Organization ${index}`,
  email: `owner-${index}@organization.bench.example`,
});

function latenciesOf(milliseconds: readonly number[]): Latencies {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(Math.floor(sorted.length * part), sorted.length - 1)] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

const megabytes = (bytes: number): string => fixed(bytes / MEGABYTE, 1);

async function timed<T>(work: () => Promise<T>): Promise<{ milliseconds: number; result: T }> {
  const startedAt = performance.now();
  const result = await work();
  return { milliseconds: performance.now() - startedAt, result };
}

async function send(
  { url }: TenancyProduct,
  method: string,
  path: string,
  { token, body }: { token?: string; body?: unknown } = {},
): Promise<Response> {
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
  };
  return fetch(url + path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
}

async function createOrganizations(product: TenancyProduct): Promise<Latencies> {
  const milliseconds: number[] = [];
  for (let index = 0; index < ORGANIZATIONS; index += 1) {
    const { name, email } = accountOf(index);
    const body = { organization_name: name, email, password: PASSWORD };
    const call = await timed(async () => (await send(product, 'POST', '/org/create', { body })).text());
    milliseconds.push(call.milliseconds);
    if (!call.result.includes('collection')) throw new Error(`An organization was refused: ${call.result}`);
  }
  return latenciesOf(milliseconds);
}

/** What a password's hash takes while nothing else is asked: most of what creating an organization does. */
async function hashAlone(): Promise<Latencies> {
  const { hash } = createPasswordHasher({ settings: { BCRYPT_COST } });
  const milliseconds: number[] = [];
  for (let count = 0; count < STORAGES_ALONE; count += 1)
    milliseconds.push((await timed(() => hash(PASSWORD))).milliseconds);
  return latenciesOf(milliseconds);
}

/** Schema, role, table and indexes by themselves, which are undone. */
const createStoragesAlone = ({ database }: TenancyProduct): Promise<Latencies> =>
  withClient(database.urls.platformUrl, async (client) => {
    const milliseconds: number[] = [];
    for (let count = 0; count < STORAGES_ALONE; count += 1) {
      await client.query('begin');
      const made = await timed(() => client.query('select create_organization_storage(gen_random_uuid())'));
      milliseconds.push(made.milliseconds);
      await client.query('rollback');
    }
    return latenciesOf(milliseconds);
  });

async function signIn(product: TenancyProduct, { email }: Account): Promise<string> {
  const answer = await send(product, 'POST', '/admin/login', { body: { email, password: PASSWORD } });
  const [, token] = /"access_token":"([^"]+)"/.exec(await answer.text()) ?? [];
  if (token === undefined) throw new Error(`A sign-in answered ${answer.status}`);
  return token;
}

/** Some at once, as each costs a hash. */
async function signInAll(product: TenancyProduct): Promise<string[]> {
  const tokens: string[] = [];
  for (let start = 0; start < ORGANIZATIONS; start += LOADERS) {
    const accounts = Array.from({ length: Math.min(LOADERS, ORGANIZATIONS - start) }, (_, index) =>
      accountOf(start + index),
    );
    tokens.push(...(await Promise.all(accounts.map((account) => signIn(product, account)))));
  }
  return tokens;
}

/** Keeps some loaders busy for a while; each call goes to another organization. */
async function load(tokens: readonly string[], call: (token: string) => Promise<Response>): Promise<Load> {
  const deadline = performance.now() + LOAD_MS;
  const milliseconds: number[] = [];
  let failed = 0;
  let next = 0;
  const loader = async (): Promise<void> => {
    while (performance.now() < deadline) {
      const token = tokens[next++ % tokens.length] ?? '';
      const { milliseconds: took, result } = await timed(async () => {
        const answer = await call(token);
        await answer.arrayBuffer();
        return answer.ok;
      });
      milliseconds.push(took);
      if (!result) failed += 1;
    }
  };
  await Promise.all(Array.from({ length: LOADERS }, loader));
  return { perSecond: (milliseconds.length * 1000) / LOAD_MS, failed, latencies: latenciesOf(milliseconds) };
}

async function renameUnderLoad(
  product: TenancyProduct,
  tokens: readonly string[],
): Promise<Load & { renames: Latencies }> {
  const milliseconds: number[] = [];
  let refused = 0;
  const rename = async (): Promise<void> => {
    for (let index = 0; index < RENAMES; index += 1) {
      const { name } = accountOf(index);
      const query = new URLSearchParams({ current_name: name, new_name: `Renamed ${name}` });
      const token = tokens[index] ?? '';
      const call = await timed(async () => (await send(product, 'PUT', `/org/update?${query}`, { token })).ok);
      milliseconds.push(call.milliseconds);
      if (!call.result) refused += 1;
    }
  };
  const [under] = await Promise.all([
    load(tokens.slice(0, RENAMES), (token) => send(product, 'POST', '/org/documents', { token, body: { n: 1 } })),
    rename(),
  ]);
  return { ...under, failed: under.failed + refused, renames: latenciesOf(milliseconds) };
}

/** Bytes of the backends of the platform's role, and how many there are. */
async function backendsOf(admin: pg.Client): Promise<{ bytes: number; count: number }> {
  const { rows } = await admin.query<{ pid: number }>(
    `select pid from pg_stat_activity where application_name = 'rowhouse-platform'`,
  );
  return { bytes: rows.reduce((sum, { pid }) => sum + privateBytes(pid), 0), count: rows.length };
}

interface Size {
  readonly catalog: number;
  readonly database: number;
}

/** Bytes of the system's own tables, and of everything. */
async function sizeOf(admin: pg.Client): Promise<Size> {
  const { rows } = await admin.query<{ catalog: string; database: string }>(
    `select sum(pg_total_relation_size(oid)) as catalog, pg_database_size(current_database()) as database
     from pg_class where relnamespace = 'pg_catalog'::regnamespace and relkind = 'r'`,
  );
  return { catalog: Number(rows[0]?.catalog ?? Number.NaN), database: Number(rows[0]?.database ?? Number.NaN) };
}

async function touchAll(product: TenancyProduct, tokens: readonly string[]): Promise<void> {
  for (let round = 0; round < 10; round += 1)
    for (let start = 0; start < tokens.length; start += LOADERS)
      await Promise.all(
        tokens
          .slice(start, start + LOADERS)
          .map(async (token) => (await send(product, 'GET', '/org/documents', { token })).text()),
      );
}

/** 1,000 organizations on one database: what making, renaming, reading and writing them costs, and what their number does. */
export async function reportOrganizations(product: TenancyProduct): Promise<string> {
  const { admin } = product.database;
  const sizeBefore = await sizeOf(admin);
  const created = await createOrganizations(product);
  const sizeAfter = await sizeOf(admin);
  const storage = await createStoragesAlone(product);
  const hash = await hashAlone();
  const tokens = await signInAll(product);
  const renamed = await renameUnderLoad(product, tokens);
  const before = await backendsOf(admin);
  await touchAll(product, tokens);
  const after = await backendsOf(admin);
  const writes = await load(tokens, (token) =>
    send(product, 'POST', '/org/documents', { token, body: { couple: 'Lena and Tom', guests: 84 } }),
  );
  const reads = await load(tokens, (token) =>
    send(product, 'GET', '/org/documents?limit=20&filter[guests]=84', { token }),
  );
  const row = (name: string, { p50, p99 }: Latencies, perSecond?: number) => [
    name,
    perSecond === undefined ? '' : fixed(perSecond, 0),
    fixed(p50, 1),
    fixed(p99, 1),
  ];
  const verdict = created.p99 <= CREATE_GOAL_MS ? 'reached' : 'MISSED';
  return [
    formatTable(
      ['organizations', 'requests/s', 'p50 ms', 'p99 ms'],
      [
        row('create, over HTTP', created),
        row('their storage alone', storage),
        row('the hash of its password alone', hash),
        row('rename, under load', renamed.renames),
        row('documents written meanwhile', renamed.latencies, renamed.perSecond),
        row('documents written, all 1,000', writes.latencies, writes.perSecond),
        row('documents listed, all 1,000', reads.latencies, reads.perSecond),
      ],
    ),
    `Creating one takes p99 ${fixed(created.p99, 0)} ms; the goal of ${CREATE_GOAL_MS} ms is ${verdict}.`,
    `Renames of ${RENAMES} under load failed ${renamed.failed} requests; all others failed ${writes.failed + reads.failed}.`,
    `The catalog grew by ${megabytes(sizeAfter.catalog - sizeBefore.catalog)} MB, the whole database by ${megabytes(sizeAfter.database - sizeBefore.database)} MB.`,
    `${after.count} backends grew by ${megabytes(after.bytes - before.bytes)} MB of their own when all ${ORGANIZATIONS} were touched; before, ${before.count} had ${megabytes(before.bytes)} MB.`,
  ].join('\n');
}
