import type { z } from 'zod';
import type { PaymentFiguresService } from '../../services/payments/payment-figures.service.ts';
import type { PaymentSettingsService } from '../../services/payments/payment-settings.service.ts';
import type { Context } from '../../types/context.ts';
import type {
  PaymentAnalyticsQuery,
  PaymentAnalyticsResponse,
  PaymentReportQuery,
  PaymentReportRowResponse,
} from '../../validators/payments/payment-figures.schema.ts';
import type {
  FeeScheduleResponse,
  PaymentSettingsResponse,
  SetFeesRequest,
} from '../../validators/payments/payment-settings.schema.ts';

export interface PaymentSettingsControllerDeps {
  readonly settings: PaymentSettingsService;
  readonly figures: PaymentFiguresService;
}

export type PaymentSettingsController = ReturnType<typeof createPaymentSettingsController>;

export function createPaymentSettingsController({ settings, figures }: PaymentSettingsControllerDeps) {
  return {
    async get(ctx: Context): Promise<z.input<typeof PaymentSettingsResponse>> {
      const { fees, settlements } = await settings.get(ctx);
      return { fees: [...fees], settlements };
    },

    setFees(ctx: Context, body: z.output<typeof SetFeesRequest>): Promise<z.input<typeof FeeScheduleResponse>> {
      return settings.setFees(ctx, body);
    },

    async analytics(
      ctx: Context,
      query: z.output<typeof PaymentAnalyticsQuery>,
    ): Promise<z.input<typeof PaymentAnalyticsResponse>> {
      const { currencies, ...period } = await figures.analytics(ctx, query);
      return {
        ...period,
        currencies: currencies.map((figure) => ({
          ...figure,
          methods: [...figure.methods],
          failures: [...figure.failures],
        })),
      };
    },

    report(
      ctx: Context,
      query: z.output<typeof PaymentReportQuery>,
    ): Promise<readonly z.input<typeof PaymentReportRowResponse>[]> {
      return figures.report(ctx, query);
    },
  };
}
