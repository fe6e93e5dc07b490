import { uuidv7 } from 'uuidv7';
import { appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import { violatedConstraint } from '../../repositories/base/unique-violation.ts';
import type { GuardianshipRepository } from '../../repositories/tenancy/guardianship.repository.ts';
import type { LibraryRepository } from '../../repositories/tenancy/library.repository.ts';
import type {
  PlatformUserRecord,
  PlatformUserRepository,
} from '../../repositories/tenancy/platform-user.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type {
  NewPlatformUser,
  PlatformUser,
  PlatformUserFilter,
  PlatformUserKind,
  PlatformUserProfile,
  PlatformUserStatus,
  PlatformUserSummary,
  Relative,
} from '../../types/tenancy/platform-user.ts';
import type { AuditTrail } from '../base/audit-trail.ts';

export interface PlatformUserServiceDeps {
  readonly platformUsers: PlatformUserRepository;
  readonly guardianships: GuardianshipRepository;
  readonly libraries: Pick<LibraryRepository, 'lockKey'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

interface StudentIds {
  /** Whom a parent looks after, all of them; left out they stay as they are. */
  readonly studentIds?: readonly string[] | undefined;
}

export type PlatformUserInput = Omit<NewPlatformUser, 'id'> & StudentIds;
export type PlatformUserChanges = Partial<PlatformUserProfile> & StudentIds & { readonly version?: number | undefined };

export type PlatformUserService = ReturnType<typeof createPlatformUserService>;

export function createPlatformUserService(deps: PlatformUserServiceDeps) {
  const { platformUsers, guardianships, libraries, tx, audit, clock } = deps;

  const lock = async (ctx: TenantTxContext, id: string): Promise<PlatformUser> => {
    const person = await platformUsers.lock(ctx, id);
    if (person === null) throw appError('PLATFORM_USER_NOT_FOUND');
    return person;
  };

  const refuseUnknownLibrary = async (ctx: TenantTxContext, libraryId: string | null): Promise<void> => {
    if (libraryId !== null && (await libraries.lockKey(ctx, libraryId)) === null) {
      throw appError('LIBRARY_UNKNOWN', { details: { libraryId } });
    }
  };

  const lockStudents = async (
    ctx: TenantTxContext,
    kind: PlatformUserKind,
    studentIds: readonly string[],
  ): Promise<readonly Relative[]> => {
    if (kind !== 'parent') {
      throw appError('VALIDATION_FAILED', {
        details: [{ path: 'body.studentIds', message: 'Nobody but a parent has students' }],
      });
    }
    const students = await guardianships.lockStudents(ctx, studentIds);
    const known = new Set(students.map(({ id }) => id));
    const unknown = studentIds.filter((id) => !known.has(id));
    if (unknown.length > 0) throw appError('STUDENTS_UNKNOWN', { details: { studentIds: unknown } });
    return students;
  };

  const changeStatus = (
    ctx: TenantContext,
    id: string,
    from: PlatformUserStatus,
    to: PlatformUserStatus,
  ): Promise<PlatformUser> =>
    tx.run(ctx, async (txCtx) => {
      const before = await lock(txCtx, id);
      if (before.status !== from) {
        throw appError('PLATFORM_USER_STATE_CONFLICT', { details: { status: before.status, allowed: [from] } });
      }
      const after = { ...before, ...(await platformUsers.setStatus(txCtx, id, to, clock.now().toISOString())) };
      recordChange(audit, txCtx, before, after);
      return after;
    });

  return {
    list(ctx: TenantContext, filter: PlatformUserFilter): Promise<Page<PlatformUserSummary>> {
      return platformUsers.list(ctx, filter);
    },

    /**
     * @param kind who is asked for; everybody where it is left out
     * @throws AppError PLATFORM_USER_NOT_FOUND, for somebody of another kind too
     */
    async get(ctx: TenantContext, id: string, kind?: PlatformUserKind): Promise<PlatformUser> {
      const person = await platformUsers.findById(ctx, id);
      if (person === null || (kind !== undefined && person.kind !== kind)) throw appError('PLATFORM_USER_NOT_FOUND');
      return person;
    },

    /**
     * @throws AppError PLATFORM_USER_EMAIL_TAKEN, LIBRARY_UNKNOWN, STUDENTS_UNKNOWN with those that are none of the tenant's,
     * VALIDATION_FAILED for students of anybody but a parent
     */
    async create(ctx: TenantContext, { studentIds, ...input }: PlatformUserInput): Promise<PlatformUser> {
      return tx.run(ctx, async (txCtx) => {
        await refuseUnknownLibrary(txCtx, input.libraryId);
        const students = studentIds === undefined ? [] : await lockStudents(txCtx, input.kind, studentIds);
        const person = { ...input, id: uuidv7() };
        const inserted = await refusingTakenEmail(platformUsers.insert(txCtx, person, clock.now().toISOString()));
        if (students.length > 0) await guardianships.replaceStudents(txCtx, inserted.id, idsOf(students));
        const created: PlatformUser = { ...inserted, students, parents: [] };
        audit.record(txCtx, {
          resourceType: 'platform_user',
          resourceId: created.id,
          after: auditedFields(created),
        });
        return created;
      });
    },

    /**
     * What is absent stays as it is.
     * @throws AppError PLATFORM_USER_NOT_FOUND, VERSION_CONFLICT with the current state, and as create
     */
    async update(
      ctx: TenantContext,
      id: string,
      { version, studentIds, ...changes }: PlatformUserChanges,
    ): Promise<PlatformUser> {
      return tx.run(ctx, async (txCtx) => {
        const before = await lock(txCtx, id);
        if (version !== undefined && version !== before.version) {
          throw appError('VERSION_CONFLICT', {
            details: { current: { id, version: before.version, updatedAt: before.updatedAt } },
          });
        }
        const profile = { ...before, ...changes };
        if (profile.libraryId !== before.libraryId) await refuseUnknownLibrary(txCtx, profile.libraryId);
        const students =
          studentIds === undefined ? before.students : await lockStudents(txCtx, before.kind, studentIds);
        const updated = await refusingTakenEmail(
          platformUsers.updateProfile(txCtx, id, profile, clock.now().toISOString()),
        );
        if (studentIds !== undefined) await guardianships.replaceStudents(txCtx, id, idsOf(students));
        const after = { ...before, ...updated, students };
        recordChange(audit, txCtx, before, after);
        return after;
      });
    },

    /** @throws AppError PLATFORM_USER_NOT_FOUND, PLATFORM_USER_STATE_CONFLICT unless they are inactive */
    activate(ctx: TenantContext, id: string): Promise<PlatformUser> {
      return changeStatus(ctx, id, 'inactive', 'active');
    },

    /** @throws AppError PLATFORM_USER_NOT_FOUND, PLATFORM_USER_STATE_CONFLICT unless they are active */
    deactivate(ctx: TenantContext, id: string): Promise<PlatformUser> {
      return changeStatus(ctx, id, 'active', 'inactive');
    },

    /**
     * Deletes somebody for good, and who looks after whom with them.
     * @throws AppError PLATFORM_USER_NOT_FOUND
     */
    async remove(ctx: TenantContext, id: string): Promise<void> {
      await tx.run(ctx, async (txCtx) => {
        const before = await lock(txCtx, id);
        await platformUsers.delete(txCtx, id);
        audit.record(txCtx, { resourceType: 'platform_user', resourceId: id, before: auditedFields(before) });
      });
    },
  };
}

async function refusingTakenEmail(write: Promise<PlatformUserRecord>): Promise<PlatformUserRecord> {
  try {
    return await write;
  } catch (error) {
    if (violatedConstraint(error) === 'platform_users_tenant_id_email_key') {
      throw appError('PLATFORM_USER_EMAIL_TAKEN', { cause: error });
    }
    throw error;
  }
}

const idsOf = (relatives: readonly Relative[]): string[] => relatives.map(({ id }) => id).toSorted();

/** The log outlives a person: of what is personal it keeps name and e-mail address. */
const auditedFields = ({ kind, name, email, status, libraryId, students }: PlatformUser) => ({
  kind,
  name,
  email,
  status,
  libraryId,
  studentIds: idsOf(students),
});

/** Personal data whose change is recorded without its values. */
const REDACTED = ['phone', 'reference', 'notes'] as const;

function recordChange(audit: AuditTrail, ctx: TenantTxContext, before: PlatformUser, after: PlatformUser): void {
  const redacted = REDACTED.filter((field) => before[field] !== after[field]);
  audit.record(ctx, {
    resourceType: 'platform_user',
    resourceId: before.id,
    before: auditedFields(before),
    after: { ...auditedFields(after), ...(redacted.length > 0 && { redacted }) },
  });
}
