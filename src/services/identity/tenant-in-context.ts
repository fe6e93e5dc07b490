import { appError } from '../../errors/app-error.ts';
import type { Context } from '../../types/context.ts';
import { asTenantId, type TenantId } from '../../types/ids.ts';

/**
 * The tenant that a path names: the one in context, or any for an operator who works on the platform.
 * @throws AppError TENANT_NOT_FOUND for every other one, whether there is such a tenant or not
 */
export function tenantInContext({ scope }: Context, id: string): TenantId {
  if (scope.kind === 'platform') return asTenantId(id);
  if (scope.kind === 'self' || scope.tenantId !== id) throw appError('TENANT_NOT_FOUND');
  return scope.tenantId;
}
