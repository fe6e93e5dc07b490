import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { Context } from '../../types/context.ts';
import { tenantScope } from '../../types/context-factory.ts';
import type { TenantId } from '../../types/ids.ts';
import type { AuditTrail } from '../base/audit-trail.ts';

export interface ImpersonationAuditDeps {
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
}

/** A request that an operator makes in the place of somebody else. */
export interface ImpersonatedCall {
  readonly tenantId: TenantId;
  readonly operationId: string;
  readonly method: string;
  /** Without its query, which may hold what people search for. */
  readonly path: string;
}

export type ImpersonationAudit = ReturnType<typeof createImpersonationAudit>;

export function createImpersonationAudit({ tx, audit }: ImpersonationAuditDeps) {
  return {
    /** Writes a request into the tenant's audit log, under both names, whatever becomes of the request itself. */
    async record(ctx: Context, { tenantId, operationId, method, path }: ImpersonatedCall): Promise<void> {
      const mark = { action: 'impersonation.request', recorded: false };
      await tx.run({ ...ctx, scope: tenantScope(tenantId), audit: mark }, async (txCtx) => {
        audit.record(txCtx, { resourceType: 'operation', resourceId: operationId, after: { method, path } });
      });
    },
  };
}
