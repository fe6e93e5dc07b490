import { createHash } from 'node:crypto';
import type { ChargeOutcome, GatewayEvent, RefundOutcome } from './payment.gateway.ts';
import type { SandboxCharge, SandboxRefund } from './sandbox-records.ts';
import { behaviourOf, type SandboxBehaviour, sandboxTokens } from './sandbox-tokens.ts';

/** An event with the moment from which it is posted. */
export interface DueEvent {
  readonly event: GatewayEvent;
  readonly dueAt: Date;
}

const REFUND_SECONDS = 60;
const DISPUTE_ENDS_AFTER_SECONDS = 60;

/** Ids follow from our own: whoever asks twice meets the same. */
const derived = (prefix: string, ...parts: readonly string[]): string =>
  `${prefix}_${createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 24)}`;

export const chargeIdOf = (idempotencyKey: string): string => derived('sandbox_pay', idempotencyKey);
export const refundIdOf = (idempotencyKey: string): string => derived('sandbox_re', idempotencyKey);
export const sessionIdOf = (idempotencyKey: string): string => derived('sandbox_cs', idempotencyKey);
export const eventIdOf = (...parts: readonly string[]): string => derived('sandbox_evt', ...parts);

const after = (moment: string, seconds: number): Date => new Date(new Date(moment).getTime() + seconds * 1000);

/** What paid a charge does: that of a page is always good. */
const behaviourOfCharge = ({ gatewayMethodId }: SandboxCharge): SandboxBehaviour =>
  behaviourOf(gatewayMethodId) ?? sandboxTokens.success;

function statusAt(charge: SandboxCharge, now: Date): ChargeOutcome['status'] {
  const { answer, later } = behaviourOfCharge(charge);
  if (later !== undefined && now >= after(charge.chargedAt, later.afterSeconds)) return later.status;
  return answer === 'unavailable' || answer === 'lost' ? 'succeeded' : answer;
}

/** What is known of a charge at a moment. */
export function chargeOutcomeAt(charge: SandboxCharge, now: Date): ChargeOutcome {
  const status = statusAt(charge, now);
  const gatewayPaymentId = chargeIdOf(charge.idempotencyKey);
  return {
    status,
    gatewayPaymentId,
    failure: status === 'failed' ? (behaviourOfCharge(charge).failure ?? null) : null,
    fee: null,
    response: { id: gatewayPaymentId, status, method: charge.gatewayMethodId },
  };
}

/** What the sandbox tells of a charge: how it began, what became of it, and the dispute of it. */
export function eventsOfCharge(charge: SandboxCharge): DueEvent[] {
  const { later, dispute } = behaviourOfCharge(charge);
  const { metadata, chargedAt, amount, currency, idempotencyKey } = charge;
  const gatewayPaymentId = chargeIdOf(idempotencyKey);
  const payment = (dueAt: Date): DueEvent => {
    const outcome = chargeOutcomeAt(charge, dueAt);
    const type = `payment.${outcome.status}`;
    const told = { id: eventIdOf(idempotencyKey, type), type, occurredAt: dueAt };
    return { event: { ...told, kind: 'payment', metadata, outcome }, dueAt };
  };
  const disputed = (status: 'open' | 'won' | 'lost', dueAt: Date): DueEvent => {
    const type = `dispute.${status}`;
    const told = { id: eventIdOf(idempotencyKey, type), type, occurredAt: dueAt };
    return {
      event: {
        ...{
          ...told,
          kind: 'dispute',
          gatewayPaymentId,
          gatewayDisputeId: derived('sandbox_dp', idempotencyKey),
          status,
        },
        ...{ amount: { amount, currency }, fee: { amount: '0', currency }, reason: 'fraudulent' },
      },
      dueAt,
    };
  };
  const disputedAt = dispute === undefined ? null : after(chargedAt, dispute.afterSeconds);
  return [
    payment(new Date(chargedAt)),
    ...(later === undefined ? [] : [payment(after(chargedAt, later.afterSeconds))]),
    ...(disputedAt === null ? [] : [disputed('open', disputedAt)]),
    ...(disputedAt === null || dispute?.end === undefined
      ? []
      : [disputed(dispute.end, after(disputedAt.toISOString(), DISPUTE_ENDS_AFTER_SECONDS))]),
  ];
}

/** What is known of a refund at a moment. @param charge what it gives back */
export function refundOutcomeAt(refund: SandboxRefund, charge: SandboxCharge, now: Date): RefundOutcome {
  const { refund: behaviour } = behaviourOfCharge(charge);
  const isLate = behaviour === 'delayed' && now < after(refund.refundedAt, REFUND_SECONDS);
  const status = behaviour === 'failed' ? 'failed' : isLate ? 'pending' : 'succeeded';
  const gatewayRefundId = refundIdOf(refund.idempotencyKey);
  return {
    status,
    gatewayRefundId,
    failure: status === 'failed' ? { code: 'declined', message: 'The refund was not taken.', class: 'gateway' } : null,
    response: { id: gatewayRefundId, status },
  };
}

export function eventsOfRefund(refund: SandboxRefund, charge: SandboxCharge): DueEvent[] {
  const { gatewayPaymentId, metadata, refundedAt, idempotencyKey } = refund;
  const moments = [new Date(refundedAt)];
  if (behaviourOfCharge(charge).refund === 'delayed') moments.push(after(refundedAt, REFUND_SECONDS));
  return moments.map((dueAt) => {
    const outcome = refundOutcomeAt(refund, charge, dueAt);
    const type = `refund.${outcome.status}`;
    const told = { id: eventIdOf(idempotencyKey, type), type, occurredAt: dueAt };
    return { event: { ...told, kind: 'refund', metadata, gatewayPaymentId, outcome }, dueAt };
  });
}
