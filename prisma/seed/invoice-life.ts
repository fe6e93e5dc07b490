import type { InvoiceStatus } from '../../src/types/billing/invoice.ts';
import { DAY_MS, daysAfter } from './calendar.ts';
import type { Random } from './random.ts';

/** How an invoice has fared by the anchor. */
export interface InvoiceLife {
  readonly status: InvoiceStatus;
  /** Part of the total that has been paid. */
  readonly paid: 'all' | 'half' | 'nothing';
  readonly paidAt: Date | null;
  readonly voidedAt: Date | null;
  readonly writtenOffAt: Date | null;
  /** Changes since it was a draft, plus one. */
  readonly version: number;
}

export interface IssuedInvoice {
  readonly issuedAt: Date;
  readonly dueAt: Date;
  /** Whether the customer has stopped paying. */
  readonly inArrears: boolean;
}

/** An invoice that is this long overdue has been written off. */
const WRITTEN_OFF_AFTER_DAYS = 120;

/** What has not happened to an invoice. */
export const NEVER = { paidAt: null, voidedAt: null, writtenOffAt: null } as const;

/** Most invoices are paid in time; some are late, a few are void or written off. */
export function lifeOf({ issuedAt, dueAt, inArrears }: IssuedInvoice, anchor: Date, random: Random): InvoiceLife {
  const open: InvoiceLife = { status: 'open', paid: 'nothing', ...NEVER, version: 2 };
  if (random.chance(3)) return closed('void', issuedAt, anchor, random);
  if (inArrears) return open;
  if (dueAt > anchor) return random.chance(45) ? closed('paid', issuedAt, anchor, random) : open;
  if (random.chance(96)) return closed('paid', issuedAt, dueAt, random);
  const daysOverdue = (anchor.getTime() - dueAt.getTime()) / DAY_MS;
  if (daysOverdue > WRITTEN_OFF_AFTER_DAYS) {
    return { ...open, status: 'uncollectible', writtenOffAt: daysAfter(dueAt, WRITTEN_OFF_AFTER_DAYS), version: 3 };
  }
  return random.chance(40) ? { ...open, paid: 'half', version: 3 } : open;
}

function closed(status: 'paid' | 'void', from: Date, to: Date, random: Random): InvoiceLife {
  const hours = Math.max(Math.floor((to.getTime() - from.getTime()) / (DAY_MS / 24)) - 1, 0);
  const at = daysAfter(from, random.integer(0, hours) / 24);
  return status === 'paid'
    ? { status, paid: 'all', ...NEVER, paidAt: at, version: 3 }
    : { status, paid: 'nothing', ...NEVER, voidedAt: at, version: 3 };
}
