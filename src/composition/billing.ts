import { createInvoiceController } from '../controllers/billing/invoice.controller.ts';
import { createPlanController } from '../controllers/billing/plan.controller.ts';
import { createTenantInvoiceController } from '../controllers/billing/tenant-invoice.controller.ts';
import { createInvoiceRepository } from '../repositories/billing/invoice.repository.ts';
import { createPlanRepository } from '../repositories/billing/plan.repository.ts';
import { createSubscriptionRepository } from '../repositories/billing/subscription.repository.ts';
import { createTenantBillingRepository } from '../repositories/billing/tenant-billing.repository.ts';
import { createInvoiceService } from '../services/billing/invoice.service.ts';
import { createInvoiceDocumentsService } from '../services/billing/invoice-documents.service.ts';
import { createPlanService } from '../services/billing/plan.service.ts';
import { createPlanStorageQuota } from '../services/billing/plan-storage-quota.ts';
import { createSubscriptionService } from '../services/billing/subscription.service.ts';
import { createTenantBillingService } from '../services/billing/tenant-billing.service.ts';
import type { TenantService } from '../services/tenancy/tenant.service.ts';
import type { Infrastructure } from './infrastructure.ts';

const MEGABYTE = 1024 * 1024;

interface BillingNeeds
  extends Pick<Infrastructure, 'database' | 'tx' | 'audit' | 'events' | 'clock' | 'gateways' | 'settings'> {
  readonly tenants: TenantService;
}

export function composeBilling({ database, tx, audit, events, clock, gateways, settings, tenants }: BillingNeeds) {
  const invoiceRepository = createInvoiceRepository({ database });
  const planRepository = createPlanRepository({ database });
  const plans = createPlanService({ plans: planRepository, tx, audit });
  const subscriptionRepository = createSubscriptionRepository({ database });
  const subscriptions = createSubscriptionService({
    subscriptions: subscriptionRepository,
    plans: planRepository,
    clock,
  });
  const storageQuota = createPlanStorageQuota({
    subscriptions: subscriptionRepository,
    defaults: {
      fileBytes: settings.FILE_LIMIT_MB * MEGABYTE,
      files: settings.TENANT_FILES_LIMIT,
      bytes: settings.TENANT_STORAGE_LIMIT_MB * MEGABYTE,
    },
  });
  const invoices = createInvoiceService({ invoices: invoiceRepository, tenants, tx, audit, events, clock });
  const tenantBilling = createTenantBillingService({
    billing: createTenantBillingRepository({ database }),
    invoices,
    tenants,
  });
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
    services: { plans, subscriptions, storageQuota, invoices, documents, tenantBilling },
    controllers: {
      plans: createPlanController({ plans }),
      invoices: createInvoiceController({ invoices, documents }),
      tenantInvoices: createTenantInvoiceController({ tenantBilling }),
    },
  };
}
