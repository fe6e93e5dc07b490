import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { createPasswordHasher } from '../../src/services/identity/password-hasher.ts';
import { eventually } from '../support/eventually.ts';
import type { HttpClient } from '../support/http-client.ts';
import { type ServerProcess, serverEnvironment, startServer } from '../support/server-process.ts';
import { type ClonedDatabase, cloneTemplateDatabase } from '../support/template-database.ts';

const PASSWORD = 'a password for tests only';
const DRAFT = {
  currency: 'INR',
  customer: { name: 'Lakeside', email: 'accounts@lakeside.example' },
  items: [{ description: 'Seat', quantity: '1', unitPrice: '100.00', taxRate: '18' }],
};

let database: ClonedDatabase;
let environment: Record<string, string>;
let admin: pg.Pool;
let server: ServerProcess;

beforeEach(async () => {
  database = await cloneTemplateDatabase();
  environment = serverEnvironment(database);
  admin = new pg.Pool({ connectionString: database.adminUrl, max: 2 });
  const hash = await createPasswordHasher({ settings: { BCRYPT_COST: 4 } }).hash(PASSWORD);
  await admin.query(
    `insert into users (id, email, name, type, platform_role, password_hash, updated_at)
     values ($1, 'operator@rowhouse.example', 'Operator', 'ADMIN_USER', 'super_admin', $2, now())`,
    [randomUUID(), hash],
  );
  await admin.query(
    `insert into plans (id, code, name, currency, monthly_price, annual_price, trial_days, features, updated_at)
     values ($1, 'growth', 'Growth', 'INR', 1499, 14990, 14, '{}', now())`,
    [randomUUID()],
  );
  server = await startServer(environment);
});

afterEach(async () => {
  await server.stop('SIGKILL');
  await admin.end();
  await database.drop();
});

const rows = async (text: string): Promise<Record<string, unknown>[]> => (await admin.query(text)).rows;

async function anOperatorOfATenant(): Promise<HttpClient> {
  const login = await server.http.post('/api/auth/login', { email: 'operator@rowhouse.example', password: PASSWORD });
  const operator = server.http.with({ authorization: `Bearer ${login.body.data.accessToken}` });
  const tenant = await operator.post('/api/tenants', {
    name: 'Lakeside',
    slug: 'lakeside',
    email: 'hello@lakeside.example',
    country: 'IN',
    currency: 'INR',
    timeZone: 'Asia/Kolkata',
    owner: { name: 'Owner', email: 'owner@lakeside.example', password: PASSWORD },
  });
  return operator.with({ 'x-tenant-id': tenant.body.data.id });
}

/** Creates and sends invoices from several clients until the server is gone; remembers which keys were answered. */
async function load(
  operator: HttpClient,
  until: () => boolean,
): Promise<{ answered: Map<string, string>; sent: Set<string> }> {
  const answered = new Map<string, string>();
  const sent = new Set<string>();
  const client = async () => {
    while (!until()) {
      const key = randomUUID();
      const created = await operator.post(
        '/api/revenue/invoices',
        { ...DRAFT, notes: key },
        { 'idempotency-key': key },
      );
      if (created.status !== 201) return;
      answered.set(key, created.body.data.id);
      const answer = await operator.post(`/api/revenue/invoices/${created.body.data.id}/send`);
      if (answer.status === 200) sent.add(created.body.data.id);
    }
  };
  await Promise.allSettled(Array.from({ length: 6 }, client));
  return { answered, sent };
}

async function expectNothingLostOrDoubled({ answered, sent }: Awaited<ReturnType<typeof load>>): Promise<void> {
  const made = await rows('select id, notes from invoices');
  const notes = made.map((row) => row.notes);
  expect(new Set(notes).size).toBe(notes.length);
  expect(made.map((row) => row.id)).toEqual(expect.arrayContaining([...answered.values()]));
  const numbered = await rows('select id, number from invoices where number is not null order by number');
  expect(numbered.map((row) => row.id)).toEqual(expect.arrayContaining([...sent]));
  expect(numbered.map((row) => Number(String(row.number).slice(-6)))).toEqual(numbered.map((_row, index) => index + 1));
}

/** Every finalized invoice gets its document and its one e-mail, though the process that finalized it is gone. */
async function expectEverySentInvoiceDelivered(): Promise<void> {
  await eventually(
    async () => {
      const [row] = await rows(`select (select count(*) from invoices where number is not null)::int as finalized,
      (select count(*) from invoices where document_key is not null)::int as rendered,
      (select count(*) from emails where status = 'sent')::int as mailed, (select count(*) from emails)::int as queued`);
      return row?.finalized === row?.rendered && row?.finalized === row?.mailed && row?.mailed === row?.queued;
    },
    'every sent invoice is rendered and mailed',
    60_000,
  );
  const [count] = await rows('select count(*)::int as n from emails');
  const files = readdirSync(join(server.varDirectory, 'outbox')).filter((name) => name.endsWith('.eml'));
  const ids = new Set(files.map((name) => name.slice(-40, -4)));
  expect(ids.size).toBe(count?.n);
}

test('SIGTERM under load answers what it accepted, and loses and doubles nothing', async () => {
  const operator = await anOperatorOfATenant();
  let stopped = false;
  const loading = load(operator, () => stopped);
  await eventually(
    async () => Number((await rows('select count(*)::int as n from invoices where number is not null'))[0]?.n) >= 30,
    '30 invoices are sent',
  );
  const exitCode = await server.stop('SIGTERM');
  stopped = true;
  const result = await loading;
  expect(exitCode).toBe(0);
  await expectNothingLostOrDoubled(result);
  server = await startServer(environment);
  await expectEverySentInvoiceDelivered();
}, 120_000);

test('kill -9 under load loses no committed work and does none twice', async () => {
  const operator = await anOperatorOfATenant();
  let stopped = false;
  const loading = load(operator, () => stopped);
  await eventually(
    async () => Number((await rows('select count(*)::int as n from invoices where number is not null'))[0]?.n) >= 30,
    '30 invoices are sent',
  );
  await server.stop('SIGKILL');
  stopped = true;
  const result = await loading;
  await expectNothingLostOrDoubled(result);
  server = await startServer(environment);
  await expectEverySentInvoiceDelivered();
}, 120_000);
