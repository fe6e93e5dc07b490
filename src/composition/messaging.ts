import { createEmailRepository } from '../repositories/messaging/email.repository.ts';
import type { InvoiceService } from '../services/billing/invoice.service.ts';
import { type AccountEmailDeps, createAccountEmailService } from '../services/messaging/account-email.service.ts';
import { createEmailDeliveryService } from '../services/messaging/email-delivery.service.ts';
import { createInvoiceEmailService } from '../services/messaging/invoice-email.service.ts';
import type { TenantService } from '../services/tenancy/tenant.service.ts';
import { createSecretBox } from '../utils/secret-box.ts';
import type { Infrastructure } from './infrastructure.ts';

interface MessagingNeeds
  extends Pick<Infrastructure, 'database' | 'tx' | 'events' | 'outbox' | 'gateways' | 'settings'> {
  readonly users: AccountEmailDeps['users'];
  readonly sessions: AccountEmailDeps['sessions'];
  readonly invitations: AccountEmailDeps['invitations'];
  readonly impersonations: AccountEmailDeps['impersonations'];
  readonly oneTimeTokens: AccountEmailDeps['oneTimeTokens'];
  readonly invoices: InvoiceService;
  readonly tenants: TenantService;
}

export function composeMessaging(needs: MessagingNeeds) {
  const { database, tx, events, gateways, settings, invoices, tenants } = needs;
  const emails = createEmailDeliveryService({
    emails: createEmailRepository({ database }),
    events,
    gateway: gateways.email,
    storage: gateways.storage,
    secrets: createSecretBox({ keys: settings.ENCRYPTION_KEYS, purpose: 'email' }),
    from: settings.EMAIL_FROM,
  });
  const invoiceEmails = createInvoiceEmailService({ invoices, tenants, emails, tx, sellerName: settings.SELLER_NAME });
  const accountEmails = createAccountEmailService({
    users: needs.users,
    sessions: needs.sessions,
    invitations: needs.invitations,
    impersonations: needs.impersonations,
    oneTimeTokens: needs.oneTimeTokens,
    emails,
    outbox: needs.outbox,
    tx,
    accountUrl: (settings.ACCOUNT_URL ?? `${settings.PUBLIC_URL}/account`).replace(/\/+$/, ''),
    productName: settings.SELLER_NAME,
  });
  return { services: { emails, invoiceEmails, accountEmails } };
}
