import { createPlanController } from '../controllers/billing/plan.controller.ts';
import { createTenantInvoiceController } from '../controllers/billing/tenant-invoice.controller.ts';
import { createPlanRepository } from '../repositories/billing/plan.repository.ts';
import { createSubscriptionRepository } from '../repositories/billing/subscription.repository.ts';
import { createTenantBillingRepository } from '../repositories/billing/tenant-billing.repository.ts';
import { type InvoicePayments, noInvoicePayments } from '../services/billing/invoice-payments.ts';
import { createPlanService } from '../services/billing/plan.service.ts';
import { createPlanStorageQuota } from '../services/billing/plan-storage-quota.ts';
import { createTenantBillingService } from '../services/billing/tenant-billing.service.ts';
import type { TenantService } from '../services/tenancy/tenant.service.ts';
import { composeInvoices } from './billing-invoices.ts';
import { composeSubscriptions } from './billing-subscriptions.ts';
import type { Infrastructure } from './infrastructure.ts';

const MEGABYTE = 1024 * 1024;

interface BillingNeeds
  extends Pick<
    Infrastructure,
    'database' | 'tx' | 'audit' | 'events' | 'clock' | 'gateways' | 'settings' | 'notifications' | 'sharedCache' | 'log'
  > {
  readonly tenants: TenantService;
  /** Who takes payments of invoices; nobody where absent. */
  readonly invoicePayments?: InvoicePayments;
}

export function composeBilling({
  database,
  tx,
  audit,
  tenants,
  invoicePayments = noInvoicePayments,
  ...others
}: BillingNeeds) {
  const infrastructure = { database, tx, audit, ...others };
  const { settings } = others;
  const planRepository = createPlanRepository({ database });
  const plans = createPlanService({ plans: planRepository, tx, audit });
  const subscriptionRepository = createSubscriptionRepository({ database });
  const storageQuota = createPlanStorageQuota({
    subscriptions: subscriptionRepository,
    defaults: {
      fileBytes: settings.FILE_LIMIT_MB * MEGABYTE,
      files: settings.TENANT_FILES_LIMIT,
      bytes: settings.TENANT_STORAGE_LIMIT_MB * MEGABYTE,
    },
  });
  const invoicing = composeInvoices({ ...infrastructure, tenants, invoicePayments });
  const { invoices, issuing } = invoicing.services;
  const subscriptions = composeSubscriptions({
    ...infrastructure,
    subscriptions: subscriptionRepository,
    plans: planRepository,
    invoices,
    issuing,
  });
  const tenantBilling = createTenantBillingService({
    billing: createTenantBillingRepository({ database }),
    invoices,
    tenants,
  });
  return {
    services: {
      plans,
      ...invoicing.services,
      ...subscriptions.services,
      storageQuota,
      tenantBilling,
    },
    controllers: {
      ...invoicing.controllers,
      ...subscriptions.controllers,
      plans: createPlanController({ plans }),
      tenantInvoices: createTenantInvoiceController({ tenantBilling }),
    },
  };
}
