import type { MoneyCheck } from '../../types/money-check.ts';
import type { Database } from '../base/database.ts';
import { bookingsDiffer, type ComparisonSpec, createMoneyCheck } from '../base/money-check.ts';

const CUSTODIAN = `case payment.gateway when 'external' then 'bank' else 'gateway' end`;
const PAYMENT_OF = (subject: string): string =>
  `payments payment on payment.tenant_id = ${subject}.tenant_id and payment.id = ${subject}.payment_id`;

const BOOKINGS: readonly ComparisonSpec[] = [
  {
    code: 'payment_booking',
    differing: (inScope) =>
      bookingsDiffer(
        inScope,
        'payment',
        `select tenant_id, id, currency, line.account, line.amount
         from payments payment, lateral (values
           (${CUSTODIAN}, amount - gateway_fee), ('bookings', 1),
           ('gateway_fee', case purpose when 'invoice' then gateway_fee else 0 end),
           ('receivable', case purpose when 'invoice' then -amount else 0 end),
           ('owed_to_tenant', case purpose when 'collection' then -net_amount else 0 end),
           ('platform_fee', case purpose when 'collection' then -platform_fee else 0 end)
         ) line (account, amount)
         where status = 'succeeded' and ${inScope('payment')}`,
      ),
  },
  {
    code: 'refund_booking',
    differing: (inScope) =>
      bookingsDiffer(
        inScope,
        'refund',
        `select refund.tenant_id, refund.id, refund.currency, line.account, line.amount
         from refunds refund join ${PAYMENT_OF('refund')}, lateral (values
           (${CUSTODIAN}, -refund.amount), ('bookings', 1),
           (case purpose when 'collection' then 'owed_to_tenant' else 'refunds' end, refund.amount)
         ) line (account, amount)
         where refund.status = 'succeeded' and ${inScope('refund')} and ${inScope('payment')}`,
        // How much of it a credit note had given the tenant depends on what came first.
        `case entry.account when 'receivable' then 'refunds' else entry.account end`,
      ),
  },
  {
    code: 'dispute_booking',
    differing: (inScope) =>
      bookingsDiffer(
        inScope,
        'dispute',
        `select dispute.tenant_id, dispute.id, dispute.currency, line.account, line.amount
         from disputes dispute join ${PAYMENT_OF('dispute')}, lateral (select
             case dispute.status when 'won' then 0 else dispute.amount + dispute.fee end as taken
           ) state, lateral (values
             (case purpose when 'collection' then 'owed_to_tenant' else 'disputes' end, taken), ('gateway', -taken),
             ('bookings', case dispute.status when 'won' then 2 else 1 end)
           ) line (account, amount)
         where ${inScope('dispute')} and ${inScope('payment')}`,
      ),
  },
  {
    code: 'settlement_booking',
    differing: (inScope) =>
      // How many bookings there are depends on how far it had come before it ended.
      `select * from (${bookingsDiffer(
        inScope,
        'settlement',
        `select tenant_id, id, currency, line.account, line.amount
         from settlements, lateral (values
           ('owed_to_tenant', net_amount), (case status when 'settled' then 'bank' else 'settlement_transit' end, -net_amount)
         ) line (account, amount)
         where status in ('approved', 'settled') and ${inScope('settlements')}`,
      )}) as differing where aspect <> 'bookings'`,
  },
];

const COLUMNS = (surplusReason: string): readonly ComparisonSpec[] => [
  {
    code: 'invoice_amount_paid',
    values: [surplusReason],
    // What an invoice did not take goes back by itself, in a refund that nobody asked for.
    differing: (inScope) => `
      select invoice.tenant_id, 'invoice' as subject_type, invoice.id as subject_id, 'amountPaid' as aspect, invoice.currency,
        coalesce(applied.amount, 0) as expected, invoice.amount_paid as found
      from invoices invoice left join (
        select payment.tenant_id, payment.invoice_id, sum(payment.amount - coalesce(surplus.amount, 0)) as amount
        from payments payment left join (
          select tenant_id, payment_id, sum(amount) as amount from refunds
          where reason = $1 and created_by is null and ${inScope('refunds')} group by tenant_id, payment_id
        ) surplus on surplus.tenant_id = payment.tenant_id and surplus.payment_id = payment.id
        where payment.status = 'succeeded' and payment.invoice_id is not null and ${inScope('payment')}
        group by payment.tenant_id, payment.invoice_id
      ) applied on applied.tenant_id = invoice.tenant_id and applied.invoice_id = invoice.id
      where ${inScope('invoice')} and invoice.amount_paid <> coalesce(applied.amount, 0)`,
  },
  {
    code: 'payment_amount_refunded',
    differing: (inScope) => `
      select payment.tenant_id, 'payment' as subject_type, payment.id as subject_id, 'amountRefunded' as aspect,
        payment.currency, coalesce(refunded.amount, 0) as expected, payment.amount_refunded as found
      from payments payment left join (
        select tenant_id, payment_id, sum(amount) as amount from refunds
        where status in ('pending', 'succeeded') and ${inScope('refunds')} group by tenant_id, payment_id
      ) refunded on refunded.tenant_id = payment.tenant_id and refunded.payment_id = payment.id
      where ${inScope('payment')} and payment.amount_refunded <> coalesce(refunded.amount, 0)`,
  },
];

const BALANCES: readonly ComparisonSpec[] = [
  {
    code: 'receivable_balance',
    // What is due, less what came in for invoices that did not take it; refunds are compared with what they give back below.
    differing: (inScope) => `
      with expected as (
        select tenant_id, currency, sum(amount) as amount from (
          select tenant_id, currency, amount_paid + case when status in ('open', 'paid')
            then total - amount_paid - amount_credited else 0 end as amount
          from invoices where status <> 'draft' and ${inScope('invoices')}
          union all
          select tenant_id, currency, -amount from payments
          where status = 'succeeded' and purpose = 'invoice' and ${inScope('payments')}
        ) due group by tenant_id, currency
      ), found as (
        select entry.tenant_id, currency, sum(amount) as amount from ledger_entries entry
          join ledger_transactions booking on booking.tenant_id = entry.tenant_id and booking.id = entry.transaction_id
        where account = 'receivable' and booking.subject_type <> 'refund' and ${inScope('entry')} and ${inScope('booking')}
        group by entry.tenant_id, currency
      )
      select tenant_id, 'account' as subject_type, 'receivable' as subject_id, 'balance' as aspect, currency,
        coalesce(expected.amount, 0) as expected, coalesce(found.amount, 0) as found
      from expected full join found using (tenant_id, currency) where coalesce(expected.amount, 0) <> coalesce(found.amount, 0)`,
  },
  {
    code: 'refund_over_credit',
    // A refund that no credit note explains is an expense, and leaves nothing due of its invoice.
    differing: (inScope) => `
      with given_back as (
        select payment.tenant_id, payment.invoice_id, sum(entry.amount) as amount
        from ledger_transactions booking
          join ledger_entries entry on entry.tenant_id = booking.tenant_id and entry.transaction_id = booking.id
          join refunds refund on refund.tenant_id = booking.tenant_id and refund.id = booking.subject_id
          join ${PAYMENT_OF('refund')}
        where booking.subject_type = 'refund' and entry.account = 'receivable'
          and ${inScope('booking')} and ${inScope('entry')} and ${inScope('refund')} and ${inScope('payment')}
        group by payment.tenant_id, payment.invoice_id
      ), paid as (
        select tenant_id, invoice_id, sum(amount) as amount from payments
        where status = 'succeeded' and invoice_id is not null and ${inScope('payments')} group by tenant_id, invoice_id
      )
      select invoice.tenant_id, 'invoice' as subject_type, invoice.id as subject_id, 'refundedFromCredit' as aspect,
        invoice.currency, credit.amount as expected, given_back.amount as found
      from given_back join invoices invoice on invoice.tenant_id = given_back.tenant_id and invoice.id = given_back.invoice_id
        join paid on paid.tenant_id = given_back.tenant_id and paid.invoice_id = given_back.invoice_id,
        lateral (select greatest(0, paid.amount - invoice.amount_paid - case when invoice.status in ('open', 'paid')
          then invoice.total - invoice.amount_paid - invoice.amount_credited else 0 end) as amount) credit
      where ${inScope('invoice')} and given_back.amount > credit.amount`,
  },
  {
    code: 'owed_to_tenant_balance',
    differing: (inScope) => `
      with expected as (
        select tenant_id, currency, sum(amount) as amount from (
          select tenant_id, currency, -net_amount as amount from payments
          where status = 'succeeded' and purpose = 'collection' and ${inScope('payments')}
          union all
          select refund.tenant_id, refund.currency, refund.amount from refunds refund join ${PAYMENT_OF('refund')}
          where refund.status = 'succeeded' and purpose = 'collection' and ${inScope('refund')} and ${inScope('payment')}
          union all
          select dispute.tenant_id, dispute.currency, dispute.amount + dispute.fee from disputes dispute
            join ${PAYMENT_OF('dispute')}
          where dispute.status <> 'won' and purpose = 'collection' and ${inScope('dispute')} and ${inScope('payment')}
          union all
          select tenant_id, currency, net_amount from settlements
          where status in ('approved', 'settled') and ${inScope('settlements')}
        ) owed group by tenant_id, currency
      ), found as (
        select tenant_id, currency, sum(amount) as amount from ledger_entries
        where account = 'owed_to_tenant' and ${inScope('ledger_entries')} group by tenant_id, currency
      )
      select tenant_id, 'account' as subject_type, 'owed_to_tenant' as subject_id, 'balance' as aspect, currency,
        coalesce(expected.amount, 0) as expected, coalesce(found.amount, 0) as found
      from expected full join found using (tenant_id, currency) where coalesce(expected.amount, 0) <> coalesce(found.amount, 0)`,
  },
];

/**
 * What must hold of payments, refunds, disputes and settlements, with their bookings and with invoices.
 * @param surplusReason why the product itself refunds what an invoice did not take
 */
export const createPaymentChecks = ({
  database,
  surplusReason,
}: {
  readonly database: Database;
  readonly surplusReason: string;
}): MoneyCheck[] =>
  [...BOOKINGS, ...COLUMNS(surplusReason), ...BALANCES].map((spec) => createMoneyCheck(database, spec));
