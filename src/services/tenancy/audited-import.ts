import type { PlatformUserImport } from '../../types/tenancy/platform-user-import.ts';

/** What the audit trail keeps of an import. */
export const auditedImport = (of: PlatformUserImport) => ({
  fileName: of.fileName,
  mode: of.mode,
  status: of.status,
  rowsRead: of.rowsRead,
  rowsImported: of.rowsImported,
  rowsInvalid: of.rowsInvalid,
  failureCode: of.failureCode,
  createdBy: of.createdBy,
});
