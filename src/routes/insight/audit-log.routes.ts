import type { AuditLogController } from '../../controllers/insight/audit-log.controller.ts';
import { tenantOrPlatform } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { AuditEntryResponse, ListAuditEntriesQuery } from '../../validators/insight/audit-log.schema.ts';

export interface AuditLogRouteDeps {
  readonly auditLog: AuditLogController;
}

const endpoint = endpointsFor<AuditLogRouteDeps>();
const tags = ['Audit'] as const;

export const listAuditEntries = endpoint({
  method: 'get',
  path: '/api/audit',
  operationId: 'listAuditEntries',
  summary: 'List audit entries',
  description: 'The newest first. Operators see those of every tenant and of the platform itself.',
  tags,
  access: tenantOrPlatform('audit:read'),
  query: ListAuditEntriesQuery,
  success: { status: 200, slice: AuditEntryResponse },
  handler: ({ auditLog }, { query, ctx }) => auditLog.list(ctx, query),
});

export const auditLogEndpoints = [listAuditEntries] as const;
