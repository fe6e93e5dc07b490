import { uuidv7 } from 'uuidv7';
import { appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { OrganizationRepository } from '../../repositories/tenancy/organization.repository.ts';
import type { OrganizationDocumentRepository } from '../../repositories/tenancy/organization-document.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, PlatformScope } from '../../types/context.ts';
import type { OrganizationAccess, OrganizationContext } from '../../types/tenancy/organization.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import type { PasswordHasher } from '../identity/password-hasher.ts';
import type { PasswordPolicyService } from '../identity/password-policy.service.ts';
import { collectionOf, nameKeyOf } from './organization-name.ts';
import { refusingTaken } from './organization-taken.ts';

export interface OrganizationServiceDeps {
  readonly organizations: OrganizationRepository;
  readonly documents: Pick<OrganizationDocumentRepository, 'count'>;
  readonly passwords: Pick<PasswordHasher, 'hash'>;
  readonly passwordPolicy: Pick<PasswordPolicyService, 'check'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly events: DomainEvents;
  readonly clock: Clock;
}

export interface OrganizationRequest {
  readonly name: string;
  /** In lower case. */
  readonly email: string;
  readonly password: string;
}

export interface RenamedOrganization {
  readonly oldName: string;
  readonly newName: string;
  readonly newCollection: string;
  /** How many documents are found under the new name. */
  readonly movedDocuments: number;
}

/** The seed asks for six characters; fewer than eight are refused everywhere here (NIST SP 800-63B-4, 3.1.1.2). */
const PASSWORD_MIN_LENGTH = 8;

export type OrganizationService = ReturnType<typeof createOrganizationService>;

/** Organizations with storage of their own: what is known of them, and their beginning and end. */
export function createOrganizationService(deps: OrganizationServiceDeps) {
  const { organizations, documents, passwords, passwordPolicy, tx, audit, events, clock } = deps;

  /** The organization of this name, which must be the one in scope. */
  const requireOwn = async ({ scope, ...ctx }: OrganizationContext, nameKey: string): Promise<OrganizationAccess> => {
    const found = await organizations.findByName({ ...ctx, scope }, nameKey);
    if (found === null) throw appError('ORGANIZATION_NOT_FOUND');
    if (found.organization.id !== scope.organizationId) throw appError('ORGANIZATION_ACCESS_DENIED');
    return found;
  };

  /** Hashing is dear: what is taken anyhow is refused before it. The unique indexes have the last word. */
  const refuseTaken = async (ctx: Context<PlatformScope>, name: string, email: string): Promise<void> => {
    const names = { nameKey: nameKeyOf(name), collection: collectionOf(name) };
    const taken = await organizations.findTaken(ctx, names, email);
    if (taken.name) throw appError('ORGANIZATION_NAME_TAKEN');
    if (taken.email) throw appError('EMAIL_TAKEN');
  };

  return {
    /**
     * Creates an organization, its admin and its storage in one transaction: all of it, or nothing.
     * @throws AppError ORGANIZATION_NAME_TAKEN, EMAIL_TAKEN, PASSWORD_REFUSED, SIGN_IN_BUSY
     */
    async create(
      ctx: Context<PlatformScope>,
      { name, email, password }: OrganizationRequest,
    ): Promise<OrganizationAccess> {
      await refuseTaken(ctx, name, email);
      const minLength = PASSWORD_MIN_LENGTH;
      await passwordPolicy.check(ctx, { password, email, name, tenantIds: [], isOperator: false, minLength });
      const passwordHash = await passwords.hash(password);
      const organization = { id: uuidv7(), name, collection: collectionOf(name) };
      const admin = { id: uuidv7(), email };
      await refusingTaken(
        tx.run(ctx, async (txCtx) => {
          const created = { organization, admin, nameKey: nameKeyOf(name), passwordHash };
          await organizations.insert(txCtx, created, clock.now().toISOString());
          await organizations.createStorage(txCtx, organization.id);
          audit.record(txCtx, {
            resourceType: 'organization',
            resourceId: organization.id,
            after: { name, collection: organization.collection, adminId: admin.id },
          });
        }),
      );
      return { organization, admin };
    },

    /** @throws AppError ORGANIZATION_NOT_FOUND */
    async get(ctx: Context<PlatformScope>, name: string): Promise<OrganizationAccess> {
      const found = await organizations.findByName(ctx, nameKeyOf(name));
      if (found === null) throw appError('ORGANIZATION_NOT_FOUND');
      return found;
    },

    /**
     * Renames the caller's organization by one change of its row, however much is stored: the storage is named by the id.
     * @throws AppError ORGANIZATION_NOT_FOUND, ORGANIZATION_ACCESS_DENIED, ORGANIZATION_NAME_TAKEN
     */
    async rename(ctx: OrganizationContext, currentName: string, newName: string): Promise<RenamedOrganization> {
      const currentKey = nameKeyOf(currentName);
      const { organization } = await requireOwn(ctx, currentKey);
      const movedDocuments = await tx.run(ctx, (txCtx) => documents.count(txCtx));
      const after = { name: newName, collection: collectionOf(newName) };
      const next = { ...after, nameKey: nameKeyOf(newName) };
      const before = await refusingTaken(
        tx.run(ctx, async (txCtx) => {
          const now = clock.now().toISOString();
          const renamed = await organizations.rename(txCtx, organization.id, currentKey, next, now);
          if (renamed === null) throw appError('ORGANIZATION_NOT_FOUND');
          audit.record(txCtx, {
            resourceType: 'organization',
            resourceId: organization.id,
            before: { ...renamed },
            after,
          });
          return renamed;
        }),
      );
      return { oldName: before.name, newName, newCollection: after.collection, movedDocuments };
    },

    /**
     * Deletes the caller's organization and its admins, whose tokens end with it; its storage is dropped soon afterwards.
     * @throws AppError ORGANIZATION_NOT_FOUND, ORGANIZATION_ACCESS_DENIED
     */
    async remove(ctx: OrganizationContext, name: string): Promise<OrganizationAccess> {
      const nameKey = nameKeyOf(name);
      const access = await requireOwn(ctx, nameKey);
      await tx.run(ctx, async (txCtx) => {
        const deleted = await organizations.delete(txCtx, ctx.scope.organizationId, nameKey);
        if (deleted === null) throw appError('ORGANIZATION_NOT_FOUND');
        const { id, ...before } = deleted;
        audit.record(txCtx, { resourceType: 'organization', resourceId: id, before });
        events.publish(txCtx, 'organization.deleted', id, { organizationId: id });
      });
      return access;
    },
  };
}
