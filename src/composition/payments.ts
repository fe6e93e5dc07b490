import { createCheckoutController } from '../controllers/payments/checkout.controller.ts';
import { createGatewayEventController } from '../controllers/payments/gateway-event.controller.ts';
import { createPaymentMethodController } from '../controllers/payments/payment-method.controller.ts';
import { createSandboxDeliveries } from '../gateways/payments/sandbox-deliveries.ts';
import { createSandboxSite } from '../http/sandbox-site.ts';
import { createCheckoutRepository } from '../repositories/payments/checkout.repository.ts';
import { createGatewayEventRepository } from '../repositories/payments/gateway-event.repository.ts';
import { createPaymentRepository } from '../repositories/payments/payment.repository.ts';
import { createPaymentMethodRepository } from '../repositories/payments/payment-method.repository.ts';
import { createRefundRepository } from '../repositories/payments/refund.repository.ts';
import type { BackgroundTask } from '../services/base/background-loop.ts';
import { createCheckoutService } from '../services/payments/checkout.service.ts';
import { createGatewayEventApplier } from '../services/payments/gateway-event-applier.ts';
import { gatewayEventCleaners } from '../services/payments/gateway-event-cleaners.ts';
import { createGatewayInbox } from '../services/payments/gateway-inbox.service.ts';
import type { OutcomeService } from '../services/payments/outcome.service.ts';
import type { GatewayOf } from '../services/payments/payment.service.ts';
import { createPaymentMethodService } from '../services/payments/payment-method.service.ts';
import type { TenantService } from '../services/tenancy/tenant.service.ts';
import type { Infrastructure } from './infrastructure.ts';
import type { PaymentGateways } from './payment-gateways.ts';

interface PaymentsNeeds
  extends Pick<Infrastructure, 'database' | 'tx' | 'audit' | 'events' | 'clock' | 'gateways' | 'settings' | 'log'> {
  readonly gatewayOf: GatewayOf;
  readonly tenants: TenantService;
  readonly paymentOutcomes: OutcomeService;
}

const POLL_MS = 500;
const INBOX_PATH = '/api/payments/webhooks/sandbox';

/** What gateways tell, how tenants pay, and the pages on which others pay. */
export function composePayments({ database, gateways, settings, paymentOutcomes: outcomes, ...needs }: PaymentsNeeds) {
  const { tx, audit, events, clock, gatewayOf, tenants } = needs;
  const gateway = gateways.payments.current;
  const payments = createPaymentRepository({ database });
  const checkouts = createCheckoutRepository({ database });
  const inbox = createGatewayEventRepository({ database });
  const refunds = createRefundRepository({ database });
  const gatewayInbox = createGatewayInbox({ inbox, gatewayOf, tx, audit, events, clock });
  const checkout = createCheckoutService({
    ...{ checkouts, payments, outcomes, tenants, gateway, gatewayOf },
    addresses: {
      origins: [
        ...settings.CORS_ORIGINS,
        ...[settings.PUBLIC_URL, settings.ACCOUNT_URL].flatMap((url) =>
          url === undefined ? [] : [new URL(url).origin],
        ),
      ],
      allowsLocalhost: settings.NODE_ENV !== 'production',
    },
    ...{ tx, audit, clock },
  });
  const paymentMethods = createPaymentMethodService({
    methods: createPaymentMethodRepository({ database }),
    ...{ gateway, tx, audit, events, clock },
  });
  return {
    services: {
      gatewayInbox,
      gatewayEventApplier: createGatewayEventApplier({
        ...{ inbox, payments, refunds, checkouts, outcomes, gatewayOf, tx, clock },
      }),
      gatewayEventCleaners: gatewayEventCleaners({ inbox, tx, events, clock }),
      /** What works in the background for the gateways. */
      gatewayTasks: sandboxTasks({ ...needs, settings, sandbox: gateways.payments.sandbox }),
    },
    controllers: {
      gatewayEvents: createGatewayEventController({ gatewayInbox }),
      checkout: createCheckoutController({ checkout }),
      paymentMethods: createPaymentMethodController({ paymentMethods }),
      sandboxPages: createSandboxSite(gateways.payments.sandbox?.pages ?? null),
    },
  };
}

interface SandboxTaskNeeds extends Pick<Infrastructure, 'clock' | 'settings' | 'log'> {
  readonly sandbox: PaymentGateways['sandbox'];
}

/** The sandbox's own post office; with another gateway nothing new comes in, and what is left is still told. */
function sandboxTasks({ sandbox, settings, clock, log }: SandboxTaskNeeds): readonly BackgroundTask[] {
  if (sandbox === null || settings.PAYMENT_GATEWAY !== 'sandbox') return [];
  const { store, webhookKey } = sandbox;
  const inboxUrl = settings.SANDBOX_WEBHOOK_URL ?? new URL(INBOX_PATH, settings.PUBLIC_URL).href;
  const deliveries = createSandboxDeliveries({
    ...{ store, webhookKey, inboxUrl, clock },
    onRefused: (refused) => log.warn('an event of the sandbox was not taken', refused),
  });
  return [{ name: 'sandbox', pollMs: POLL_MS, step: async () => (await deliveries.deliverDue()) > 0 }];
}
