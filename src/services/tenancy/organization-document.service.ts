import { Readable } from 'node:stream';
import { uuidv7 } from 'uuidv7';
import { appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type {
  DocumentLines,
  OrganizationDocumentRepository,
} from '../../repositories/tenancy/organization-document.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { JsonObject } from '../../types/json.ts';
import type { Page } from '../../types/page.ts';
import type { OrganizationContext, OrganizationTxContext } from '../../types/tenancy/organization.ts';
import type { DocumentQuery, OrganizationDocument } from '../../types/tenancy/organization-document.ts';
import { jsonFaultOf } from '../../utils/json-limits.ts';
import { mergePatch } from '../../utils/merge-patch.ts';
import { DOCUMENT_LIMITS, StoredDocumentBody } from '../../validators/tenancy/organization-document.schema.ts';
import type { AuditTrail } from '../base/audit-trail.ts';

export interface OrganizationDocumentServiceDeps {
  readonly documents: OrganizationDocumentRepository;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

export type OrganizationDocumentService = ReturnType<typeof createOrganizationDocumentService>;

/** The documents in an organization's own storage. What they say is the organization's, and no part of the audit log. */
export function createOrganizationDocumentService({ documents, tx, audit, clock }: OrganizationDocumentServiceDeps) {
  const record = (ctx: OrganizationTxContext, resourceId: string | null, after: Record<string, unknown>): void =>
    audit.record(ctx, {
      resourceType: 'organization_document',
      resourceId,
      after: { organizationId: ctx.scope.organizationId, ...after },
    });

  const lock = async (
    ctx: OrganizationTxContext,
    id: string,
    version: number | undefined,
  ): Promise<OrganizationDocument> => {
    const document = await documents.lock(ctx, id);
    if (document === null) throw appError('ORGANIZATION_DOCUMENT_NOT_FOUND');
    if (version !== undefined && version !== document.version)
      throw appError('VERSION_CONFLICT', { details: { current: document } });
    return document;
  };

  const change = (
    ctx: OrganizationContext,
    id: string,
    version: number | undefined,
    changed: (body: JsonObject) => JsonObject,
  ): Promise<OrganizationDocument> =>
    tx.run(ctx, async (txCtx) => {
      const before = await lock(txCtx, id, version);
      const after = await documents.replace(txCtx, id, changed(before.body), clock.now().toISOString());
      record(txCtx, id, { version: after.version });
      return after;
    });

  /** A batch in a transaction of its own: nothing is held while a slow client takes its time. */
  const readLines = (ctx: OrganizationContext, after: string | null): Promise<DocumentLines> =>
    tx.run(ctx, (txCtx) => documents.readLines(txCtx, after));

  return {
    list(ctx: OrganizationContext, query: DocumentQuery): Promise<Page<OrganizationDocument>> {
      return tx.run(ctx, (txCtx) => documents.list(txCtx, query));
    },

    /** @throws AppError ORGANIZATION_DOCUMENT_NOT_FOUND */
    async get(ctx: OrganizationContext, id: string): Promise<OrganizationDocument> {
      const document = await tx.run(ctx, (txCtx) => documents.findById(txCtx, id));
      if (document === null) throw appError('ORGANIZATION_DOCUMENT_NOT_FOUND');
      return document;
    },

    /** All of them, or none. @returns them in the order in which they were given */
    create(ctx: OrganizationContext, bodies: readonly JsonObject[]): Promise<OrganizationDocument[]> {
      const made = bodies.map((body) => ({ id: uuidv7(), body }));
      return tx.run(ctx, async (txCtx) => {
        const created = await documents.insert(txCtx, made, clock.now().toISOString());
        const [first, ...others] = created;
        record(txCtx, others.length === 0 ? (first?.id ?? null) : null, { documents: created.length });
        return created;
      });
    },

    /** @throws AppError ORGANIZATION_DOCUMENT_NOT_FOUND, VERSION_CONFLICT with the current state */
    replace(
      ctx: OrganizationContext,
      id: string,
      version: number | undefined,
      body: JsonObject,
    ): Promise<OrganizationDocument> {
      return change(ctx, id, version, () => body);
    },

    /**
     * Applies a JSON merge patch (RFC 7396).
     * @throws AppError ORGANIZATION_DOCUMENT_NOT_FOUND, VERSION_CONFLICT with the current state, and
     *   ORGANIZATION_DOCUMENT_TOO_LARGE for what the patch would make of it
     */
    patch(
      ctx: OrganizationContext,
      id: string,
      version: number | undefined,
      patch: JsonObject,
    ): Promise<OrganizationDocument> {
      return change(ctx, id, version, (body) => {
        const patched = mergePatch(body, patch);
        const fault = jsonFaultOf(patched, DOCUMENT_LIMITS);
        if (fault !== null) throw appError('ORGANIZATION_DOCUMENT_TOO_LARGE', { details: fault });
        return StoredDocumentBody.parse(patched);
      });
    },

    /** @throws AppError ORGANIZATION_DOCUMENT_NOT_FOUND, VERSION_CONFLICT with the current state */
    async remove(ctx: OrganizationContext, id: string, version: number | undefined): Promise<void> {
      await tx.run(ctx, async (txCtx) => {
        await lock(txCtx, id, version);
        await documents.delete(txCtx, id);
        record(txCtx, id, {});
      });
    },

    /**
     * All documents as lines of JSON, in the order of their ids. What is changed while it is read may be in it or not. No more
     * than a batch is in memory, and nothing further is read when nobody takes it.
     */
    async export(ctx: OrganizationContext): Promise<Readable> {
      const first = await readLines(ctx, null);
      const chunks = async function* (): AsyncGenerator<string> {
        for (let batch = first; batch.lastId !== null; batch = await readLines(ctx, batch.lastId))
          yield `${batch.lines.join('\n')}\n`;
      };
      return Readable.from(chunks(), { highWaterMark: 1 });
    },
  };
}
