import type { CreditedItem, CreditNote, CreditNoteItem } from '../../types/billing/credit-note.ts';
import type { Context, TenantContext, TenantTxContext } from '../../types/context.ts';
import type { TenantId } from '../../types/ids.ts';
import { formatAmount } from '../../utils/money.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

const COLUMNS = `
  note.tenant_id as "tenantId", note.id, note.invoice_id as "invoiceId", note.number, note.currency, note.reason, note.subtotal,
  note.tax_total as "taxTotal", note.rounding_amount as "roundingAmount", note.total, note.tax_lines as "taxLines",
  note.issued_at as "issuedAt", note.document_key as "documentKey"`;

/** The items of a note as JSON, whose numbers are texts so that no digit is lost. */
const ITEMS = `
  (select json_agg(json_build_object('invoiceItemId', item.invoice_item_id, 'description', item.description,
      'amount', item.amount::text, 'taxAmount', item.tax_amount::text, 'total', item.total::text) order by item.position)
    from credit_note_items item where item.tenant_id = note.tenant_id and item.credit_note_id = note.id) as items`;

const FIND_OF_INVOICE = statement(`
  select ${COLUMNS}, ${ITEMS} from credit_notes note
  where note.tenant_id = $1 and note.invoice_id = $2 order by note.issued_at, note.id`);
const FIND = statement(`
  select ${COLUMNS}, ${ITEMS} from credit_notes note where note.tenant_id = $1 and note.invoice_id = $2 and note.id = $3`);

const SUM_CREDITED = statement(`
  select item.invoice_item_id as "invoiceItemId", sum(item.amount) as amount, sum(item.tax_amount) as "taxAmount"
  from credit_notes note join credit_note_items item on item.tenant_id = note.tenant_id and item.credit_note_id = note.id
  where note.tenant_id = $1 and note.invoice_id = $2 group by item.invoice_item_id`);

const INSERT = statement(`
  with note as (
    insert into credit_notes (tenant_id, id, invoice_id, number, currency, reason, subtotal, tax_total, rounding_amount, total,
      tax_lines, issued_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
  )
  insert into credit_note_items (tenant_id, credit_note_id, position, invoice_item_id, description, amount, tax_amount, total)
  select $1, $2, item.position, item.invoice_item_id, item.description, item.amount, item.tax_amount, item.total
  from unnest($13::uuid[], $14::text[], $15::numeric[], $16::numeric[], $17::numeric[]) with ordinality
    as item (invoice_item_id, description, amount, tax_amount, total, position)`);

const SET_DOCUMENT = statement(
  'update credit_notes set document_key = $3 where tenant_id = $1 and id = $2 and document_key is null',
);

interface CreditNoteRow extends Omit<CreditNote, 'items'> {
  readonly items: readonly CreditNoteItem[] | null;
}

export type CreditNoteRepository = ReturnType<typeof createCreditNoteRepository>;

export function createCreditNoteRepository({ database }: { database: Database }) {
  return {
    /** The credit notes of an invoice, oldest first. */
    async listOfInvoice(ctx: Context, tenantId: TenantId, invoiceId: string): Promise<CreditNote[]> {
      const rows = await database.query<Pick<CreditNoteRow, keyof CreditNoteRow>>(ctx, FIND_OF_INVOICE, [
        tenantId,
        invoiceId,
      ]);
      return rows.map(toCreditNote);
    },

    async find(ctx: Context, tenantId: TenantId, invoiceId: string, id: string): Promise<CreditNote | null> {
      const [row] = await database.query<Pick<CreditNoteRow, keyof CreditNoteRow>>(ctx, FIND, [
        tenantId,
        invoiceId,
        id,
      ]);
      return row === undefined ? null : toCreditNote(row);
    },

    /** What was taken back of each line of an invoice. */
    sumCredited(ctx: TenantContext, invoiceId: string): Promise<CreditedItem[]> {
      return database.query<Pick<CreditedItem, keyof CreditedItem>>(ctx, SUM_CREDITED, [ctx.scope.tenantId, invoiceId]);
    },

    async insert(ctx: TenantTxContext, note: CreditNote): Promise<void> {
      const { items } = note;
      await database.execute(ctx, INSERT, [
        ctx.scope.tenantId,
        note.id,
        note.invoiceId,
        note.number,
        note.currency,
        note.reason,
        note.subtotal,
        note.taxTotal,
        note.roundingAmount,
        note.total,
        JSON.stringify(note.taxLines),
        note.issuedAt,
        items.map(({ invoiceItemId }) => invoiceItemId),
        items.map(({ description }) => description),
        items.map(({ amount }) => amount),
        items.map(({ taxAmount }) => taxAmount),
        items.map(({ total }) => total),
      ]);
    },

    /** @returns false when the note already has a document */
    async setDocument(ctx: TenantTxContext, id: string, documentKey: string): Promise<boolean> {
      return (await database.execute(ctx, SET_DOCUMENT, [ctx.scope.tenantId, id, documentKey])) > 0;
    },
  };
}

function toCreditNote(row: CreditNoteRow): CreditNote {
  const format = (amount: string): string => formatAmount(amount, row.currency);
  return {
    ...row,
    subtotal: format(row.subtotal),
    taxTotal: format(row.taxTotal),
    roundingAmount: format(row.roundingAmount),
    total: format(row.total),
    items: (row.items ?? []).map((item) => ({
      ...item,
      amount: format(item.amount),
      taxAmount: format(item.taxAmount),
      total: format(item.total),
    })),
  };
}
