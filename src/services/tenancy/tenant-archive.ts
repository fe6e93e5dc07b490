import type { Readable } from 'node:stream';
import { type StorageGateway, StorageObjectNotFoundError } from '../../gateways/storage/storage.gateway.ts';
import { tenantStoragePrefix } from '../../gateways/storage/storage-key.ts';
import type { DataExportRowsRepository, ExportedFile } from '../../repositories/tenancy/data-export-rows.repository.ts';
import type { TenantContext } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { ExportedRow, TenantTable } from '../../types/tenancy/tenant-data.ts';
import { type ZipWriter, zipStream } from '../../utils/zip-stream.ts';
import { tenantDataMap, unexportedFolders } from './tenant-data-map.ts';

export interface TenantArchiveDeps {
  readonly rows: DataExportRowsRepository;
  readonly storage: Pick<StorageGateway, 'get' | 'list'>;
}

/** One archive that is made. */
export interface ArchiveRequest {
  readonly createdAt: string;
  /** Is told of every batch of rows and of every file; what it throws stops the archive. */
  readonly onProgress: (rows: number) => Promise<void>;
}

/** What the manifest says of a file of the archive. */
interface ManifestEntry {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly rows?: number;
}

const FORMAT = { name: 'rowhouse-tenant-export', version: 1 } as const;
const BATCH = 500;

type ReadRows = (after: readonly string[] | null) => Promise<readonly ExportedRow[]>;

/** A tenant's data as a ZIP archive that is made while it is read: see docs/adr/0014-tenant-data.md. */
export function createTenantArchives({ rows, storage }: TenantArchiveDeps) {
  const addTables = async (ctx: TenantContext, add: (name: string, read: ReadRows) => Promise<void>): Promise<void> => {
    await add('tenant', async (after) => (after === null ? rows.readTenant(ctx) : []));
    await add('members', (after) => rows.readMembers(rescoped(ctx, platformScope), ctx.scope.tenantId, after, BATCH));
    for (const { name, key, export: decision } of tenantDataMap) {
      if (!decision.included) continue;
      const part = { name, key, omitted: Object.keys(decision.omitted) };
      await add(name, (after) => rows.readTable(ctx, part, after, BATCH));
    }
  };

  const write = async (zip: ZipWriter, ctx: TenantContext, request: ArchiveRequest): Promise<void> => {
    const entries: ManifestEntry[] = [];
    const missing: string[] = [];

    const addRows = async (name: string, read: ReadRows): Promise<void> => {
      const path = `data/${name}.ndjson`;
      let count = 0;
      const content = ndjsonOf(read, async (batch) => {
        count += batch;
        await request.onProgress(batch);
      });
      entries.push({ path, ...(await zip.add(path, content, { compress: true })), rows: count });
    };

    const addObject = async (path: string, storageKey: string): Promise<void> => {
      const body = await openOrNull(storage, storageKey);
      if (body === null) missing.push(path);
      else entries.push({ path, ...(await zip.add(path, body, { compress: false })) });
      await request.onProgress(0);
    };

    await addTables(ctx, addRows);
    for await (const { id, name, storageKey } of filesOf(rows, ctx)) await addObject(`files/${id}/${name}`, storageKey);
    for await (const { folder, path, key } of documentsOf(storage, ctx)) {
      if (!Object.hasOwn(unexportedFolders, folder)) await addObject(`documents/${path}`, key);
    }
    await zip.add('manifest.json', manifestOf(ctx, request, entries, missing), { compress: true });
  };

  return {
    /** The rows of a tenant's tables, and its files. Fails with the error of what it reads, or of `onProgress`. */
    open: (ctx: TenantContext, request: ArchiveRequest): Readable => zipStream((zip) => write(zip, ctx, request)),
  };
}

export type TenantArchives = ReturnType<typeof createTenantArchives>;

/** A row a line (application/x-ndjson). */
async function* ndjsonOf(read: ReadRows, onBatch: (rows: number) => Promise<void>): AsyncGenerator<string> {
  let after: readonly string[] | null = null;
  for (;;) {
    const batch: readonly ExportedRow[] = await read(after);
    const last = batch.at(-1);
    if (last === undefined) return;
    yield `${batch.map(({ json }) => json).join('\n')}\n`;
    await onBatch(batch.length);
    if (last.key.length === 0) return;
    after = last.key;
  }
}

async function* filesOf(rows: DataExportRowsRepository, ctx: TenantContext): AsyncGenerator<ExportedFile> {
  for (let after: string | null = null; ; ) {
    const batch: readonly ExportedFile[] = await rows.readFiles(ctx, after, BATCH);
    yield* batch;
    const last = batch.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

async function* documentsOf(storage: TenantArchiveDeps['storage'], { scope }: TenantContext) {
  const prefix = tenantStoragePrefix(scope.tenantId);
  for await (const { key } of storage.list(prefix)) {
    const path = key.slice(prefix.length);
    yield { key, path, folder: path.slice(0, path.indexOf('/')) };
  }
}

/** @returns null for what was deleted since it was read of */
async function openOrNull(storage: TenantArchiveDeps['storage'], key: string): Promise<Readable | null> {
  try {
    return (await storage.get(key)).body;
  } catch (error) {
    if (error instanceof StorageObjectNotFoundError) return null;
    throw error;
  }
}

/** What stays out of every archive, each with its reason. */
function leftOut(tables: readonly TenantTable[]): Record<string, string> {
  return Object.fromEntries(
    tables.flatMap(({ name, export: decision }) =>
      decision.included
        ? Object.entries(decision.omitted).map(([column, reason]) => [`${name}.${column}`, reason])
        : [[name, decision.reason]],
    ),
  );
}

/** One entry at a time: there are as many as the tenant has files. */
async function* manifestOf(
  { scope }: TenantContext,
  { createdAt }: ArchiveRequest,
  entries: readonly ManifestEntry[],
  missing: readonly string[],
): AsyncGenerator<string> {
  const head = { format: FORMAT.name, version: FORMAT.version, tenantId: scope.tenantId, createdAt };
  const rest = { leftOut: leftOut(tenantDataMap), missing };
  yield `${JSON.stringify(head).slice(0, -1)},"entries":[`;
  for (const [index, entry] of entries.entries()) yield `${index === 0 ? '\n' : ',\n'}${JSON.stringify(entry)}`;
  yield `\n],${JSON.stringify(rest).slice(1)}\n`;
}
