import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type DatabaseUrls, ensureDatabase, rewriteUrl } from '../../../scripts/lib/database-roles.ts';
import { startEmbeddedPostgres } from '../../../scripts/lib/embedded-postgres.ts';
import { applyMigrations } from '../../../scripts/lib/migrations.ts';
import { projectPaths } from '../../../scripts/lib/project-paths.ts';
import { DatabaseUnavailableError, isConnectionFailure } from '../../../src/config/connection-failure.ts';
import { toAppError } from '../../../src/middleware/error.middleware.ts';
import type { TenantId } from '../../../src/types/ids.ts';
import { cloneTemplateDatabase } from '../../support/template-database.ts';
import {
  ALL_INVOICES,
  contextOf,
  type DatabaseFixture,
  failureOf,
  given,
  INSERT_PLAN,
  openFixture,
  platformContext,
  SLEEP,
  until,
} from './database-fixture.ts';

const PASSWORDS = { owner: 'owner', tenant: 'tenant', platform: 'platform', queue: 'queue' };

const readsOf = (fixture: DatabaseFixture, tenant: TenantId) => [
  () => fixture.database.query(contextOf(tenant), ALL_INVOICES),
  () => fixture.database.orm(contextOf(tenant), (orm) => orm.invoice.findMany()),
  () => fixture.tx.run(contextOf(tenant), (ctx) => fixture.database.query(ctx, ALL_INVOICES)),
  () => fixture.tx.run(contextOf(tenant), (ctx) => fixture.database.orm(ctx, (orm) => orm.invoice.findMany())),
];

describe('a database that is stopped and started again', () => {
  const dataDirectory = join(tmpdir(), `rowhouse-outage-${randomUUID()}`);
  const start = () => startEmbeddedPostgres({ dataDirectory });
  let server: Awaited<ReturnType<typeof start>>;
  let urls: DatabaseUrls & { adminUrl: string };

  beforeAll(async () => {
    server = await start();
    const request = { adminUrl: server.adminUrl, database: 'outage', passwords: PASSWORDS };
    urls = { ...(await ensureDatabase(request)), adminUrl: rewriteUrl(server.adminUrl, { database: 'outage' }) };
    await applyMigrations({ databaseUrl: urls.ownerUrl, directory: projectPaths().migrations });
  });

  afterAll(async () => {
    await server.stop();
    rmSync(dataDirectory, { recursive: true, force: true });
  });

  test.each([true, false])(
    'answers as unavailable meanwhile, and serves afterwards (pipeline %s)',
    async (pipeline) => {
      const fixture = openFixture(urls, { pipeline, lanes: 2 });
      const tenant = given((await fixture.makeTenants(1, 3))[0]);
      const reads = readsOf(fixture, tenant);
      for (const read of reads) expect(await read()).toHaveLength(3);
      const onTheWire = [
        failureOf(fixture.database.query(contextOf(tenant), SLEEP, [20])),
        failureOf(fixture.tx.run(contextOf(tenant), (ctx) => fixture.database.query(ctx, SLEEP, [20]))),
      ];
      await until(
        async () => (await fixture.backends('rowhouse_tenant')).filter((b) => b.state === 'active').length === 2,
      );

      await server.stop();
      for (const failure of await Promise.all(onTheWire)) expect(isConnectionFailure(failure)).toBe(true);
      for (const read of [...reads, ...reads]) {
        const failure = await failureOf(read());
        expect(failure).toBeInstanceOf(DatabaseUnavailableError);
        expect(toAppError(failure)).toMatchObject({ code: 'DATABASE_UNAVAILABLE', statusCode: 503 });
      }

      server = await start();
      await until(async () => (await reads[0]?.().catch(() => null)) !== null);
      for (const read of [...reads, ...reads]) expect(await read()).toHaveLength(3);
      await fixture.close();
    },
  );
});

/** A way to the server that a test can cut. */
async function openProxy(target: URL) {
  const sockets = new Set<Socket>();
  let silent = false;
  const proxy = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (data) => void (silent || to.write(data)));
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port');
  const reset = () => {
    for (const socket of sockets) socket.resetAndDestroy();
    sockets.clear();
  };
  return {
    through: (url: string) => Object.assign(new URL(url), { port: String(address.port) }).href,
    /** Breaks every connection as a crashed machine or a firewall does. */
    reset,
    /** Lets bytes through or swallows them. */
    setSilent: (value: boolean) => {
      silent = value;
    },
    close: () => {
      reset();
      return new Promise((resolve) => proxy.close(resolve));
    },
  };
}

const LANES = 2;

describe('a network that fails', () => {
  const open = async (options: { pipeline: boolean }) => {
    const clone = await cloneTemplateDatabase();
    const proxy = await openProxy(new URL(clone.adminUrl));
    const urls = {
      adminUrl: clone.adminUrl,
      tenantUrl: proxy.through(clone.tenantUrl),
      platformUrl: clone.platformUrl,
    };
    const fixture = openFixture(urls, { ...options, lanes: LANES, statementTimeoutMs: 200 });
    const tenant = given((await fixture.makeTenants(1, 3))[0]);
    const close = async () => {
      await proxy.close();
      await fixture.close();
      await clone.drop();
    };
    return { fixture, proxy, reads: readsOf(fixture, tenant), close };
  };

  test.each([true, false])('a reset is a failed connection, also to the ORM (pipeline %s)', async (pipeline) => {
    const { proxy, reads, close } = await open({ pipeline });
    for (const read of reads) expect(await read()).toHaveLength(3);
    for (const read of reads) {
      const running = Promise.all(Array.from({ length: 20 }, () => read().catch((error: unknown) => error)));
      proxy.reset();
      for (const outcome of await running)
        if (!Array.isArray(outcome)) expect(toAppError(outcome).statusCode).toBe(503);
      await until(async () => (await read().catch(() => null)) !== null);
      expect(await read()).toHaveLength(3);
    }
    await close();
  });

  test('a server that stops answering costs a call its time limit and no more', async () => {
    const { proxy, reads, close } = await open({ pipeline: true });
    for (const read of reads) expect(await read()).toHaveLength(3);
    proxy.setSilent(true);
    const failures = await Promise.all(reads.map((read) => failureOf(read())));
    for (const failure of failures) expect(toAppError(failure).statusCode).toBe(503);
    proxy.setSilent(false);
    await until(async () => (await reads[0]?.().catch(() => null)) !== null);
    for (const read of reads) expect(await read()).toHaveLength(3);
    await close();
  });
});

test('a database that is not there yet does not stop a start', async () => {
  const nowhere = 'postgres://nobody:nothing@127.0.0.1:1/none';
  const fixture = openFixture({ adminUrl: nowhere, tenantUrl: nowhere, platformUrl: nowhere });
  expect(await failureOf(fixture.database.execute(platformContext(), INSERT_PLAN, ['x']))).toBeInstanceOf(
    DatabaseUnavailableError,
  );
  await fixture.close();
});
