import { tenantStorageKey, tenantStoragePrefix } from '../../../src/gateways/storage/storage-key.ts';
import { createTenantPurgeRepository } from '../../../src/repositories/tenancy/tenant-purge.repository.ts';
import { tenantDataMap } from '../../../src/services/tenancy/tenant-data-map.ts';
import { createTenantPurgeService } from '../../../src/services/tenancy/tenant-purge.service.ts';
import { platformScope, systemContext } from '../../../src/types/context-factory.ts';
import type { TestApp } from '../../support/test-app.ts';
import { openExportsSite } from './exports-fixture.ts';

const PEOPLE = 2300;

/** Rows of one transaction. */
export const BATCH = 1000;

/** What a tenant to purge has in its storage, besides a document of the books. */
export const OBJECTS = ['branding/logo.png', 'exports/1/a.csv', 'files/1', 'files/2', 'imports/1.csv'];

/** What goes wrong during a purge. */
export interface PurgeFaults {
  /** The process dies in the transaction after so many batches of rows. */
  readonly afterBatches?: number;
  readonly delete?: (key: string) => Promise<void>;
}

/** The product's own purge, in which something goes wrong. */
function createPurges({ container }: TestApp, { afterBatches, delete: deleteObject }: PurgeFaults) {
  const { database, tx, audit, events, clock, log, gateways, settings } = container.infrastructure;
  const purges = createTenantPurgeRepository({ database });
  let batches = 0;
  return createTenantPurgeService({
    purges: {
      ...purges,
      async deleteRows(...parameters) {
        const deleted = await purges.deleteRows(...parameters);
        batches += 1;
        if (batches === afterBatches) throw new Error('killed');
        return deleted;
      },
    },
    storage: { ...gateways.storage, ...(deleteObject !== undefined && { delete: deleteObject }) },
    tx,
    audit,
    events,
    clock,
    log,
    retentionDays: settings.TENANT_RETENTION_DAYS,
  });
}

export type PurgeSite = Awaited<ReturnType<typeof openPurgeSite>>;

/** A platform on which tenants are purged. */
export async function openPurgeSite() {
  const site = await openExportsSite({ workers: false });
  const { app } = site;

  const storage = () => app.container.infrastructure.gateways.storage;

  const purge = (faults: PurgeFaults = {}, signal?: AbortSignal): Promise<number> =>
    createPurges(app, faults).cleaner.clean(systemContext(platformScope, 'purge'), BATCH, signal);

  const countsOf = async (tenantId: string): Promise<Record<string, number>> => {
    const counts: Record<string, number> = {};
    for (const { name } of tenantDataMap) {
      const [row] = await app.rows<{ count: number }>(
        `select count(*)::int as count from ${name} where tenant_id = $1`,
        [tenantId],
      );
      counts[name] = row?.count ?? 0;
    }
    return counts;
  };

  /** All that there is of a tenant, to the letter. */
  const fingerprintOf = async (tenantId: string): Promise<Record<string, string | null>> => {
    const prints: Record<string, string | null> = {};
    for (const name of ['tenants', ...tenantDataMap.map((table) => table.name)]) {
      const [row] = await app.rows<{ print: string | null }>(
        `select md5(string_agg(t::text, ',' order by t::text)) as print from ${name} t where ${name === 'tenants' ? 'id' : 'tenant_id'} = $1`,
        [tenantId],
      );
      prints[name] = row?.print ?? null;
    }
    return prints;
  };

  const recordOf = async (tenantId: string) =>
    (
      await app.rows<{
        deleted_rows: Record<string, number>;
        deleted_objects: number;
        deleted_bytes: string;
        kept_tables: Record<string, string>;
        finished_at: Date | null;
      }>('select * from tenant_purges where tenant_id = $1', [tenantId])
    )[0];

  const objectsOf = async (tenantId: string): Promise<string[]> => {
    const prefix = tenantStoragePrefix(tenantId);
    const names = [];
    for await (const { key } of storage().list(prefix)) names.push(key.slice(prefix.length));
    return names.toSorted();
  };

  /** A tenant with rows everywhere and files, which has been deleted for `days`. */
  const aDeletedTenant = async (days = 31): Promise<string> => {
    const id = await site.seedTenant();
    await site.addPeople(id, PEOPLE);
    await app.rows('delete from tenant_purges where tenant_id = $1', [id]);
    await app.rows('update outbox_events set published_at = now() where tenant_id = $1', [id]);
    await app.rows(
      `with draft as (
         insert into invoices select (jsonb_populate_record(i, jsonb_build_object('id', gen_random_uuid(), 'number', null, 'status', 'draft'))).*
         from invoices i where i.tenant_id = $1 returning id
       )
       insert into invoice_items select (jsonb_populate_record(i, jsonb_build_object('id', gen_random_uuid(), 'invoice_id', draft.id))).*
       from invoice_items i, draft where i.tenant_id = $1`,
      [id],
    );
    for (const name of [...OBJECTS, 'invoices/INV-1.pdf']) {
      const key = tenantStorageKey(id, ...name.split('/'));
      await storage().put({ key, body: Buffer.from(name), contentType: 'text/plain' });
    }
    await app.rows(
      `update tenants set status = 'inactive', phone = '+91 80 4718 2200', tax_id = 'T', address_lines = '{Lake Road}', metadata = '{"a": 1}',
         suspend_reason = 'Overdue', deleted_at = now() - make_interval(days => $2) where id = $1`,
      [id, days],
    );
    return id;
  };

  return { ...site, storage, purge, countsOf, fingerprintOf, recordOf, objectsOf, aDeletedTenant };
}
