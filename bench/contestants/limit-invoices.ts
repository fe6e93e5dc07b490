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
      const [rows, items] = await Promise.all([
        database.query(statements.findInvoice, [tenantId, id]),
        database.query(statements.findItems, [tenantId, id]),
      ]);
      const [row] = rows;
      if (row === undefined) throw new Refusal(404, 'There is no such invoice');
      const { discountType, discountValue, documentKey: _documentKey, ...invoice } = row;
      for (const item of items) {
        item.quantity = withoutZeros(item.quantity);
        item.taxRate = withoutZeros(item.taxRate);
      }
      const discount = discountType === null ? null : { type: discountType, value: discountValue };
      return JSON.stringify({ success: true, data: { ...invoice, discount, items } });
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
        return { id: uuidv7(), ...item, ...amounts };
      });
      const column = (name: keyof (typeof items)[number]) => items.map((item) => item[name]);
      const amounts = [totals.subtotal, totals.discountTotal, totals.taxTotal, totals.total];
      const answer = draftAnswer({ id, tenantId, body, totals, items, now });
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
          query(statements.insertDraft, [
            ...[tenantId, id, currency, customer.name, customer.email, customer.taxId, customer.addressLines],
            ...[null, null, null, paymentTerms, ...amounts, now],
            ...[column('id'), column('description'), column('quantity'), column('unitPrice'), column('taxRate')],
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

/** "1.00" -> "1" */
const withoutZeros = (text: unknown): unknown => (typeof text === 'string' ? text.replace(/\.?0+$/, '') : text);

interface DraftParts {
  readonly id: string;
  readonly tenantId: string;
  readonly body: DraftRequest;
  readonly totals: ReturnType<typeof computeInvoiceTotals>;
  readonly items: readonly object[];
  readonly now: string;
}

function draftAnswer({ id, tenantId, body, totals, items, now }: DraftParts): string {
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
      total: totals.total,
      amountPaid: '0.00',
      amountDue: totals.total,
      issuedAt: null,
      dueAt: null,
      version: 1,
      createdAt: now,
      updatedAt: now,
      customerTaxId: taxId,
      customerAddressLines: addressLines,
      discount: null,
      notes: null,
      paymentTerms: body.paymentTerms,
      items,
    },
  });
}
