import { createEmailRepository } from '../repositories/messaging/email.repository.ts';
import type { InvoiceService } from '../services/billing/invoice.service.ts';
import { createEmailDeliveryService } from '../services/messaging/email-delivery.service.ts';
import { createInvoiceEmailService } from '../services/messaging/invoice-email.service.ts';
import type { TenantService } from '../services/tenancy/tenant.service.ts';
import type { Infrastructure } from './infrastructure.ts';

interface MessagingNeeds extends Pick<Infrastructure, 'database' | 'tx' | 'events' | 'gateways' | 'settings'> {
  readonly invoices: InvoiceService;
  readonly tenants: TenantService;
}

export function composeMessaging({ database, tx, events, gateways, settings, invoices, tenants }: MessagingNeeds) {
  const emails = createEmailDeliveryService({
    emails: createEmailRepository({ database }),
    events,
    gateway: gateways.email,
    storage: gateways.storage,
    from: settings.EMAIL_FROM,
  });
  const invoiceEmails = createInvoiceEmailService({ invoices, tenants, emails, tx, sellerName: settings.SELLER_NAME });
  return { services: { emails, invoiceEmails } };
}
