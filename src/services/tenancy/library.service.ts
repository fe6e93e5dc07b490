import { uuidv7 } from 'uuidv7';
import { appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import { violatedConstraint } from '../../repositories/base/unique-violation.ts';
import type { LibraryRepository } from '../../repositories/tenancy/library.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type { Library, LibraryChanges, LibraryFilter, LibraryProfile } from '../../types/tenancy/library.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { TenantService } from './tenant.service.ts';

export interface LibraryServiceDeps {
  readonly libraries: LibraryRepository;
  readonly tenants: Pick<TenantService, 'get'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

/** The time zone is the tenant's own where it is not given. */
export type LibraryInput = Omit<LibraryProfile, 'timeZone'> & { readonly timeZone?: string | undefined };

export type LibraryService = ReturnType<typeof createLibraryService>;

export function createLibraryService({ libraries, tenants, tx, audit, clock }: LibraryServiceDeps) {
  const lock = async (ctx: TenantTxContext, id: string): Promise<Library> => {
    const library = await libraries.lock(ctx, id);
    if (library === null) throw appError('LIBRARY_NOT_FOUND');
    return library;
  };

  return {
    list(ctx: TenantContext, filter: LibraryFilter): Promise<Page<Library>> {
      return libraries.list(ctx, filter);
    },

    /** @throws AppError LIBRARY_NOT_FOUND */
    async get(ctx: TenantContext, id: string): Promise<Library> {
      const library = await libraries.findById(ctx, id);
      if (library === null) throw appError('LIBRARY_NOT_FOUND');
      return library;
    },

    /** @throws AppError LIBRARY_CODE_TAKEN, in whichever case the other one is written */
    async create(ctx: TenantContext, input: LibraryInput): Promise<Library> {
      const timeZone = input.timeZone ?? (await tenants.get(ctx, ctx.scope.tenantId)).timeZone;
      return tx.run(ctx, async (txCtx) => {
        const library = { ...input, timeZone, id: uuidv7() };
        const created = await refusingTakenCode(libraries.insert(txCtx, library, clock.now().toISOString()));
        audit.record(txCtx, { resourceType: 'library', resourceId: created.id, after: auditedFields(created) });
        return created;
      });
    },

    /**
     * What is absent stays as it is. A library that is closed keeps its people.
     * @throws AppError LIBRARY_NOT_FOUND, LIBRARY_CODE_TAKEN, VERSION_CONFLICT with the current state
     */
    async update(
      ctx: TenantContext,
      id: string,
      version: number | undefined,
      changes: LibraryChanges,
    ): Promise<Library> {
      return tx.run(ctx, async (txCtx) => {
        const before = await lock(txCtx, id);
        if (version !== undefined && version !== before.version) {
          throw appError('VERSION_CONFLICT', { details: { current: before } });
        }
        const profile = { ...before, ...changes };
        const after = await refusingTakenCode(libraries.update(txCtx, id, profile, clock.now().toISOString()));
        audit.record(txCtx, {
          resourceType: 'library',
          resourceId: id,
          before: auditedFields(before),
          after: auditedFields(after),
        });
        return after;
      });
    },

    /** @throws AppError LIBRARY_NOT_FOUND, LIBRARY_IN_USE while people belong to it */
    async remove(ctx: TenantContext, id: string): Promise<void> {
      await tx.run(ctx, async (txCtx) => {
        const before = await lock(txCtx, id);
        if (await libraries.isInUse(txCtx, id)) throw appError('LIBRARY_IN_USE');
        await libraries.delete(txCtx, id);
        audit.record(txCtx, { resourceType: 'library', resourceId: id, before: auditedFields(before) });
      });
    },
  };
}

async function refusingTakenCode(write: Promise<Library>): Promise<Library> {
  try {
    return await write;
  } catch (error) {
    if (violatedConstraint(error) === 'libraries_tenant_id_code_key') {
      throw appError('LIBRARY_CODE_TAKEN', { cause: error });
    }
    throw error;
  }
}

const auditedFields = ({
  id: _id,
  version: _version,
  createdAt: _createdAt,
  updatedAt: _updatedAt,
  ...fields
}: Library) => fields;
