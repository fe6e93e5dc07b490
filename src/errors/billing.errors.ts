import { defineErrors } from './error-definition.ts';

export const billingErrors = defineErrors({
  PLAN_NOT_FOUND: { status: 404, message: 'There is no such plan.', action: 'caller' },
  PLAN_CODE_TAKEN: { status: 409, message: 'Another plan has this code.', action: 'caller' },
  PLAN_ARCHIVED: { status: 409, message: 'This plan is archived.', action: 'caller' },
  PLAN_UNAVAILABLE: { status: 422, message: 'This plan can not be subscribed to.', action: 'caller' },
  INVOICE_NOT_FOUND: { status: 404, message: 'There is no such invoice.', action: 'caller' },
  INVOICE_NOT_DRAFT: { status: 409, message: 'Only a draft can be changed.', action: 'caller' },
  INVOICE_IS_DRAFT: { status: 409, message: 'A draft has no document yet: send it first.', action: 'caller' },
  INVOICE_DISCOUNT_TOO_LARGE: {
    status: 422,
    message: 'The discount is larger than the amount it applies to.',
    action: 'caller',
  },
  INVOICE_AMOUNT_TOO_LARGE: {
    status: 422,
    message: 'The amount is larger than an invoice can hold.',
    action: 'caller',
  },
  INVOICE_DOCUMENT_BUSY: {
    status: 503,
    message: 'Many documents are being made right now. Try again in a moment.',
    action: 'operator',
  },
});
