/** From when to when, ISO 8601; the end is not part of it. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

/** What payments of one currency came to in a period. Amounts are decimal strings. */
export interface CurrencyFigures {
  readonly currency: string;
  readonly succeeded: CountAndAmount;
  readonly failed: CountAndAmount;
  readonly refunded: CountAndAmount;
  readonly disputed: CountAndAmount;
  readonly gatewayFees: string;
  readonly platformFees: string;
  readonly netAmount: string;
  /** Succeeded of those that succeeded or failed, percent with two decimals; null where none did. */
  readonly successRate: string | null;
  readonly methods: readonly (CountAndAmount & { readonly method: string })[];
  readonly failures: readonly (CountAndAmount & { readonly failureClass: string })[];
}

export interface CountAndAmount {
  readonly count: number;
  readonly amount: string;
}

/** A line of the report: payments that succeeded, of one period, currency, purpose and method. */
export interface PaymentReportRow {
  /** `2026-11-20`, or `2026-11` by months. */
  readonly period: string;
  readonly currency: string;
  readonly purpose: string;
  readonly method: string;
  readonly payments: number;
  readonly amount: string;
  readonly refunded: string;
  readonly gatewayFees: string;
  readonly platformFees: string;
  readonly netAmount: string;
}
