import { createAuditLogController } from '../controllers/insight/audit-log.controller.ts';
import { createAuditLogRepository } from '../repositories/insight/audit-log.repository.ts';
import { createAuditLogService } from '../services/insight/audit-log.service.ts';
import type { Infrastructure } from './infrastructure.ts';

export function composeInsight({ database }: Pick<Infrastructure, 'database'>) {
  const auditLog = createAuditLogService({ auditLog: createAuditLogRepository({ database }) });
  return { services: { auditLog }, controllers: { auditLog: createAuditLogController({ auditLog }) } };
}
