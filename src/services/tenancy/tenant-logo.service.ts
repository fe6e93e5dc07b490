import type { Readable } from 'node:stream';
import { uuidv7 } from 'uuidv7';
import { appError, invariant } from '../../errors/app-error.ts';
import {
  type StorageGateway,
  StorageObjectNotFoundError,
  StorageUnavailableError,
} from '../../gateways/storage/storage.gateway.ts';
import { tenantStorageKey } from '../../gateways/storage/storage-key.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { TenantRepository } from '../../repositories/tenancy/tenant.repository.ts';
import type { TenantBrandingRepository } from '../../repositories/tenancy/tenant-branding.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, TenantContext } from '../../types/context.ts';
import type { Branding, LogoObject } from '../../types/tenancy/tenant-branding.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import { brandingOf } from './branding-tokens.ts';
import type { LogoImages } from './logo-image.ts';
import { onTenantRows } from './tenant-rows.ts';

export interface TenantLogoServiceDeps {
  readonly brandings: Pick<TenantBrandingRepository, 'find' | 'replaceLogo'>;
  readonly tenants: Pick<TenantRepository, 'lock' | 'findById'>;
  readonly images: LogoImages;
  readonly storage: Pick<StorageGateway, 'put' | 'get' | 'delete'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

export interface LogoFile {
  readonly body: NodeJS.ReadableStream;
  readonly size: number;
  readonly contentType: string;
  readonly filename: string;
}

const MOST_BYTES = 5_000_000;

export type TenantLogoService = ReturnType<typeof createTenantLogoService>;

export function createTenantLogoService({
  brandings,
  tenants,
  images,
  storage,
  tx,
  audit,
  clock,
}: TenantLogoServiceDeps) {
  /** Makes a stored object the tenant's logo; the one before is deleted once that is certain. */
  const adopt = (ctx: TenantContext, logo: LogoObject): Promise<Branding> =>
    tx.run(ctx, async (txCtx) => {
      const { tenantId } = txCtx.scope;
      if ((await tenants.lock(txCtx, tenantId)) === null) throw appError('TENANT_NOT_FOUND');
      const before = invariant(await brandings.find(txCtx, tenantId), 'A locked tenant is there');
      const now = clock.now().toISOString();
      await brandings.replaceLogo(txCtx, logo, now);
      audit.record(txCtx, {
        resourceType: 'tenant_branding',
        resourceId: tenantId,
        before: { logo: before.logo },
        after: { logo },
      });
      const former = before.logo;
      if (former !== null) txCtx.tx.afterCommit(() => storage.delete(former.key));
      return brandingOf({ ...before, logo, version: before.version + 1, updatedAt: now });
    });

  const logoOf = async (ctx: TenantContext): Promise<LogoObject> => {
    const branding = await brandings.find(ctx, ctx.scope.tenantId);
    if (branding === null) throw appError('TENANT_NOT_FOUND');
    if (branding.logo === null) throw appError('BRANDING_LOGO_NOT_FOUND');
    return branding.logo;
  };

  /** Asks again for the logo's place when its object has gone, since that is what a replacement meanwhile looks like. */
  const open = async (ctx: TenantContext) => {
    const { key } = await logoOf(ctx);
    try {
      return await storage.get(key);
    } catch (error) {
      if (!(error instanceof StorageObjectNotFoundError)) throw error;
      return storage.get((await logoOf(ctx)).key);
    }
  };

  return {
    /**
     * Draws an uploaded image of at most 5 MB anew and makes it the tenant's logo.
     * @throws AppError TENANT_NOT_FOUND, IMAGE_TOO_LARGE, STORAGE_UNAVAILABLE, and those of LogoImages.redraw
     */
    async replace(ctx: Context, id: string, upload: Readable): Promise<Branding> {
      const tenantCtx = onTenantRows(ctx, id);
      const { tenantId } = tenantCtx.scope;
      if ((await tenants.findById(tenantCtx, tenantId)) === null) throw appError('TENANT_NOT_FOUND');
      const { body, contentType, extension } = await images.redraw(await readAll(upload));
      const key = tenantStorageKey(tenantId, 'branding', `logo-${uuidv7()}.${extension}`);
      try {
        await storage.put({ key, body, contentType, contentLength: body.byteLength });
      } catch (cause) {
        if (cause instanceof StorageUnavailableError) throw appError('STORAGE_UNAVAILABLE', { cause });
        throw cause;
      }
      try {
        return await adopt(tenantCtx, { key, contentType });
      } catch (error) {
        await storage.delete(key).catch(() => undefined);
        throw error;
      }
    },

    /** @throws AppError TENANT_NOT_FOUND, BRANDING_LOGO_NOT_FOUND, STORAGE_UNAVAILABLE */
    async open(ctx: Context, id: string): Promise<LogoFile> {
      try {
        const { body, size, contentType } = await open(onTenantRows(ctx, id));
        return { body, size, contentType, filename: contentType === 'image/png' ? 'logo.png' : 'logo.webp' };
      } catch (cause) {
        if (cause instanceof StorageUnavailableError) throw appError('STORAGE_UNAVAILABLE', { cause });
        if (cause instanceof StorageObjectNotFoundError) throw appError('BRANDING_LOGO_NOT_FOUND', { cause });
        throw cause;
      }
    },
  };
}

/** @throws AppError IMAGE_TOO_LARGE as soon as there is a byte too many */
async function readAll(upload: Readable): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of upload) {
    const bytes = Buffer.from(chunk);
    size += bytes.byteLength;
    if (size > MOST_BYTES) throw appError('IMAGE_TOO_LARGE', { details: { mostBytes: MOST_BYTES } });
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
