import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { createApp } from '../../src/app.ts';
import { type Container, createContainer } from '../../src/composition/index.ts';
import type { Overrides } from '../../src/composition/infrastructure.ts';
import type { Endpoint } from '../../src/http/endpoint.ts';
import { mountEndpoints } from '../../src/http/mount-endpoints.ts';
import { createPrototypedServer } from '../../src/http/server-prototypes.ts';
import { endpoints } from '../../src/routes/index.ts';
import { createHttpClient, type HttpClient } from './http-client.ts';
import { cloneTemplateDatabase } from './template-database.ts';
import { testSettings } from './test-settings.ts';

type ClonedDatabase = Awaited<ReturnType<typeof cloneTemplateDatabase>>;

export interface TestAppOptions {
  /** Environment variables. */
  readonly settings?: Record<string, string>;
  readonly overrides?: Overrides;
  /** Endpoints besides those of the product. */
  readonly endpoints?: readonly Endpoint<Container['controllers']>[];
  /** Another app's database, to play a second process on it. */
  readonly database?: ClonedDatabase;
}

/** The real app on a real port and a database of its own. */
export interface TestApp {
  readonly http: HttpClient;
  readonly url: string;
  readonly container: Container;
  readonly database: ClonedDatabase;
  /** Runs SQL as a superuser: what really stands in the tables. */
  rows<Row extends pg.QueryResultRow = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const { settings = {}, overrides = {}, endpoints: added = [], database } = options;
  const clone = database ?? (await cloneTemplateDatabase());
  const environment = testSettings(clone, settings);
  const container = createContainer(environment, overrides);
  await container.start();
  const server = createPrototypedServer(
    createApp(container, (deps) => mountEndpoints([...endpoints, ...added], container.controllers, deps)),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('The test server has no port');
  const url = `http://127.0.0.1:${address.port}`;
  const admin = new pg.Pool({ connectionString: clone.adminUrl, max: 2 });
  admin.on('error', () => undefined);
  return {
    http: createHttpClient(url),
    url,
    container,
    database: clone,
    async rows<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) {
      const result: pg.QueryResult<Row> = await admin.query(text, values);
      return result.rows;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await container.close();
      await admin.end();
      if (database === undefined) await clone.drop();
    },
  };
}
