import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemContext, tenantScope } from '../../../src/types/context-factory.ts';
import { asTenantId } from '../../../src/types/ids.ts';
import { eventually } from '../../support/eventually.ts';
import { formWith } from '../../support/forms.ts';
import type { HttpAnswer, HttpClient } from '../../support/http-client.ts';
import { startWorkers } from '../../support/workers.ts';
import { type MadeTenant, startPlatform } from './tenancy-fixture.ts';

export const IMPORTS = '/api/platform-users/imports';

export type ImportSite = Awaited<ReturnType<typeof openImportSite>>;

type Content = string | Uint8Array<ArrayBuffer>;

interface Options {
  readonly mode?: string;
  readonly importId?: string;
  readonly client?: HttpClient;
}

export const csv = (...lines: readonly string[]): string => `kind,name,email\n${lines.join('\n')}\n`;

/** So many students, each with an address that begins with `prefix`. */
export const students = (count: number, prefix: string): string =>
  csv(...Array.from({ length: count }, (_, index) => `student,Student ${index},${prefix}-${index}@people.example`));

/** Two tenants into which people are imported. Without workers nothing is imported until a test does it itself. */
export async function openImportSite({ withWorkers }: { withWorkers: boolean }) {
  const platform = await startPlatform({ settings: { FILE_LIMIT_MB: '12' } });
  const { app } = platform;
  const lakeside = await platform.addTenant();
  const hillside = await platform.addTenant();
  const workers = withWorkers ? await startWorkers(app) : null;

  const send = (content: Content, options: Options = {}, filename = 'people.csv'): Promise<HttpAnswer> => {
    const { mode, importId, client = lakeside.owner } = options;
    const query = new URLSearchParams({ ...(mode && { mode }), ...(importId && { importId }) });
    return client.post(`/api/platform-users/bulk-import?${query}`, formWith(filename, content));
  };

  const progressOf = async (id: string, client: HttpClient = lakeside.owner) =>
    (await client.get(`${IMPORTS}/${id}`)).body.data;

  const accepted = async (content: Content, options: Options = {}, filename?: string): Promise<string> => {
    const answer = await send(content, options, filename);
    if (answer.status !== 202) throw new Error(`The file was refused: ${answer.text}`);
    return answer.body.data.id;
  };

  const ended = (id: string, client?: HttpClient) =>
    eventually(async () => {
      const progress = await progressOf(id, client);
      return progress.finishedAt === null ? null : progress;
    }, 'the import ends');

  const contextOf = ({ id }: MadeTenant) => systemContext(tenantScope(asTenantId(id)), 'import-test');

  return {
    ...platform,
    lakeside,
    hillside,
    send,
    accepted,
    progressOf,
    ended,
    contextOf,

    /** Sends a file and waits for the end of its import. */
    async imported(content: Content, options: Options = {}, filename?: string) {
      return ended(await accepted(content, options, filename), options.client);
    },

    /** Runs an import here and now. */
    run: (importId: string, signal = new AbortController().signal, attempt = 1) =>
      app.container.services.platformUserImportRunner.run(contextOf(lakeside), importId, {
        attempt,
        attempts: 5,
        signal,
      }),

    errorsOf: async (id: string) => (await lakeside.owner.get(`${IMPORTS}/${id}/errors?limit=100`)).body.data,

    peopleOf: (importId: string) =>
      app.rows('select * from platform_users where import_id = $1 order by email', [importId]),

    async countOf(table: 'platform_users' | 'platform_user_imports' | 'platform_user_import_rows', tenant = lakeside) {
      const [row] = await app.rows<{ count: string }>(`select count(*) from ${table} where tenant_id = $1`, [
        tenant.id,
      ]);
      return Number(row?.count);
    },

    addLibrary: async (client: HttpClient = lakeside.owner): Promise<string> =>
      (await client.post('/api/libraries', { name: 'Room', code: randomUUID().slice(0, 8), seats: 10 })).body.data.id,

    /** Every file below the storage's directory. */
    async objects(): Promise<string[]> {
      const root = join(app.container.infrastructure.settings.VAR_DIRECTORY, 'storage');
      const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
      return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    },

    async close(): Promise<void> {
      await workers?.close(1000);
      await app.close();
    },
  };
}
