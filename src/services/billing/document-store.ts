import { BulkheadRejectedError, bulkhead } from 'cockatiel';
import { appError } from '../../errors/app-error.ts';
import {
  type StorageGateway,
  StorageObjectNotFoundError,
  StorageUnavailableError,
  type StoredObject,
} from '../../gateways/storage/storage.gateway.ts';
import { tenantStorageKey } from '../../gateways/storage/storage-key.ts';
import type { Context, TenantContext } from '../../types/context.ts';
import { rescoped, tenantScope } from '../../types/context-factory.ts';
import type { TenantId } from '../../types/ids.ts';

/** A PDF as it is downloaded. */
export interface DocumentFile {
  readonly body: NodeJS.ReadableStream;
  readonly size: number;
  readonly contentType: string;
  readonly filename: string;
}

/** A document that is made once, kept, and made again should its file be lost. */
export interface KeptDocument {
  readonly id: string;
  readonly tenantId: TenantId;
  readonly folder: 'invoices' | 'credit-notes';
  readonly filename: string;
  /** Where it is kept; null before it was made. */
  readonly documentKey: string | null;
  render(): Promise<Buffer>;
  /** Writes down where it is kept, if nobody did. */
  remember(ctx: TenantContext, documentKey: string): Promise<void>;
}

const PDF = 'application/pdf';

/** Rendering occupies the process, so it does one document at a time and lets others work in between. */
const MOST_WAITING_RENDERS = 20;

export type DocumentStore = ReturnType<typeof createDocumentStore>;

export function createDocumentStore({ storage }: { readonly storage: StorageGateway }) {
  const renders = bulkhead(1, MOST_WAITING_RENDERS);
  const storing = new Map<string, Promise<string>>();

  const store = async (ctx: TenantContext, document: KeptDocument): Promise<string> => {
    const body = await renders.execute(() => document.render());
    const key = tenantStorageKey(ctx.scope.tenantId, document.folder, document.filename);
    await storage.put({ key, body, contentType: PDF, contentLength: body.byteLength });
    await document.remember(ctx, key);
    return key;
  };

  /** Whoever asks for the same document meanwhile gets the one that is being made. */
  const storeOnce = (ctx: Context, document: KeptDocument): Promise<string> => {
    const running = storing.get(document.id);
    if (running !== undefined) return running;
    const started = store(rescoped(ctx, tenantScope(document.tenantId)), document).finally(() =>
      storing.delete(document.id),
    );
    storing.set(document.id, started);
    return started;
  };

  const read = async (ctx: Context, document: KeptDocument): Promise<StoredObject> => {
    try {
      return await storage.get(document.documentKey ?? (await storeOnce(ctx, document)));
    } catch (error) {
      if (!(error instanceof StorageObjectNotFoundError)) throw error;
      return storage.get(await storeOnce(ctx, document));
    }
  };

  return {
    /**
     * Makes a document that was not made yet. The same one gives the same bytes under the same key: it may run twice.
     * @throws StorageUnavailableError, BulkheadRejectedError
     */
    async keep(ctx: Context, document: KeptDocument): Promise<void> {
      if (document.documentKey === null) await storeOnce(ctx, document);
    },

    /**
     * The document, made now if that was not done yet or its file is gone.
     * @throws AppError STORAGE_UNAVAILABLE, INVOICE_DOCUMENT_BUSY
     */
    async open(ctx: Context, document: KeptDocument): Promise<DocumentFile> {
      try {
        const { body, size } = await read(ctx, document);
        return { body, size, filename: document.filename, contentType: PDF };
      } catch (cause) {
        if (cause instanceof StorageUnavailableError) throw appError('STORAGE_UNAVAILABLE', { cause });
        if (cause instanceof BulkheadRejectedError) throw appError('INVOICE_DOCUMENT_BUSY', { cause });
        throw cause;
      }
    },
  };
}
