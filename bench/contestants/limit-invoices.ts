import { createHash } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { invariant } from '../../src/errors/app-error.ts';
import { computeInvoiceTotals } from '../../src/utils/invoice-totals.ts';
import type { Caller } from './limit-callers.ts';
import type { LimitDatabase } from './limit-database.ts';
import { type DraftRequest, Refusal } from './limit-requests.ts';
import type { ProductStatements } from './product-statements.ts';

export interface LimitInvoicesDeps {
  readonly database: LimitDatabase;
  readonly statements: ProductStatements;
}

const DAY_MS = 86_400_000;

/** W1, W2 and W3 by hand: the same statements and answers, and nothing else. */
export function createLimitInvoices({ database, statements }: LimitInvoicesDeps) {
  return {
    async list({ tenantId }: Caller, page: number, limit: number): Promise<string> {
      const [data, counted] = await Promise.all([
        database.query(statements.listInvoices, [tenantId, limit, (page - 1) * limit]),
        database.query(statements.countInvoices, [tenantId]),
      ]);
      const total = Number(counted[0]?.total);
      const meta = { page, limit, total, totalPages: Math.ceil(total / limit) };
      return JSON.stringify({ success: true, data, meta });
    },

    async get({ tenantId }: Caller, id: string): Promise<string> {
      const [rows, items, creditNotes, payments] = await Promise.all([
        database.query(statements.findInvoice, [tenantId, id]),
        database.query(statements.findItems, [tenantId, id]),
        database.query(statements.listCreditNotes, [tenantId, id]),
        database.query(statements.listPayments, [tenantId, id]),
      ]);
      const [row] = rows;
      if (row === undefined) throw new Refusal(404, 'There is no such invoice');
      const { discountType, discountValue, documentKey: _documentKey, ...invoice } = row;
      for (const item of items) {
        item.quantity = withoutZeros(item.quantity);
        item.taxRate = withoutZeros(item.taxRate);
      }
      const discount = discountType === null ? null : { type: discountType, value: discountValue };
      return JSON.stringify({ success: true, data: { ...invoice, discount, items, creditNotes, payments } });
    },

    async create(caller: Caller, key: string, body: DraftRequest): Promise<string> {
      const { tenantId } = caller;
      const { currency, customer, paymentTerms } = body;
      const totals = computeInvoiceTotals({ currency, items: body.items });
      const now = new Date().toISOString();
      const id = uuidv7();
      const items = body.items.map((item, index) => {
        const { taxableAmount: _taxableAmount, ...amounts } = invariant(
          totals.items[index],
          'Every item has its totals',
        );
        const { description, ...figures } = item;
        return { ...NO_PERIOD, id: uuidv7(), kind: 'one_off', description, ...figures, ...amounts };
      });
      const taxLines = totals.taxLines.map((line) => ({ name: 'Tax', ...line }));
      const column = (name: keyof (typeof items)[number]) => items.map((item) => item[name]);
      const amounts = [totals.subtotal, totals.discountTotal, totals.taxTotal, totals.roundingAmount, totals.total];
      const answer = draftAnswer({ id, tenantId, body, totals, taxLines, items, now });
      const fingerprint = createHash('sha256')
        .update(JSON.stringify([caller.userId, 'createInvoice', body]))
        .digest();
      const lock = createHash('sha256').update(`${tenantId}\ncreateInvoice\n${key}`).digest().readBigUInt64BE() >> 1n;
      const changes = {
        after: {
          number: null,
          status: 'draft',
          currency,
          customerName: customer.name,
          total: totals.total,
          dueAt: null,
        },
      };

      await database.onConnection(async (query) => {
        const claimValues = [
          lock.toString(),
          tenantId,
          'createInvoice',
          key,
          fingerprint,
          new Date(Date.now() + DAY_MS),
        ];
        const [, [claim]] = await Promise.all([query('begin', []), query(statements.claimKey, claimValues)]);
        if (claim?.held !== true || claim.claimed !== true) {
          await query('rollback', []);
          throw new Refusal(409, 'The key is taken');
        }
        await Promise.all([
          query(statements.findTenant, [tenantId]),
          query(statements.findTaxRates, [null, tenantId, []]),
        ]);
        await Promise.all([
          query(statements.insertDraft, [
            ...[tenantId, id, currency, customer.name, customer.email, customer.taxId, customer.addressLines],
            ...[null, null, null, null, 'manual', null, null, 'exclusive', 'total', null, JSON.stringify(taxLines)],
            ...[null, paymentTerms, null, ...amounts, now],
            ...[column('id'), column('kind'), column('description'), column('productCode')],
            ...[column('periodStart'), column('periodEnd'), column('quantity'), column('unitPrice'), column('taxRate')],
            ...[column('amount'), column('discountAmount'), column('taxAmount'), column('total')],
          ]),
          query(statements.appendAudit, [
            ...[tenantId, uuidv7(), now, 'invoice.created', 'invoice', id, 'user', caller.userId, caller.name, null],
            ...[caller.sessionId, uuidv7(), '127.0.0.1', null, JSON.stringify(changes)],
          ]),
          query(statements.completeKey, [tenantId, 'createInvoice', key, 201, answer]),
          query('commit', []),
        ]);
      });
      return answer;
    },
  };
}

/** What the bench's lines do not say. */
const NO_PERIOD = { productCode: null, periodStart: null, periodEnd: null } as const;

/** "1.00" -> "1" */
const withoutZeros = (text: unknown): unknown => (typeof text === 'string' ? text.replace(/\.?0+$/, '') : text);

interface DraftParts {
  readonly id: string;
  readonly tenantId: string;
  readonly body: DraftRequest;
  readonly totals: ReturnType<typeof computeInvoiceTotals>;
  readonly taxLines: readonly object[];
  readonly items: readonly object[];
  readonly now: string;
}

function draftAnswer({ id, tenantId, body, totals, taxLines, items, now }: DraftParts): string {
  const { name, email, taxId, addressLines } = body.customer;
  return JSON.stringify({
    success: true,
    data: {
      id,
      tenantId,
      number: null,
      status: 'draft',
      currency: body.currency,
      customerName: name,
      customerEmail: email,
      subtotal: totals.subtotal,
      discountTotal: totals.discountTotal,
      taxTotal: totals.taxTotal,
      roundingAmount: totals.roundingAmount,
      total: totals.total,
      amountPaid: '0.00',
      amountCredited: '0.00',
      amountDue: totals.total,
      subscriptionId: null,
      billingReason: 'manual',
      issuedAt: null,
      dueAt: null,
      paidAt: null,
      version: 1,
      createdAt: now,
      updatedAt: now,
      customerTaxId: taxId,
      customerAddressLines: addressLines,
      discount: null,
      couponId: null,
      periodStart: null,
      periodEnd: null,
      taxBehavior: 'exclusive',
      taxRounding: 'total',
      placeOfSupply: null,
      taxLines,
      voidedAt: null,
      writtenOffAt: null,
      finalizesAt: null,
      notes: null,
      paymentTerms: body.paymentTerms,
      items,
      creditNotes: [],
      payments: [],
    },
  });
}
