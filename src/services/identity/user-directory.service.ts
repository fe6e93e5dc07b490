import { appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { MembershipRepository, MembershipWithTenant } from '../../repositories/identity/membership.repository.ts';
import type { UserDirectoryRepository } from '../../repositories/identity/user-directory.repository.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import type { DirectoryUser, UserDirectoryFilter } from '../../types/identity/directory-user.ts';
import type { Page, PageRequest } from '../../types/page.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { OneTimeTokenService } from './one-time-token.service.ts';
import { isPlatformRole, type PlatformRole, type TenantRole } from './roles.ts';
import type { SessionService } from './session.service.ts';
import type { TwoFactorService } from './two-factor.service.ts';

export interface UserDirectoryServiceDeps {
  readonly directory: UserDirectoryRepository;
  readonly memberships: Pick<MembershipRepository, 'listOfUser'>;
  readonly sessions: Pick<SessionService, 'revokeAllOfUser'>;
  readonly twoFactor: Pick<TwoFactorService, 'reset'>;
  readonly oneTimeTokens: Pick<OneTimeTokenService, 'revoke'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
}

export interface UserDirectoryRequest extends PageRequest, Pick<UserDirectoryFilter, 'search' | 'status' | 'type'> {
  /** On the platform, or in any tenant. */
  readonly role?: PlatformRole | TenantRole | undefined;
}

export interface DirectoryUserDetail extends DirectoryUser {
  /** Oldest first, without deleted tenants. */
  readonly memberships: readonly MembershipWithTenant[];
}

/** What is asked for; what is absent stays. */
export interface DirectoryUserChanges {
  readonly name?: string | undefined;
  readonly phone?: string | null | undefined;
  readonly locale?: string | undefined;
  readonly status?: 'active' | 'inactive' | 'suspended' | undefined;
}

export type UserDirectoryService = ReturnType<typeof createUserDirectoryService>;

/** Every user of the installation, for its operators; operators themselves are changed by the OperatorService alone. */
export function createUserDirectoryService(deps: UserDirectoryServiceDeps) {
  const { directory, memberships, sessions, twoFactor, oneTimeTokens, tx, audit } = deps;

  const lock = async (txCtx: TxContext<PlatformScope>, id: string): Promise<DirectoryUser> => {
    const user = await directory.lock(txCtx, id);
    if (user === null) throw appError('USER_NOT_FOUND');
    if (user.platformRole !== null) throw appError('USER_IS_OPERATOR');
    return user;
  };

  const withMemberships = async (ctx: Context<PlatformScope>, user: DirectoryUser): Promise<DirectoryUserDetail> => ({
    ...user,
    memberships: await memberships.listOfUser(ctx, user.id),
  });

  return {
    list(ctx: Context<PlatformScope>, { role, ...filter }: UserDirectoryRequest): Promise<Page<DirectoryUser>> {
      if (role === undefined) return directory.list(ctx, filter);
      return directory.list(
        ctx,
        isPlatformRole(role) ? { ...filter, platformRole: role } : { ...filter, tenantRole: role },
      );
    },

    /** @throws AppError USER_NOT_FOUND */
    async get(ctx: Context<PlatformScope>, id: string): Promise<DirectoryUserDetail> {
      const user = await directory.findById(ctx, id);
      if (user === null) throw appError('USER_NOT_FOUND');
      return withMemberships(ctx, user);
    },

    /**
     * Changes a user. Who gets another status is signed out everywhere.
     * @throws AppError USER_NOT_FOUND, USER_IS_OPERATOR
     */
    update(ctx: Context<PlatformScope>, id: string, changes: DirectoryUserChanges): Promise<DirectoryUserDetail> {
      return tx.run(ctx, async (txCtx) => {
        const before = await lock(txCtx, id);
        const { name = before.name, phone = before.phone, locale = before.locale, status = before.status } = changes;
        const after = await directory.update(txCtx, id, { name, phone, locale, status });
        if (after.status !== before.status) await sessions.revokeAllOfUser(txCtx, id, 'user_changed');
        audit.record(txCtx, {
          resourceType: 'user',
          resourceId: id,
          before: auditedFields(before),
          after: auditedFields(after),
        });
        return withMemberships(txCtx, after);
      });
    },

    /**
     * Takes everything personal from an account and ends it: sessions, memberships, second factor and mailed links too. What
     * logs say of it stays there as long as the logs do.
     * @throws AppError USER_NOT_FOUND, USER_IS_OPERATOR
     * @throws AppError LAST_OWNER with the tenants that nobody else owns
     */
    async remove(ctx: Context<PlatformScope>, id: string): Promise<void> {
      await tx.run(ctx, async (txCtx) => {
        const before = await lock(txCtx, id);
        const tenantIds = await directory.lockTenantsOwnedAlone(txCtx, id);
        if (tenantIds.length > 0) throw appError('LAST_OWNER', { details: { tenantIds } });
        await sessions.revokeAllOfUser(txCtx, id, 'user_changed');
        await twoFactor.reset(txCtx, id);
        await oneTimeTokens.revoke(txCtx, id, [
          'email_verification',
          'password_reset',
          'magic_link',
          'operator_invitation',
        ]);
        await directory.anonymise(txCtx, id);
        audit.record(txCtx, {
          resourceType: 'user',
          resourceId: id,
          before: { status: before.status, type: before.type },
        });
      });
    },
  };
}

const auditedFields = ({ name, phone, locale, status }: DirectoryUser) => ({ name, phone, locale, status });
