import { z } from 'zod';
import { id, timestamp } from '../common/fields.schema.ts';
import { jsonObjectInput, jsonObjectsInput } from '../common/json.schema.ts';
import { pageFields } from '../common/page.schema.ts';

/** How large a document may be, as JSON without white space. */
export const DOCUMENT_LIMITS = { depth: 32, values: 10_000, bytes: 262_144 } as const;

const MOST_DOCUMENTS = 1000;
const MOST_TEXT = 2600;
const EXAMPLE = { name: 'Lena and Tom', guests: 84, venue: { city: 'Udaipur' } };

/** `filter[field]`, or `filter[field][comparison]`; the dots in a field lead into objects. */
const FILTER = /^filter\[[^[\]]+\](?:\[(?:gt|gte|lt|lte|ne|exists)\])?$/;

export const ListOrganizationDocumentsQuery = z
  .object({
    ...pageFields,
    sort: z.string().max(MOST_TEXT).default('-createdAt').meta({
      description:
        '`createdAt`, `updatedAt`, or a field of the documents such as `body.venue.city`; a minus in front sorts descending.',
      example: '-createdAt',
    }),
  })
  .catchall(z.string().max(MOST_TEXT))
  .superRefine((query, ctx) => {
    const keys = Object.keys(query).filter((key) => !['page', 'limit', 'sort'].includes(key) && !FILTER.test(key));
    if (keys.length > 0) ctx.addIssue({ code: 'unrecognized_keys', keys, input: query });
  });

/** Which state a change is about: another one is a conflict. */
export const DocumentVersionQuery = z.strictObject({
  version: z.coerce
    .number()
    .int()
    .min(1)
    .max(2_147_483_647)
    .optional()
    .meta({ description: 'The version that is to be changed; another one is refused with 409.', example: 1 }),
});

export const CreateOrganizationDocumentsRequest = jsonObjectsInput(DOCUMENT_LIMITS, MOST_DOCUMENTS).meta({
  id: 'CreateOrganizationDocumentsRequest',
  description: 'A document, or up to 1,000 of them.',
  example: EXAMPLE,
});

export const ReplaceOrganizationDocumentRequest = jsonObjectInput(DOCUMENT_LIMITS).meta({
  id: 'ReplaceOrganizationDocumentRequest',
  description: 'The document as it shall be.',
  example: EXAMPLE,
});

export const PatchOrganizationDocumentRequest = jsonObjectInput(DOCUMENT_LIMITS).meta({
  id: 'PatchOrganizationDocumentRequest',
  description: 'A JSON merge patch: what is absent stays, null takes a field out, objects are merged.',
  example: { guests: 90, venue: { hall: 'Lake pavilion' } },
});

/** A body that is within the limits already. */
export const StoredDocumentBody = jsonObjectInput(DOCUMENT_LIMITS);

export const OrganizationDocumentResponse = z
  .object({
    id: id(),
    body: z.record(z.string(), z.unknown()).meta({ example: EXAMPLE }),
    version: z.number().int().meta({ example: 1 }),
    createdAt: timestamp(),
    updatedAt: timestamp(),
  })
  .meta({ id: 'OrganizationDocument' });

export const CreatedOrganizationDocumentsResponse = z
  .union([OrganizationDocumentResponse, z.array(OrganizationDocumentResponse)])
  .meta({ id: 'CreatedOrganizationDocuments', description: 'As many as were given, in the same form.' });
