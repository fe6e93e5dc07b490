import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { projectPaths } from '../../../scripts/lib/project-paths.ts';
import { createAuditLogRepository } from '../../../src/repositories/insight/audit-log.repository.ts';
import { createTenantRepository } from '../../../src/repositories/tenancy/tenant.repository.ts';
import type { Context, TenantScope } from '../../../src/types/context.ts';
import { asTenantId, type TenantId } from '../../../src/types/ids.ts';
import { seedTenant, type TenantRows } from '../../support/isolation-rows.ts';
import { type ClonedDatabase, cloneTemplateDatabase } from '../../support/template-database.ts';
import { contextOf, type DatabaseFixture, given, openFixture } from '../database/database-fixture.ts';

const REPOSITORIES = join(projectPaths().root, 'src', 'repositories');
const CALLS = 100;
const PAGE = { page: 1, limit: 100, sort: '-createdAt' } as const;

/** Operations that are no writes and are not called here, and why. */
const notOfATenant: Readonly<Record<string, string>> = {
  'plan.list': 'the price list is for everybody',
  'plan.findById': 'the price list is for everybody',
  'plan.lock': 'the price list is for everybody',
  'plan.isSubscribed': 'the platform asks, across tenants',
  'subscription.findCheapestTrialPlan': 'the price list is for everybody',
  'membership.listOfUser': 'takes the platform scope',
  'refresh-token.lockAndFind': 'takes the platform scope',
  'session.findFacts': 'takes the platform scope',
  'user.findById': 'takes the platform scope',
  'user.findCredentials': 'takes the platform scope',
  'audit-log.unsealed': 'the platform counts',
  'audit-chain.waitingTenants': 'the platform seals',
  'audit-chain.lockHead': 'the platform seals',
  'audit-chain.unsealed': 'the platform seals',
  'audit-chain.head': 'the platform verifies',
  'audit-chain.sealed': 'the platform verifies',
  'audit-chain.beyondHead': 'the platform verifies',
  'audit-chain.countUnsealed': 'the platform verifies',
};

const WRITE = /\.(?:insert|update|delete|create|mark|record|replace|set|soft|finalize|next|open|revoke|rotate|seal)/;

/** A read in the scope of a tenant; `id` gives the id of a row of some tenant by its table. */
type Read = (ctx: Context<TenantScope>, id: (table: string) => string) => Promise<unknown>;

let clone: ClonedDatabase;
let fixture: DatabaseFixture;
let tenants: ReadonlyArray<{ id: TenantId; rows: TenantRows }>;
let operations: ReadonlyMap<string, (...parameters: unknown[]) => Promise<unknown>>;
let reads: ReadonlyArray<[string, Read]>;

/** `invoice.list` and the like: every operation of the repositories of the domains. */
async function findOperations(): Promise<typeof operations> {
  const files = (await readdir(REPOSITORIES, { recursive: true })).filter(
    (file) => file.endsWith('.repository.ts') && !file.startsWith('base'),
  );
  const found = new Map<string, (...parameters: unknown[]) => Promise<unknown>>();
  for (const file of files) {
    const module: Record<string, unknown> = await import(pathToFileURL(join(REPOSITORIES, file)).href);
    const factory = Object.entries(module).find(([name]) => /^create\w+Repository$/.test(name))?.[1];
    if (typeof factory !== 'function') throw new Error(`${file} exports no createXRepository`);
    for (const [name, operation] of Object.entries<unknown>(factory({ database: fixture.database }))) {
      if (typeof operation !== 'function') throw new Error(`${file}: ${name} is no function`);
      found.set(`${basename(file, '.repository.ts')}.${name}`, async (...parameters) => operation(...parameters));
    }
  }
  return found;
}

/** Reads that are called otherwise than their name says. */
function ownReads({ database }: DatabaseFixture): Record<string, Read> {
  const tenantRepository = createTenantRepository({ database });
  const auditLog = createAuditLogRepository({ database });
  return {
    'tenant.findStatus': (ctx, id) => tenantRepository.findStatus(ctx, asTenantId(id('tenants'))),
    'audit-log.list': (ctx) => auditLog.list(ctx, {}, { limit: 100, after: undefined }),
  };
}

/** credit-policy -> credit_policies */
function tableOf(repository: string): string {
  const singular = repository.replaceAll('-', '_');
  if (/(?:s|x|z|ch|sh)$/.test(singular)) return `${singular}es`;
  return /[^aeiou]y$/.test(singular) ? `${singular.slice(0, -1)}ies` : `${singular}s`;
}

/** `list` takes a page, `find` and `findById` an id, and `lock` an id within a transaction. */
function conventionalRead(name: string): Read | undefined {
  const operation = given(operations.get(name));
  const table = tableOf(name.slice(0, name.indexOf('.')));
  switch (name.slice(name.indexOf('.') + 1)) {
    case 'list':
      return (ctx) => operation(ctx, PAGE);
    case 'find':
    case 'findById':
      return (ctx, id) => operation(ctx, id(table));
    case 'lock':
      return (ctx, id) => fixture.tx.run(ctx, (txCtx) => operation(txCtx, id(table)));
    default:
      return undefined;
  }
}

beforeAll(async () => {
  clone = await cloneTemplateDatabase();
  fixture = openFixture(clone, { lanes: 2, transactions: 4 });
  const admin = new pg.Client({ connectionString: clone.adminUrl });
  await admin.connect();
  const made = [];
  for (const status of ['active', 'suspended']) {
    const rows = await seedTenant(admin);
    const id = asTenantId(String(rows.tenants?.id));
    await admin.query('update tenants set status = $2::tenant_status where id = $1', [id, status]);
    made.push({ id, rows });
  }
  await admin.end();
  tenants = made;
  operations = await findOperations();
  const own = ownReads(fixture);
  reads = [...operations.keys()].flatMap((name): Array<[string, Read]> => {
    if (Object.hasOwn(notOfATenant, name)) return [];
    const read = own[name] ?? conventionalRead(name);
    return read === undefined ? [] : [[name, read]];
  });
});

afterAll(async () => {
  await fixture.close();
  await clone.drop();
});

const idIn = (rows: TenantRows) => (table: string) => {
  const id = rows[table]?.id;
  if (id === undefined) throw new Error(`There is no row of ${table}: add the read to ownReads in this file`);
  return String(id);
};

const idsOf = (rows: TenantRows): string[] =>
  Object.entries(rows).flatMap(([table, { id }]) => (table === 'plans' || id === undefined ? [] : [String(id)]));

test('every operation of every repository is a read that is called here, a write, or on the list', () => {
  const called = new Set([...reads.map(([name]) => name), ...Object.keys(notOfATenant)]);
  expect([...operations.keys()].filter((name) => !called.has(name) && !WRITE.test(name))).toEqual([]);
  expect([...called, ...Object.keys(ownReads(fixture))].filter((name) => !operations.has(name))).toEqual([]);
  expect(reads.length).toBeGreaterThan(7);
});

describe('reads of two tenants in the same tick', () => {
  test('answer each tenant with its own rows', async () => {
    const alone = new Map<string, string>();
    for (const [name, read] of reads) {
      const answers: string[] = [];
      for (const { id, rows } of tenants) answers.push(JSON.stringify(await read(contextOf(id), idIn(rows))));
      expect({ name, distinct: new Set(answers).size }).toEqual({ name, distinct: 2 });
      for (const [index, answer] of answers.entries()) alone.set(`${name} ${index}`, answer);
    }
    const calls = Array.from({ length: CALLS }).flatMap(() =>
      reads.flatMap(([name, read]) =>
        tenants.map(async ({ id, rows }, index) => ({
          name: `${name} ${index}`,
          answer: JSON.stringify(await read(contextOf(id), idIn(rows))),
        })),
      ),
    );
    const answers = await Promise.all(calls);
    expect(answers).toHaveLength(CALLS * reads.length * 2);
    expect(answers.filter(({ name, answer }) => answer !== alone.get(name))).toEqual([]);
  });

  test("find nothing by the id of the other one's row", async () => {
    for (const [name, read] of reads) {
      for (const [own, other] of [tenants, [...tenants].reverse()]) {
        const answer = JSON.stringify(await read(contextOf(given(own).id), idIn(given(other).rows)));
        const foreign = idsOf(given(other).rows).filter((id) => answer.includes(id));
        expect({ name, foreign }).toEqual({ name, foreign: [] });
        if (!name.endsWith('.list')) expect({ name, answer }).toEqual({ name, answer: 'null' });
      }
    }
  });
});
