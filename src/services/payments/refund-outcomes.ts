import type { RefundOutcome } from '../../gateways/payments/payment.gateway.ts';
import type { PaymentRepository } from '../../repositories/payments/payment.repository.ts';
import type { RefundRepository } from '../../repositories/payments/refund.repository.ts';
import type { LedgerPosting } from '../../types/billing/ledger.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantTxContext } from '../../types/context.ts';
import type { Payment, PaymentAttempt, Refund } from '../../types/payments/payment.ts';
import { ExactDecimal } from '../../utils/money.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import type { LedgerService } from '../billing/ledger.service.ts';
import { refundSucceeded } from '../billing/ledger-postings.ts';
import { canRefundBecome } from './payment-states.ts';

export interface RefundOutcomesDeps {
  readonly payments: PaymentRepository;
  readonly refunds: RefundRepository;
  readonly ledger: Pick<LedgerService, 'bookMany'>;
  readonly events: DomainEvents;
  readonly clock: Clock;
}

/** What became of a refund; without an id for what was paid past every gateway. */
export type AppliedRefund = Omit<RefundOutcome, 'gatewayRefundId'> & { readonly gatewayRefundId: string | null };

/** News of a refund: what it was, what became of it, and the payment that it is of. */
interface News {
  readonly refund: Refund;
  readonly payment: Payment;
  readonly outcome: AppliedRefund;
}

const ATTEMPT_OUTCOMES = { succeeded: 'succeeded', failed: 'failed', pending: 'pending' } as const;

/** A gateway that says for the first time that it will do it says something new, too. */
const isNews = (refund: Refund, { status }: AppliedRefund): boolean =>
  canRefundBecome(refund.status, status) ||
  (refund.status === 'pending' && status === 'pending' && refund.gatewayRefundId === null);

export type RefundOutcomes = ReturnType<typeof createRefundOutcomes>;

/** Writes what became of refunds of one tenant, one or many in as many statements. Locks: invoices, payments, refunds. */
export function createRefundOutcomes({ payments, refunds, ledger, events, clock }: RefundOutcomesDeps) {
  /** Of each refund the part that its invoice left the tenant a credit for, one after the other. */
  const postingsOf = async (ctx: TenantTxContext, succeeded: readonly News[]): Promise<LedgerPosting[]> => {
    const invoiceIds = [...new Set(succeeded.flatMap(({ payment }) => payment.invoiceId ?? []))];
    const receivables = new Map(invoiceIds.length === 0 ? [] : await payments.receivablesOf(ctx, invoiceIds));
    return succeeded.map(({ refund, payment }) => {
      const owed = new ExactDecimal(receivables.get(payment.invoiceId ?? '') ?? '0');
      const fromCredit = ExactDecimal.min(refund.amount, ExactDecimal.max(0, owed.negated()));
      if (payment.invoiceId !== null) receivables.set(payment.invoiceId, owed.plus(fromCredit).toFixed());
      return refundSucceeded({ ...refund, fromCredit: fromCredit.toFixed() }, payment);
    });
  };

  const write = async (ctx: TenantTxContext, news: readonly News[], operation: PaymentAttempt['operation']) => {
    const now = clock.now().toISOString();
    await payments.addAttempts(
      ctx,
      operation,
      news.map(({ payment, outcome: { status, response } }) => ({
        ...{ paymentId: payment.id, outcome: ATTEMPT_OUTCOMES[status], response },
      })),
      now,
    );
    const told = news.map(({ refund, outcome: { status, gatewayRefundId, failure } }) => ({
      ...{ id: refund.id, status, gatewayRefundId },
      failureCode: status === 'failed' ? (failure?.code ?? 'unknown') : null,
    }));
    await refunds.updateStates(ctx, told, now);
    // What fails is given back; what had failed and arrived all the same counts again.
    const changes = news.flatMap(({ refund, payment, outcome: { status } }) => {
      if (status === 'failed') return [{ id: payment.id, amount: `-${refund.amount}` }];
      return refund.status === 'failed' ? [{ id: payment.id, amount: refund.amount }] : [];
    });
    if (changes.length > 0) await payments.reserveRefunds(ctx, summed(changes), now);
    const succeeded = news.filter(({ outcome }) => outcome.status === 'succeeded');
    if (succeeded.length === 0) return;
    await ledger.bookMany(ctx, await postingsOf(ctx, succeeded));
    events.publishMany(
      ctx,
      'payment.refunded',
      succeeded.map(({ refund: { id: refundId, paymentId } }) => ({
        subject: paymentId,
        payload: { paymentId, refundId },
      })),
    );
  };

  return {
    /**
     * Applies outcomes by the ids of their refunds; what leads back or is known already changes nothing.
     * @returns the refunds as they are now, in the order of their ids
     */
    async apply(
      ctx: TenantTxContext,
      outcomes: ReadonlyMap<string, AppliedRefund>,
      operation: PaymentAttempt['operation'],
    ): Promise<Refund[]> {
      const ids = [...outcomes.keys()];
      const paymentIds = [...new Set((await refunds.findMany(ctx, ids)).map(({ paymentId }) => paymentId))];
      await payments.lockInvoicesOf(ctx, paymentIds);
      const paymentsById = new Map((await payments.lockMany(ctx, paymentIds)).map((payment) => [payment.id, payment]));
      const locked = await refunds.lockMany(ctx, ids);
      const news = locked.flatMap((refund): News[] => {
        const [payment, outcome] = [paymentsById.get(refund.paymentId), outcomes.get(refund.id)];
        return payment !== undefined && outcome !== undefined && isNews(refund, outcome)
          ? [{ refund, payment, outcome }]
          : [];
      });
      if (news.length === 0) return locked;
      await write(ctx, news, operation);
      return refunds.findMany(ctx, ids);
    },
  };
}

/** One change of each payment. */
function summed(changes: ReadonlyArray<{ readonly id: string; readonly amount: string }>) {
  const sums = new Map<string, string>();
  for (const { id, amount } of changes) sums.set(id, new ExactDecimal(amount).plus(sums.get(id) ?? 0).toFixed());
  return [...sums].map(([id, amount]) => ({ id, amount }));
}
