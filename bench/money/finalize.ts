import { randomUUID } from 'node:crypto';
import { platformScope, systemContext } from '../../src/types/context-factory.ts';
import { measureBoundWork } from '../lib/bound-work.ts';
import type { MoneyProduct } from '../lib/money-product.ts';
import { fixed } from '../lib/table.ts';

const INVOICES = 20_000;
const TENANTS = 20;
const WARM_UP = 2000;
const ITEMS = 3;
const GOAL_PER_SECOND = 500;

/** Drafts with items and tax that are due now, of as many tenants. */
async function someDueDrafts({ admin }: MoneyProduct, tenants: number, invoices: number): Promise<void> {
  await admin.query(
    `with made as (
       insert into tenants (id, name, slug, email, country, currency, time_zone, locale, updated_at)
       select gen_random_uuid(), 'Bench', $1 || '-' || n, 'bench@rowhouse.example', 'IN', 'INR', 'Asia/Kolkata', 'en-IN', now()
       from generate_series(1, $2::int) n returning id
     ), drafted as (
       insert into invoices (tenant_id, id, currency, customer_name, customer_email, subtotal, discount_total, tax_total, total,
         tax_lines, payment_terms, finalizes_at, updated_at)
       select made.id, uuidv7(), 'INR', 'Lakeside', 'accounts@lakeside.example', 3000, 0, 540, 3540,
         '[{"name": "IGST", "rate": "18", "taxable": "3000.00", "amount": "540.00"}]', 14, now() - interval '1 second', now()
       from made, generate_series(1, $3::int) returning tenant_id, id
     )
     insert into invoice_items (tenant_id, id, invoice_id, position, description, quantity, unit_price, tax_rate, amount,
       discount_amount, tax_amount, total)
     select tenant_id, uuidv7(), id, position, 'Reading room', 1, 1000, 18, 1000, 0, 180, 1180
     from drafted, generate_series(1, ${ITEMS}) position`,
    [`bench-${randomUUID().slice(0, 8)}`, tenants, invoices / tenants],
  );
  await admin.query('vacuum (analyze) invoices, invoice_items');
}

const finalize = ({ container }: MoneyProduct) =>
  container.services.dueInvoices.finalizeDue(
    systemContext(platformScope, 'bench', 'invoice.finalized'),
    new AbortController().signal,
  );

/** What the books say of what was finalized. */
const STATE = `
  select (select count(*)::int from invoices where status = 'open') as open,
    (select count(*)::int from invoices where status = 'open') - (select sum(last_number)::int from invoice_sequences) as gaps,
    (select count(*)::int from ledger_transactions) as bookings,
    (select sum(amount)::text from ledger_entries) as balance,
    (select count(*)::int from outbox_events where type = 'invoice.finalized') as events`;

/**
 * What the bench says of finalization: drafts get their numbers, bookings, events and audit entries, 250 in a transaction, one
 * transaction after the other. PDFs are made later. The books must be right afterwards.
 */
export async function reportFinalization(product: MoneyProduct): Promise<string> {
  await someDueDrafts(product, 1, WARM_UP);
  await finalize(product);
  await someDueDrafts(product, TENANTS, INVOICES);
  const { result, seconds, binding } = await measureBoundWork(product.admin, () => finalize(product));
  if (result.finalized !== INVOICES) throw new Error(`${result.finalized} invoices were finalized, not ${INVOICES}`);
  const { rows } = await product.admin.query<Record<string, number | string>>(STATE);
  const state = rows[0] ?? {};
  const perSecond = INVOICES / seconds;
  const verdict = perSecond >= GOAL_PER_SECOND ? 'reached' : 'MISSED';
  return [
    `${INVOICES} invoices of ${TENANTS} tenants finalized: ${fixed(perSecond, 0)}/s; the goal of ${GOAL_PER_SECOND}/s is ${verdict} (${binding}).`,
    `Open: ${state.open}; gaps: ${state.gaps}; bookings: ${state.bookings}, which come to ${state.balance}; events: ${state.events}.`,
  ].join('\n');
}
