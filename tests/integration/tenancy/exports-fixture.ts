import { buffer } from 'node:stream/consumers';
import pg from 'pg';
import yauzl from 'yauzl';
import { type StorageGateway, StorageObjectNotFoundError } from '../../../src/gateways/storage/storage.gateway.ts';
import { createDataExportRepository } from '../../../src/repositories/tenancy/data-export.repository.ts';
import { createDataExportRowsRepository } from '../../../src/repositories/tenancy/data-export-rows.repository.ts';
import { createDataExportWriter } from '../../../src/services/tenancy/data-export-writer.service.ts';
import { createTenantArchives } from '../../../src/services/tenancy/tenant-archive.ts';
import { eventually } from '../../support/eventually.ts';
import type { HttpClient } from '../../support/http-client.ts';
import { seedTenant } from '../../support/isolation-rows.ts';
import type { TestAppOptions } from '../../support/test-app.ts';
import { startWorkers } from '../../support/workers.ts';
import { startPlatform } from './tenancy-fixture.ts';

export type ExportsSite = Awaited<ReturnType<typeof openExportsSite>>;

/** An export as the API answers it. */
export interface AnsweredExport {
  readonly id: string;
  readonly status: string;
  readonly rowsWritten: number;
  readonly size: number | null;
  readonly sha256: string | null;
  readonly failureCode: string | null;
  readonly expiresAt: string | null;
  readonly contentPath: string | null;
}

/** A platform with one tenant, and with workers that make what is asked for. */
export async function openExportsSite(options: TestAppOptions & { readonly workers?: boolean } = {}) {
  const platform = await startPlatform(options);
  const { app } = platform;
  const tenant = await platform.addTenant();
  const workers = options.workers === false ? null : await startWorkers(app);

  return {
    ...platform,
    tenant,
    owner: tenant.owner,

    /** Waits until an export has ended. */
    ended: (id: string, client: HttpClient = tenant.owner): Promise<AnsweredExport> =>
      eventually(async () => {
        const { data } = (await client.get(`/api/exports/${id}`)).body;
        return ['succeeded', 'failed'].includes(data.status) && data;
      }, `export ${id} has ended`),

    /** Waits until there is no object under a key. */
    objectIsGone: (key: string): Promise<boolean> =>
      eventually(
        () =>
          app.container.infrastructure.gateways.storage.head(key).then(
            () => false,
            (error: unknown) => error instanceof StorageObjectNotFoundError,
          ),
        `${key} is gone`,
      ),

    /** People of a tenant, by SQL. */
    addPeople: (tenantId: string, count: number, kind = 'student') =>
      app.rows(
        `insert into platform_users (tenant_id, id, kind, name, email, updated_at)
         select $1, gen_random_uuid(), $3, 'Person ' || n, $3 || n || '@people.example', now() from generate_series(1, $2) n`,
        [tenantId, count, kind],
      ),

    /** A tenant with a row in every table. @returns its id */
    async seedTenant(): Promise<string> {
      const admin = new pg.Client({ connectionString: app.database.adminUrl });
      await admin.connect();
      try {
        const rows = await seedTenant(admin);
        const id = String(rows.tenants?.id);
        await admin.query(
          "update files set storage_key = 'tenants/' || tenant_id || '/files/' || id where tenant_id = $1",
          [id],
        );
        return id;
      } finally {
        await admin.end();
      }
    },

    /** The product's own writer, with a storage that behaves otherwise. */
    writer(storage: Partial<StorageGateway> = {}) {
      const { infrastructure } = app.container;
      const { database, tx, audit, clock, log, gateways } = infrastructure;
      const rows = createDataExportRowsRepository({ database });
      return createDataExportWriter({
        exports: createDataExportRepository({ database }),
        rows,
        archives: createTenantArchives({ rows, storage: gateways.storage }),
        storage: { ...gateways.storage, ...storage },
        tx,
        audit,
        clock,
        log,
      });
    },

    async close(): Promise<void> {
      await workers?.close(5000);
      await app.close();
    },
  };
}

/** Every file of a ZIP archive, unpacked and checked by its CRC. */
export async function unzip(archive: Buffer): Promise<Map<string, Buffer>> {
  const zip = await yauzl.fromBufferPromise(archive);
  const files = new Map<string, Buffer>();
  for await (const entry of zip.eachEntry()) {
    files.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)));
  }
  return files;
}
