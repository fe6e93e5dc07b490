import type { MoneyCheck } from '../../types/money-check.ts';
import type { Database } from '../base/database.ts';
import { bookingsDiffer, type ComparisonSpec, createMoneyCheck } from '../base/money-check.ts';

const LEDGER: readonly ComparisonSpec[] = [
  {
    code: 'trial_balance',
    differing: (inScope) => `
      select tenant_id, 'ledger' as subject_type, null::uuid as subject_id, 'balance' as aspect, currency, 0 as expected,
        sum(amount) as found
      from ledger_entries where ${inScope('ledger_entries')} group by tenant_id, currency having sum(amount) <> 0`,
  },
  {
    code: 'booking_unbalanced',
    differing: (inScope) => `
      select tenant_id, 'booking' as subject_type, transaction_id as subject_id, 'balance' as aspect, currency, 0 as expected,
        sum(amount) as found
      from ledger_entries where ${inScope('ledger_entries')} group by tenant_id, transaction_id, currency having sum(amount) <> 0
      union all
      select tenant_id, 'booking', id, 'lines', null, 2, 0 from ledger_transactions booking
      where ${inScope('booking')} and not exists (select from ledger_entries entry
        where entry.tenant_id = booking.tenant_id and entry.transaction_id = booking.id)`,
  },
  {
    code: 'reversal_inexact',
    differing: (inScope) => `
      select reversal.tenant_id, 'booking' as subject_type, reversal.id as subject_id, entry.account as aspect, entry.currency,
        0 as expected, sum(entry.amount) as found
      from ledger_transactions reversal
        join ledger_entries entry
          on entry.tenant_id = reversal.tenant_id and entry.transaction_id in (reversal.id, reversal.reverses_id)
      where reversal.reverses_id is not null and ${inScope('reversal')} and ${inScope('entry')}
      group by reversal.tenant_id, reversal.id, entry.account, entry.currency having sum(entry.amount) <> 0`,
  },
];

/** What the bookings of invoices come to by their state: nothing of a voided one, which is booked and taken back. */
const INVOICES: ComparisonSpec = {
  code: 'invoice_booking',
  differing: (inScope) =>
    bookingsDiffer(
      inScope,
      'invoice',
      `select tenant_id, id, currency, line.account, line.amount
       from invoices, lateral (select
           case status when 'draft' then 0 when 'void' then 0 else 1 end as stands,
           case status when 'uncollectible' then total - amount_paid - amount_credited else 0 end as given_up,
           case when status = 'draft' or (total = 0 and tax_total = 0 and rounding_amount = 0) then 0
             when status in ('void', 'uncollectible') then 2 else 1 end as bookings
         ) state, lateral (values
           ('receivable', stands * total - given_up), ('revenue', stands * (discount_total - subtotal)),
           ('tax', -stands * tax_total), ('rounding', -stands * rounding_amount), ('bad_debt', given_up), ('bookings', bookings)
         ) line (account, amount)
       where ${inScope('invoices')}`,
    ),
};

const CREDIT_NOTES: readonly ComparisonSpec[] = [
  {
    code: 'credit_note_booking',
    differing: (inScope) =>
      bookingsDiffer(
        inScope,
        'credit_note',
        `select tenant_id, id, currency, line.account, line.amount
         from credit_notes, lateral (values
           ('receivable', -total), ('revenue', subtotal), ('tax', tax_total), ('rounding', rounding_amount),
           ('bookings', case when total = 0 then 0 else 1 end)
         ) line (account, amount)
         where ${inScope('credit_notes')}`,
      ),
  },
  {
    code: 'invoice_amount_credited',
    differing: (inScope) => `
      select invoice.tenant_id, 'invoice' as subject_type, invoice.id as subject_id, 'amountCredited' as aspect,
        invoice.currency, coalesce(note.total, 0) as expected, invoice.amount_credited as found
      from invoices invoice left join (
        select tenant_id, invoice_id, sum(total) as total from credit_notes where ${inScope('credit_notes')}
        group by tenant_id, invoice_id
      ) note on note.tenant_id = invoice.tenant_id and note.invoice_id = invoice.id
      where ${inScope('invoice')} and invoice.amount_credited <> coalesce(note.total, 0)`,
  },
];

/** From 1 to the last number that was given, each once: numbers are `<series>-<financial year>-<count>`. */
const NUMBERS: ComparisonSpec = {
  code: 'number_gap',
  differing: (inScope) => `
    with given as (
      select tenant_id, parts[1] || '-' || parts[2] as series, parts[3]::bigint as count from (
        select tenant_id, regexp_match(number, '^(.+)-([0-9]+)-([0-9]+)$') as parts from (
          select tenant_id, number from invoices where number is not null and ${inScope('invoices')}
          union all select tenant_id, number from credit_notes where ${inScope('credit_notes')}
        ) numbered
      ) read
    ), used as (
      select tenant_id, series, count(*) as numbers, min(count) as first, max(count) as last from given group by tenant_id, series
    ), sequences as (
      select tenant_id, series || '-' || financial_year as series, last_number from invoice_sequences
      where ${inScope('invoice_sequences')}
    )
    select tenant_id, 'series' as subject_type, series as subject_id, line.aspect, null as currency, line.expected, line.found
    from used full join sequences using (tenant_id, series), lateral (values
      ('numbers', coalesce(last_number, 0), coalesce(numbers, 0)), ('lastNumber', coalesce(last_number, 0), coalesce(last, 0)),
      ('firstNumber', case when last_number > 0 then 1 else 0 end, coalesce(first, 0))
    ) line (aspect, expected, found)
    where line.expected <> line.found`,
};

/** What must hold of the ledger, of invoices and of credit notes. */
export const createInvoiceChecks = ({ database }: { readonly database: Database }): MoneyCheck[] =>
  [...LEDGER, INVOICES, ...CREDIT_NOTES, NUMBERS].map((spec) => createMoneyCheck(database, spec));
