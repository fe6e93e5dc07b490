import { defineErrors } from './error-definition.ts';

export const paymentsErrors = defineErrors({
  PAYMENT_METHOD_NOT_FOUND: { status: 404, message: 'There is no such payment method.', action: 'caller' },
  PAYMENT_METHOD_UNKNOWN: {
    status: 422,
    message: 'The gateway knows no payment method by this token.',
    action: 'caller',
  },
  PAYMENT_METHOD_TAKEN: { status: 409, message: 'This payment method is there already.', action: 'caller' },
  PAYMENT_METHOD_IN_USE: {
    status: 409,
    message: 'A running subscription is paid with this payment method. Give the subscription another one first.',
    action: 'caller',
  },
  CARD_NUMBER_REFUSED: {
    status: 422,
    message: 'This looks like the number of a card. Send the token that the page of the gateway gives, never a number.',
    action: 'caller',
  },
  PAYMENT_AMOUNT_REFUSED: { status: 422, message: 'This amount can not be taken.', action: 'caller' },
  PAYMENT_CURRENCY_REFUSED: { status: 422, message: 'Payments in this currency can not be taken.', action: 'caller' },
  CHECKOUT_ADDRESS_REFUSED: {
    status: 422,
    message: 'Payers may not be sent to this address.',
    action: 'caller',
  },
  PAYMENT_NOT_FOUND: { status: 404, message: 'There is no such payment.', action: 'caller' },
  PAYMENT_NOT_FAILED: {
    status: 409,
    message: 'Only a failed payment of an invoice can be tried again.',
    action: 'caller',
  },
  PAYMENT_SUPERSEDED: { status: 409, message: 'A later payment of this invoice was tried already.', action: 'caller' },
  PAYMENT_METHOD_NEEDED: {
    status: 409,
    message: 'This needs a payment method, or another one than before.',
    action: 'caller',
  },
  PAYMENT_NOT_REFUNDABLE: { status: 409, message: 'Only a payment that succeeded can be refunded.', action: 'caller' },
  PAYMENT_DISPUTED: {
    status: 409,
    message: 'This payment is disputed: its money has gone back already.',
    action: 'caller',
  },
  REFUND_EXCEEDS_PAYMENT: { status: 409, message: 'This is more than is left of the payment.', action: 'caller' },
  PAYMENT_DATE_REFUSED: {
    status: 422,
    message: 'A payment is made after its invoice, and not in the future.',
    action: 'caller',
  },
  PAYMENT_REFERENCE_TAKEN: {
    status: 409,
    message: 'A payment with this reference is there already.',
    action: 'caller',
  },
  PAYMENT_IN_PROGRESS: { status: 409, message: 'A payment of this invoice is already under way.', action: 'caller' },
  PAYMENT_GATEWAY_UNAVAILABLE: {
    status: 503,
    message: 'The payment gateway does not answer. Try again in a moment.',
    action: 'operator',
  },
  PAYMENT_GATEWAY_REFUSED: {
    status: 502,
    message: 'The payment gateway does not take the request.',
    action: 'operator',
  },
  CHECKOUT_EXPIRED: { status: 409, message: 'The page for this payment has expired.', action: 'caller' },
  GATEWAY_EVENT_DROPPED: {
    status: 409,
    message: 'The body of this event was dropped: it can not be applied again.',
    action: 'caller',
  },
  GATEWAY_EVENT_NOT_FOUND: { status: 404, message: 'There is no such event of a gateway.', action: 'caller' },
});
