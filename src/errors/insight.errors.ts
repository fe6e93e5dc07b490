import { defineErrors } from './error-definition.ts';

export const insightErrors = defineErrors({
  AUDIT_ENTRY_NOT_FOUND: { status: 404, message: 'There is no such audit entry.', action: 'caller' },
});
