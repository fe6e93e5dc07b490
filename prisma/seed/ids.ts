const TABLES = [
  'plans',
  'tenants',
  'users',
  'memberships',
  'subscriptions',
  'credit_wallets',
  'invoices',
  'invoice_items',
  'audit_entries',
  'libraries',
  'platform_users',
  'credit_operations',
  'credit_grants',
  'tax_rates',
  'payments',
  'ledger_transactions',
] as const;

export type SeededTable = (typeof TABLES)[number];

/** 48 bits of milliseconds, as UUIDv7 begins: a moment in December 2025. */
const TIMESTAMP = '019b7000-0000';

/**
 * The id of a table's n-th demo row, in the form of a UUIDv7 (RFC 9562, 5.7): the same in every installation, so that
 * documents can name it.
 */
export function seededId(table: SeededTable, count: number): string {
  const tableNumber = (TABLES.indexOf(table) + 1).toString(16).padStart(3, '0');
  return `${TIMESTAMP}-7${tableNumber}-8000-${count.toString(16).padStart(12, '0')}`;
}

/** Gives the ids of a table one after the other, from 1 on. */
export function createIds(table: SeededTable): () => string {
  let count = 0;
  return () => {
    count += 1;
    return seededId(table, count);
  };
}
