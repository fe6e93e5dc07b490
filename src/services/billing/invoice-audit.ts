import type { Invoice } from '../../types/billing/invoice.ts';

/** What an invoice says and to whom it goes; of its lines the amounts they come to. */
export const auditedInvoice = ({
  id: _id,
  tenantId: _tenantId,
  items: _items,
  documentKey: _documentKey,
  version: _version,
  createdAt: _createdAt,
  updatedAt: _updatedAt,
  ...fields
}: Invoice) => fields;
