import type { Readable } from 'node:stream';
import type { z } from 'zod';
import { invariant } from '../../errors/app-error.ts';
import { readFilters, readOrder } from '../../services/tenancy/document-query.ts';
import type { OrganizationDocumentService } from '../../services/tenancy/organization-document.service.ts';
import type { JsonObject } from '../../types/json.ts';
import type { Page } from '../../types/page.ts';
import type { OrganizationContext } from '../../types/tenancy/organization.ts';
import type {
  CreatedOrganizationDocumentsResponse,
  CreateOrganizationDocumentsRequest,
  ListOrganizationDocumentsQuery,
  OrganizationDocumentResponse,
} from '../../validators/tenancy/organization-document.schema.ts';

type DocumentAnswer = z.input<typeof OrganizationDocumentResponse>;

/** A file whose size nobody knows before its end. */
interface DocumentsExport {
  readonly body: Readable;
  readonly size: null;
  readonly contentType: string;
  readonly filename: string;
}

export interface OrganizationDocumentControllerDeps {
  readonly documents: OrganizationDocumentService;
}

export type OrganizationDocumentController = ReturnType<typeof createOrganizationDocumentController>;

export function createOrganizationDocumentController({ documents }: OrganizationDocumentControllerDeps) {
  return {
    async list(
      ctx: OrganizationContext,
      { page, limit, sort, ...rest }: z.output<typeof ListOrganizationDocumentsQuery>,
    ): Promise<Page<DocumentAnswer>> {
      return documents.list(ctx, { page, limit, order: readOrder(sort), filters: readFilters(rest) });
    },

    /** One for one, a list for a list. */
    async create(
      ctx: OrganizationContext,
      body: z.output<typeof CreateOrganizationDocumentsRequest>,
    ): Promise<z.input<typeof CreatedOrganizationDocumentsResponse>> {
      if (isList(body)) return documents.create(ctx, body);
      const [created] = await documents.create(ctx, [body]);
      return invariant(created, 'A document that is created is answered');
    },

    get(ctx: OrganizationContext, id: string): Promise<DocumentAnswer> {
      return documents.get(ctx, id);
    },

    replace(
      ctx: OrganizationContext,
      id: string,
      version: number | undefined,
      body: JsonObject,
    ): Promise<DocumentAnswer> {
      return documents.replace(ctx, id, version, body);
    },

    patch(
      ctx: OrganizationContext,
      id: string,
      version: number | undefined,
      patch: JsonObject,
    ): Promise<DocumentAnswer> {
      return documents.patch(ctx, id, version, patch);
    },

    async remove(ctx: OrganizationContext, id: string, version: number | undefined): Promise<undefined> {
      await documents.remove(ctx, id, version);
    },

    async export(ctx: OrganizationContext): Promise<DocumentsExport> {
      const body = await documents.export(ctx);
      return { body, size: null, contentType: 'application/x-ndjson', filename: 'documents.ndjson' };
    },
  };
}

const isList = (body: JsonObject | readonly JsonObject[]): body is readonly JsonObject[] => Array.isArray(body);
