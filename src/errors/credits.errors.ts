import { defineErrors } from './error-definition.ts';

export const creditsErrors = defineErrors({
  CREDIT_WALLET_NOT_FOUND: { status: 404, message: 'There is no such wallet.', action: 'caller' },
  CREDITS_INSUFFICIENT: { status: 409, message: 'There are not enough credits.', action: 'caller' },
  CREDITS_STOCK_INSUFFICIENT: {
    status: 409,
    message: 'The master wallet does not have as many credits: top it up first.',
    action: 'caller',
  },
  CREDITS_EXPIRY_PAST: { status: 422, message: 'Credits can only expire in the future.', action: 'caller' },
  CREDITS_TRANSFER_TO_ITSELF: {
    status: 422,
    message: 'Credits are transferred to another wallet, not to the same one.',
    action: 'caller',
  },
  CREDITS_RESERVATION_NOT_FOUND: { status: 404, message: 'There is no such reservation.', action: 'caller' },
  CREDITS_RESERVATION_COMMITTED: { status: 409, message: 'This reservation has been committed.', action: 'caller' },
  CREDITS_RESERVATION_RELEASED: { status: 409, message: 'This reservation has been released.', action: 'caller' },
  CREDITS_RESERVATION_EXPIRED: { status: 409, message: 'This reservation has expired.', action: 'caller' },
  CREDITS_RESERVATION_EXCEEDED: {
    status: 422,
    message: 'No more can be committed than was reserved.',
    action: 'caller',
  },
});
