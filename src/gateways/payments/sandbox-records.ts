import { z } from 'zod';

const money = { amount: z.string(), currency: z.string().length(3) };
const metadata = z.record(z.string(), z.string());
const moment = z.iso.datetime();
const failure = z.object({
  code: z.string(),
  message: z.string(),
  class: z.enum(['soft', 'hard', 'authentication', 'gateway']),
});

const chargeOutcome = z.object({
  status: z.enum(['succeeded', 'failed', 'processing', 'requires_action', 'canceled']),
  gatewayPaymentId: z.string(),
  failure: failure.nullable(),
  fee: z.object(money).nullable(),
  response: z.record(z.string(), z.unknown()),
});

const refundOutcome = z.object({
  status: z.enum(['succeeded', 'failed', 'pending']),
  gatewayRefundId: z.string(),
  failure: failure.nullable(),
  response: z.record(z.string(), z.unknown()),
});

/** What the sandbox remembers of a charge; what becomes of it follows from it and the time. */
export const SandboxCharge = z.object({
  ...money,
  idempotencyKey: z.string(),
  gatewayMethodId: z.string(),
  metadata,
  chargedAt: moment,
});
export type SandboxCharge = z.output<typeof SandboxCharge>;

export const SandboxRefund = z.object({
  ...money,
  idempotencyKey: z.string(),
  gatewayPaymentId: z.string(),
  metadata,
  refundedAt: moment,
});
export type SandboxRefund = z.output<typeof SandboxRefund>;

export const SandboxSession = z.object({
  ...money,
  idempotencyKey: z.string(),
  description: z.string(),
  payerEmail: z.string().nullable(),
  successUrl: z.string(),
  cancelUrl: z.string(),
  expiresAt: moment,
  metadata,
});
export type SandboxSession = z.output<typeof SandboxSession>;

/** What somebody chose on a page: the first choice stands. */
export const SandboxDecision = z.object({ choice: z.enum(['pay', 'cancel']), decidedAt: moment });
export type SandboxDecision = z.output<typeof SandboxDecision>;

const told = { id: z.string(), type: z.string(), occurredAt: z.coerce.date() };

/** An event of the sandbox, as its body has it. */
export const SandboxEvent = z.discriminatedUnion('kind', [
  z.object({ ...told, kind: z.literal('payment'), metadata, outcome: chargeOutcome }),
  z.object({
    ...told,
    kind: z.literal('checkout'),
    metadata,
    gatewaySessionId: z.string(),
    status: z.enum(['complete', 'expired']),
    outcome: chargeOutcome.nullable(),
  }),
  z.object({ ...told, kind: z.literal('refund'), metadata, gatewayPaymentId: z.string(), outcome: refundOutcome }),
  z.object({
    ...told,
    kind: z.literal('dispute'),
    gatewayPaymentId: z.string(),
    gatewayDisputeId: z.string(),
    status: z.enum(['open', 'won', 'lost']),
    amount: z.object(money),
    fee: z.object(money),
    reason: z.string().nullable(),
  }),
  z.object({ ...told, kind: z.literal('other') }),
]);
