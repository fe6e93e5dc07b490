import type { PaymentSettingsController } from '../../controllers/payments/payment-settings.controller.ts';
import { tenantOrPlatform } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import {
  PaymentAnalyticsQuery,
  PaymentAnalyticsResponse,
  PaymentReportQuery,
  PaymentReportRowResponse,
} from '../../validators/payments/payment-figures.schema.ts';
import {
  FeeScheduleResponse,
  PaymentSettingsResponse,
  SetFeesRequest,
} from '../../validators/payments/payment-settings.schema.ts';

export interface PaymentSettingsRouteDeps {
  readonly paymentSettings: PaymentSettingsController;
}

const endpoint = endpointsFor<PaymentSettingsRouteDeps>();
const tags = ['Payments'] as const;

export const getPaymentAnalytics = endpoint({
  method: 'get',
  path: '/api/payments/analytics',
  operationId: 'getPaymentAnalytics',
  summary: 'Get what payments come to',
  description: 'Of those made in a period of up to a year, by currency: nothing is converted.',
  tags,
  access: tenantOrPlatform('payments:read'),
  query: PaymentAnalyticsQuery,
  success: { status: 200, schema: PaymentAnalyticsResponse },
  handler: ({ paymentSettings }, { query, ctx }) => paymentSettings.analytics(ctx, query),
});

export const getPaymentReport = endpoint({
  method: 'get',
  path: '/api/payments/reports',
  operationId: 'getPaymentReport',
  summary: 'Get payments by day or month',
  description: 'Payments made in a period of up to a year that succeeded, by currency, purpose and method.',
  tags,
  access: tenantOrPlatform('payments:read'),
  query: PaymentReportQuery,
  success: { status: 200, report: PaymentReportRowResponse },
  handler: ({ paymentSettings }, { query, ctx }) => paymentSettings.report(ctx, query),
});

export const getPaymentSettings = endpoint({
  method: 'get',
  path: '/api/payments/settings',
  operationId: 'getPaymentSettings',
  summary: 'Get what payments cost, and when they are paid out',
  description: "An operator who names no tenant sees the platform's own, which hold for every tenant without any.",
  tags,
  access: tenantOrPlatform('payments:read'),
  success: { status: 200, schema: PaymentSettingsResponse },
  handler: ({ paymentSettings }, { ctx }) => paymentSettings.get(ctx),
});

export const setPaymentFees = endpoint({
  method: 'put',
  path: '/api/payments/settings/fees',
  operationId: 'setPaymentFees',
  summary: 'Set what payments of a method and currency cost',
  description:
    'Holds for payments that are captured from now on. Without a tenant it holds for every tenant that has none of its own.',
  tags,
  access: tenantOrPlatform('payments:configure'),
  body: SetFeesRequest,
  success: { status: 200, schema: FeeScheduleResponse },
  errors: ['PAYMENT_AMOUNT_REFUSED', 'VERSION_CONFLICT'],
  audit: 'payment_settings.fees_set',
  handler: ({ paymentSettings }, { body, ctx }) => paymentSettings.setFees(ctx, body),
});

export const paymentSettingsEndpoints = [
  getPaymentAnalytics,
  getPaymentReport,
  getPaymentSettings,
  setPaymentFees,
] as const;
