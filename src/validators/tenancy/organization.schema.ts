import { z } from 'zod';
import { email, id, line } from '../common/fields.schema.ts';
import { password } from '../identity/auth.schema.ts';

const NAME_EXAMPLE = 'Acme Corp';
const COLLECTION_EXAMPLE = 'org_acme_corp';
const MOST_BYTES = 72;

const organizationName = () =>
  line(100)
    .regex(/[\p{L}\p{N}\p{P}\p{S}]/u, 'Must have a visible character')
    .meta({ example: NAME_EXAMPLE });
const collection = () =>
  z.string().meta({ description: 'Logical name of the storage, made of the name.', example: COLLECTION_EXAMPLE });

const newPassword = () =>
  z
    .string()
    .max(MOST_BYTES)
    .refine((value) => value.isWellFormed(), 'Must be well-formed Unicode')
    .refine((value) => Buffer.byteLength(value) >= 8 && Buffer.byteLength(value) <= MOST_BYTES, 'Has 8 to 72 bytes')
    .meta({ example: 'secure123' });

export const CreateOrganizationRequest = z
  .strictObject({ organization_name: organizationName(), email: email(), password: newPassword() })
  .meta({ id: 'CreateOrganizationRequest' });

export const CreatedOrganizationResponse = z
  .object({
    name: z.string().meta({ example: NAME_EXAMPLE }),
    collection: collection(),
    admin_email: z.string().meta({ example: 'admin@acme.example' }),
  })
  .meta({ id: 'CreatedOrganization' });

export const GetOrganizationQuery = z.strictObject({
  organization_name: organizationName().describe('Its name, in whichever case.'),
});

export const OrganizationResponse = z
  .object({ name: z.string().meta({ example: NAME_EXAMPLE }), collection: collection(), admin_id: id() })
  .meta({ id: 'Organization' });

export const RenameOrganizationQuery = z.strictObject({
  current_name: organizationName().describe('What it is called, in whichever case.'),
  new_name: organizationName().describe('What it shall be called.'),
});

export const RenamedOrganizationResponse = z
  .object({
    old_name: z.string().meta({ example: NAME_EXAMPLE }),
    new_name: z.string().meta({ example: 'Acme Weddings' }),
    new_collection: collection().meta({ example: 'org_acme_weddings' }),
    moved_docs: z.number().int().meta({ description: 'Documents that are found under the new name now.', example: 42 }),
  })
  .meta({ id: 'RenamedOrganization' });

export const DeleteOrganizationQuery = z.strictObject({
  org_name: organizationName().describe('Its name, in whichever case.'),
});

export const DeletedOrganizationResponse = z
  .object({ name: z.string().meta({ example: NAME_EXAMPLE }), collection: collection(), deleted: z.literal(true) })
  .meta({ id: 'DeletedOrganization' });

export const OrganizationLoginRequest = z
  .strictObject({ email: email(), password: password() })
  .meta({ id: 'OrganizationLoginRequest' });

export const OrganizationTokenResponse = z
  .object({
    access_token: z.string().meta({ example: 'eyJhbGciOiJIUzI1NiJ9.eyJvcmciOiJBY21lIENvcnAifQ.c2lnbmF0dXJl' }),
    token_type: z.literal('bearer'),
  })
  .meta({ id: 'OrganizationToken' });
