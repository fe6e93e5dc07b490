import { defineErrors } from './error-definition.ts';

export const tenancyErrors = defineErrors({
  TENANT_NOT_FOUND: { status: 404, message: 'There is no such tenant.', action: 'caller' },
  TENANT_ACCESS_DENIED: { status: 403, message: 'You are not working for this tenant.', action: 'caller' },
  TENANT_SUSPENDED: { status: 403, message: 'This tenant is suspended.', action: 'caller' },
  TENANT_SLUG_TAKEN: { status: 409, message: 'Another tenant has this slug.', action: 'caller' },
  TENANT_STATE_CONFLICT: { status: 409, message: "The tenant's state does not allow this.", action: 'caller' },
});
