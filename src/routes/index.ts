import { invoiceEndpoints } from './billing/invoice.routes.ts';
import { planEndpoints } from './billing/plan.routes.ts';
import { authEndpoints } from './identity/auth.routes.ts';
import { auditLogEndpoints } from './insight/audit-log.routes.ts';
import { docsEndpoints } from './operation/docs.routes.ts';
import { healthEndpoints } from './operation/health.routes.ts';
import { metricsEndpoints } from './operation/metrics.routes.ts';
import { tenantEndpoints } from './tenancy/tenant.routes.ts';

/** Every endpoint of the product: what is mounted, documented and tested. */
export const endpoints = [
  ...authEndpoints,
  ...tenantEndpoints,
  ...planEndpoints,
  ...invoiceEndpoints,
  ...auditLogEndpoints,
  ...healthEndpoints,
  ...metricsEndpoints,
  ...docsEndpoints,
] as const;
