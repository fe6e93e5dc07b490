import { z } from 'zod';
import { creditChannels, creditOperationKinds, creditSources } from '../../types/credits/credit.ts';
import { id, line, text, timestamp, timestampInput } from '../common/fields.schema.ts';
import { pageQuery, sliceQuery } from '../common/page.schema.ts';

export const CreditChannel = z.enum(creditChannels).meta({ id: 'CreditChannel', example: 'sms' });

export const CreditOperationKind = z.enum(creditOperationKinds).meta({ id: 'CreditOperationKind', example: 'deduct' });

const CreditSource = z.enum(creditSources).meta({ id: 'CreditSource', example: 'top_up' });

/** A number of credits in a request. */
export const creditsInput = () => z.number().int().min(1).max(1_000_000_000).meta({ example: 500 });

const credits = () => z.number().int().min(0).meta({ example: 500 });

const priorityInput = () =>
  z.number().int().min(1).max(100).meta({ example: 50, description: 'Lower ones are used first.' });

const details = {
  reference: line(200).optional().meta({ example: 'campaign-2026-11' }),
  description: text(500).optional().meta({ example: 'For the November campaign' }),
};

const expiresAtInput = () =>
  timestampInput().nullable().optional().meta({ description: 'Without it the credits do not expire.' });

export const TopUpMasterWalletRequest = z
  .strictObject({ channel: CreditChannel, credits: creditsInput(), expiresAt: expiresAtInput(), ...details })
  .meta({ id: 'TopUpMasterWalletRequest' });

export const AddCreditsRequest = z
  .strictObject({
    channel: CreditChannel,
    credits: creditsInput(),
    source: z.enum(['top_up', 'promotional', 'adjustment']).default('top_up').meta({ example: 'promotional' }),
    priority: priorityInput().default(50),
    expiresAt: expiresAtInput().meta({
      description: 'Those of the stock that expire earlier still do.',
      example: '2027-02-28T23:59:59.000Z',
    }),
    ...details,
  })
  .meta({ id: 'AddCreditsRequest' });

export const DeductCreditsRequest = z
  .strictObject({ channel: CreditChannel, credits: creditsInput(), ...details })
  .meta({ id: 'DeductCreditsRequest' });

export const TransferCreditsRequest = z
  .strictObject({ toWalletId: id(), channel: CreditChannel, credits: creditsInput(), ...details })
  .meta({ id: 'TransferCreditsRequest' });

export const ListCreditWalletsQuery = pageQuery(['createdAt'], {});

export const ListCreditTransactionsQuery = sliceQuery({
  channel: CreditChannel.optional(),
  kind: CreditOperationKind.optional(),
  reference: line(200).optional().meta({ example: 'campaign-2026-11' }),
  from: timestampInput().optional(),
  to: timestampInput().optional().meta({ description: 'The end of the period, not included.' }),
});

const owner = id().nullable().meta({ description: "null: the operator's own stock." });

const byChannel = <Balance extends z.ZodType>(balance: Balance) =>
  z.object({ sms: balance, whatsapp: balance, email: balance });

const CreditBalance = z
  .object({
    available: credits(),
    reserved: credits().meta({ description: 'Held for what is not finished, and not available.', example: 20 }),
  })
  .meta({ id: 'CreditBalance' });

const ExpectedCreditBalance = z
  .object({
    ...CreditBalance.shape,
    expiringIn7Days: credits().meta({ description: 'Of what is available.', example: 0 }),
    expiringIn30Days: credits().meta({ description: 'Of what is available.', example: 120 }),
  })
  .meta({ id: 'ExpectedCreditBalance' });

export const CreditWalletSummaryResponse = z
  .object({ id: id(), tenantId: owner, balances: byChannel(CreditBalance), createdAt: timestamp() })
  .meta({ id: 'CreditWalletSummary' });

const CreditGrant = z
  .object({
    id: id(),
    channel: CreditChannel,
    credits: credits(),
    available: credits().meta({ example: 380 }),
    reserved: credits().meta({ example: 20 }),
    priority: z.number().int().meta({ example: 50 }),
    source: CreditSource,
    expiresAt: timestamp().nullable(),
    createdAt: timestamp(),
  })
  .meta({ id: 'CreditGrant' });

export const CreditWalletResponse = z
  .object({
    id: id(),
    tenantId: owner,
    balances: byChannel(ExpectedCreditBalance),
    grants: z.array(CreditGrant).meta({
      description: 'Those with credits left, by channel and in the order in which they are used; the first 100.',
    }),
    createdAt: timestamp(),
  })
  .meta({ id: 'CreditWallet' });

export const CreditTransactionResponse = z
  .object({
    id: id(),
    tenantId: owner,
    walletId: id(),
    channel: CreditChannel,
    kind: CreditOperationKind,
    credits: credits().meta({ description: 'The kind says which way they went.' }),
    creditsAfter: credits().meta({ description: 'Available credits of the channel afterwards.', example: 1380 }),
    reference: z.string().nullable().meta({ example: 'campaign-2026-11' }),
    description: z.string().nullable().meta({ example: 'For the November campaign' }),
    expiresAt: timestamp().nullable().meta({
      description: 'Of a reservation: when what is not committed is available again.',
    }),
    reservationId: id().nullable().meta({ description: 'Of a commit or a release: what it closed.' }),
    counterpartyId: id().nullable().meta({
      description: 'Of a transfer: the tenant on the other side, for operators; null is their own stock.',
    }),
    createdBy: id().nullable().meta({ description: 'The user who did it; null for the product and for API keys.' }),
    createdAt: timestamp(),
  })
  .meta({ id: 'CreditTransaction' });
