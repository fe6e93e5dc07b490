import type { PaymentFailureClass } from '../../types/payments/gateway.ts';

/**
 * What can be done about a decline, by Stripe's decline codes and error codes (https://docs.stripe.com/declines/codes).
 * `hard`: this card will never do; a network may fine whoever tries it again. `soft`: it may do another day. `authentication`: its
 * owner must be there. `gateway`: nothing is wrong with the card. A code that is not here is soft, as `generic_decline` is.
 */
const classOfCode: Readonly<Record<string, PaymentFailureClass>> = {
  card_not_supported: 'hard',
  currency_not_supported: 'hard',
  do_not_try_again: 'hard',
  expired_card: 'hard',
  fraudulent: 'hard',
  highest_risk_level: 'hard',
  incorrect_address: 'hard',
  incorrect_cvc: 'hard',
  incorrect_number: 'hard',
  incorrect_zip: 'hard',
  invalid_account: 'hard',
  invalid_cvc: 'hard',
  invalid_expiry_month: 'hard',
  invalid_expiry_year: 'hard',
  invalid_number: 'hard',
  lost_card: 'hard',
  merchant_blacklist: 'hard',
  new_account_information_available: 'hard',
  payment_method_customer_decline: 'hard',
  pickup_card: 'hard',
  restricted_card: 'hard',
  revocation_of_all_authorizations: 'hard',
  revocation_of_authorization: 'hard',
  security_violation: 'hard',
  service_not_allowed: 'hard',
  stolen_card: 'hard',
  stop_payment_order: 'hard',
  testmode_decline: 'hard',
  transaction_not_allowed: 'hard',

  authentication_not_handled: 'authentication',
  authentication_required: 'authentication',
  mobile_device_authentication_required: 'authentication',
  offline_pin_required: 'authentication',
  online_or_offline_pin_required: 'authentication',
  payment_intent_authentication_failure: 'authentication',

  issuer_not_available: 'gateway',
  payment_method_not_available: 'gateway',
  payment_method_provider_timeout: 'gateway',
  processing_error: 'gateway',
  reenter_transaction: 'gateway',

  approve_with_id: 'soft',
  call_issuer: 'soft',
  card_velocity_exceeded: 'soft',
  do_not_honor: 'soft',
  duplicate_transaction: 'soft',
  generic_decline: 'soft',
  insufficient_funds: 'soft',
  invalid_amount: 'soft',
  no_action_taken: 'soft',
  not_permitted: 'soft',
  payment_method_provider_decline: 'soft',
  try_again_later: 'soft',
  withdrawal_count_limit_exceeded: 'soft',
};

/** The class of a decline; its decline code says more than its error code. */
export const declineClassOf = (...codes: ReadonlyArray<string | null | undefined>): PaymentFailureClass => {
  for (const code of codes) {
    const known = code == null || !Object.hasOwn(classOfCode, code) ? undefined : classOfCode[code];
    if (known !== undefined) return known;
  }
  return 'soft';
};
