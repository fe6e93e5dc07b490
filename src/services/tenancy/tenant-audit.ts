import type { Tenant } from '../../types/tenancy/tenant.ts';

/** The fields of a tenant that its audit entries show. */
export const auditedFields = ({
  id: _id,
  version: _version,
  createdAt: _createdAt,
  updatedAt: _updatedAt,
  ...fields
}: Tenant) => fields;
