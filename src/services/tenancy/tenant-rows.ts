import type { Context, TenantContext } from '../../types/context.ts';
import { rescoped, tenantScope } from '../../types/context-factory.ts';
import { tenantInContext } from '../identity/tenant-in-context.ts';

/**
 * The same caller on the rows of the tenant that a path names, and of no other: an operator's view narrows to it.
 * @throws AppError TENANT_NOT_FOUND for every tenant but the one in context
 */
export const onTenantRows = (ctx: Context, id: string): TenantContext =>
  rescoped(ctx, tenantScope(tenantInContext(ctx, id)));
