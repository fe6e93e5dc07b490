import { z } from 'zod';
import { ledgerAccounts, ledgerSubjects } from '../../types/billing/ledger.ts';
import { currency, currencyInput, id, timestamp, timestampInput } from '../common/fields.schema.ts';
import { sliceQuery } from '../common/page.schema.ts';

const LedgerAccountField = z.enum(ledgerAccounts).meta({ id: 'LedgerAccount', example: 'receivable' });
const LedgerSubjectField = z.enum(ledgerSubjects).meta({ id: 'LedgerSubject', example: 'invoice' });

const signedMoney = () =>
  z
    .string()
    .regex(/^-?\d+(\.\d+)?$/)
    .meta({ description: 'Debits are positive, credits negative.', example: '-118.00' });

export const ListLedgerQuery = sliceQuery({
  account: LedgerAccountField.optional().meta({ description: 'Bookings with a line of this account.' }),
  currency: currencyInput().optional(),
  subjectType: LedgerSubjectField.optional(),
  subjectId: id().optional(),
  from: timestampInput().optional(),
  to: timestampInput().optional().meta({ description: 'The end of the period, not included.' }),
});

export const LedgerTransactionResponse = z
  .object({
    id: id(),
    tenantId: id(),
    cause: z.string().meta({
      description: 'What moved the money; it is booked once.',
      example: 'invoice.finalized:0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11',
    }),
    subjectType: LedgerSubjectField,
    subjectId: id(),
    reversesId: id().nullable().meta({ description: 'The booking that it takes back, line for line.' }),
    bookedAt: timestamp().meta({ description: 'When it counts.' }),
    createdAt: timestamp(),
    entries: z.array(z.object({ account: LedgerAccountField, currency: currency(), amount: signedMoney() })),
  })
  .meta({ id: 'LedgerTransaction' });

export const LedgerBalancesQuery = z.strictObject({
  at: timestampInput().optional().meta({ description: 'Now where none is named.' }),
});

export const LedgerBalancesResponse = z
  .object({
    at: timestamp(),
    balances: z.array(z.object({ account: LedgerAccountField, currency: currency(), amount: signedMoney() })),
  })
  .meta({ id: 'LedgerBalances' });

const figure = (example: string) => z.string().meta({ example });

export const ReconciliationResponse = z
  .object({
    checkedAt: timestamp(),
    differenceCount: z.int().meta({ example: 1 }),
    differences: z
      .array(
        z.object({
          tenantId: id(),
          code: z.string().meta({ description: 'The check that found it.', example: 'invoice_booking' }),
          subjectType: z.string().meta({ example: 'invoice' }),
          subjectId: z.string().nullable().meta({ example: '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11' }),
          aspect: z.string().meta({ description: 'The account or the field that differs.', example: 'receivable' }),
          currency: currency().nullable(),
          expected: figure('118'),
          found: figure('0'),
        }),
      )
      .meta({ description: 'At most 100 of them.' }),
    checks: z.array(z.object({ code: z.string().meta({ example: 'invoice_booking' }), differences: z.int() })),
  })
  .meta({ id: 'Reconciliation' });
