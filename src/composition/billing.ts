import { createInvoiceController } from '../controllers/billing/invoice.controller.ts';
import { createPlanController } from '../controllers/billing/plan.controller.ts';
import { createInvoiceRepository } from '../repositories/billing/invoice.repository.ts';
import { createPlanRepository } from '../repositories/billing/plan.repository.ts';
import { createSubscriptionRepository } from '../repositories/billing/subscription.repository.ts';
import { createInvoiceService } from '../services/billing/invoice.service.ts';
import { createInvoiceDocumentsService } from '../services/billing/invoice-documents.service.ts';
import { createPlanService } from '../services/billing/plan.service.ts';
import { createSubscriptionService } from '../services/billing/subscription.service.ts';
import type { TenantService } from '../services/tenancy/tenant.service.ts';
import type { Infrastructure } from './infrastructure.ts';

interface BillingNeeds
  extends Pick<Infrastructure, 'database' | 'tx' | 'audit' | 'events' | 'clock' | 'gateways' | 'settings'> {
  readonly tenants: TenantService;
}

export function composeBilling({ database, tx, audit, events, clock, gateways, settings, tenants }: BillingNeeds) {
  const invoiceRepository = createInvoiceRepository({ database });
  const planRepository = createPlanRepository({ database });
  const plans = createPlanService({ plans: planRepository, tx, audit });
  const subscriptions = createSubscriptionService({
    subscriptions: createSubscriptionRepository({ database }),
    plans: planRepository,
    clock,
  });
  const invoices = createInvoiceService({ invoices: invoiceRepository, tenants, tx, audit, events, clock });
  const documents = createInvoiceDocumentsService({
    invoices,
    documents: invoiceRepository,
    tenants,
    storage: gateways.storage,
    tx,
    audit,
    events,
    seller: {
      name: settings.SELLER_NAME,
      email: settings.SELLER_EMAIL,
      addressLines: settings.SELLER_ADDRESS,
      taxId: settings.SELLER_TAX_ID,
    },
  });
  return {
    services: { plans, subscriptions, invoices, documents },
    controllers: { plans: createPlanController({ plans }), invoices: createInvoiceController({ invoices, documents }) },
  };
}
