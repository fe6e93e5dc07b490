import { appError } from '../../errors/app-error.ts';
import type { FigureRow, PaymentFiguresRepository } from '../../repositories/payments/payment-figures.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context } from '../../types/context.ts';
import type {
  CountAndAmount,
  CurrencyFigures,
  PaymentReportRow,
  Period,
} from '../../types/payments/payment-figures.ts';
import { ExactDecimal, formatAmount } from '../../utils/money.ts';

export interface PaymentFiguresServiceDeps {
  readonly figures: PaymentFiguresRepository;
  readonly clock: Clock;
}

/** The last thirty days where nothing is said. */
export interface PeriodInput {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export interface ReportInput extends PeriodInput {
  readonly groupBy: 'day' | 'month';
  readonly timeZone: string;
}

const DAY_MS = 86_400_000;
const MOST_DAYS = 366;
/** A year of days in some currencies and methods. */
const MOST_ROWS = 20_000;

export type PaymentFiguresService = ReturnType<typeof createPaymentFiguresService>;

/** What payments come to: of the tenant in scope, or of all for an operator without one. */
export function createPaymentFiguresService({ figures, clock }: PaymentFiguresServiceDeps) {
  const periodOf = ({ from, to }: PeriodInput): Period => {
    const end = to === undefined ? clock.now() : new Date(to);
    const start = from === undefined ? new Date(end.getTime() - 30 * DAY_MS) : new Date(from);
    const days = (end.getTime() - start.getTime()) / DAY_MS;
    if (days <= 0 || days > MOST_DAYS) {
      const message = `Must be after "from", by no more than ${MOST_DAYS} days`;
      throw appError('VALIDATION_FAILED', { details: [{ path: 'query.to', message }] });
    }
    return { from: start.toISOString(), to: end.toISOString() };
  };

  return {
    /** @throws AppError VALIDATION_FAILED for a period that is empty or longer than a year */
    async analytics(
      ctx: Context,
      input: PeriodInput,
    ): Promise<Period & { readonly currencies: readonly CurrencyFigures[] }> {
      const period = periodOf(input);
      const rows = await figures.sum(ctx, period);
      const currencies = [...new Set(rows.map(({ currency }) => currency))].sort();
      return {
        ...period,
        currencies: currencies.map((currency) =>
          figuresOf(
            currency,
            rows.filter((row) => row.currency === currency),
          ),
        ),
      };
    },

    /** @throws AppError as analytics */
    report(ctx: Context, { groupBy, timeZone, ...input }: ReportInput): Promise<readonly PaymentReportRow[]> {
      return figures.report(ctx, periodOf(input), { unit: groupBy, timeZone, limit: MOST_ROWS });
    },
  };
}

function figuresOf(currency: string, rows: readonly FigureRow[]): CurrencyFigures {
  const sum = (name: 'amount' | 'gatewayFees' | 'platformFees' | 'netAmount', of: readonly FigureRow[]): string =>
    formatAmount(of.reduce((total, row) => total.plus(row[name]), new ExactDecimal(0)).toFixed(), currency);
  const ofKind = (kind: FigureRow['kind']): readonly FigureRow[] => rows.filter((row) => row.kind === kind);
  const total = (kind: FigureRow['kind']): CountAndAmount => ({
    count: ofKind(kind).reduce((count, row) => count + row.count, 0),
    amount: sum('amount', ofKind(kind)),
  });
  const succeeded = total('succeeded');
  const failed = total('failed');
  const ended = succeeded.count + failed.count;
  return {
    currency,
    succeeded,
    failed,
    refunded: total('refunded'),
    disputed: total('disputed'),
    gatewayFees: sum('gatewayFees', ofKind('succeeded')),
    platformFees: sum('platformFees', ofKind('succeeded')),
    netAmount: sum('netAmount', ofKind('succeeded')),
    successRate: ended === 0 ? null : new ExactDecimal(succeeded.count).times(100).dividedBy(ended).toFixed(2),
    methods: ofKind('succeeded').map(({ part, count, amount }) => ({
      method: part,
      count,
      amount: formatAmount(amount, currency),
    })),
    failures: ofKind('failed').map(({ part, count, amount }) => ({
      failureClass: part,
      count,
      amount: formatAmount(amount, currency),
    })),
  };
}
