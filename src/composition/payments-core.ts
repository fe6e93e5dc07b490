import { createPaymentController } from '../controllers/payments/payment.controller.ts';
import { createPaymentSettingsController } from '../controllers/payments/payment-settings.controller.ts';
import { createFeeScheduleRepository } from '../repositories/payments/fee-schedule.repository.ts';
import { createPaymentRepository } from '../repositories/payments/payment.repository.ts';
import { createPaymentFiguresRepository } from '../repositories/payments/payment-figures.repository.ts';
import { createRefundRepository } from '../repositories/payments/refund.repository.ts';
import type { InvoiceSettlingService } from '../services/billing/invoice-settling.service.ts';
import type { LedgerService } from '../services/billing/ledger.service.ts';
import { createFailedPaymentService } from '../services/payments/failed-payment.service.ts';
import { createInvoicePaymentService } from '../services/payments/invoice-payment.service.ts';
import { createOutcomeService } from '../services/payments/outcome.service.ts';
import { createPaymentService, type GatewayOf } from '../services/payments/payment.service.ts';
import { createPaymentFiguresService } from '../services/payments/payment-figures.service.ts';
import { createPaymentJanitor } from '../services/payments/payment-janitor.service.ts';
import { createPaymentSettingsService } from '../services/payments/payment-settings.service.ts';
import { createRefundService } from '../services/payments/refund.service.ts';
import { createRefundOutcomes } from '../services/payments/refund-outcomes.ts';
import type { Infrastructure } from './infrastructure.ts';

interface PaymentsCoreNeeds
  extends Pick<Infrastructure, 'database' | 'tx' | 'audit' | 'events' | 'clock' | 'notifications' | 'log'> {
  readonly gatewayOf: GatewayOf;
  readonly settling: Pick<InvoiceSettlingService, 'applyPayment'>;
  readonly ledger: LedgerService;
}

/** Payments, their outcomes and refunds, whichever gateways there are. */
export function composePaymentsCore({ database, settling, ledger, ...needs }: PaymentsCoreNeeds) {
  const { tx, audit, events, clock, notifications, gatewayOf, log } = needs;
  const payments = createPaymentRepository({ database });
  const refundRepository = createRefundRepository({ database });
  const schedules = createFeeScheduleRepository({ database });
  const settings = createPaymentSettingsService({ schedules, tx, audit, clock, notifications });
  const figures = createPaymentFiguresService({ figures: createPaymentFiguresRepository({ database }), clock });
  const refundOutcomes = createRefundOutcomes({ payments, refunds: refundRepository, ledger, events, clock });
  const outcomes = createOutcomeService({
    ...{ payments, refunds: refundRepository, refundOutcomes, settings, ledger },
    ...{ invoices: settling, events, clock },
  });
  const asked = { payments, refunds: refundRepository, outcomes, refundOutcomes, gatewayOf, tx, audit, clock };
  const charges = createPaymentService(asked);
  const refunds = createRefundService(asked);
  const invoicePayments = createInvoicePaymentService({
    ...{ payments, charges, ledger, invoices: settling },
    ...{ tx, audit, events, clock },
  });
  const failedPayments = createFailedPaymentService({ payments, charges, tx });
  return {
    services: {
      paymentCharges: charges,
      paymentOutcomes: outcomes,
      paymentRefunds: refunds,
      paymentSettings: settings,
      paymentJanitor: createPaymentJanitor({ ...asked, charges, givingBack: refunds, log }),
    },
    controllers: {
      payments: createPaymentController({ charges, failedPayments, invoicePayments, refunds }),
      paymentSettings: createPaymentSettingsController({ settings, figures }),
    },
  };
}
