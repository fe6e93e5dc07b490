import { createInvoiceController } from '../controllers/billing/invoice.controller.ts';
import { createTaxRateController } from '../controllers/billing/tax-rate.controller.ts';
import { createCreditNoteRepository } from '../repositories/billing/credit-note.repository.ts';
import { createDueDraftRepository } from '../repositories/billing/due-draft.repository.ts';
import { createInvoiceRepository } from '../repositories/billing/invoice.repository.ts';
import { createLedgerRepository } from '../repositories/billing/ledger.repository.ts';
import { createTaxRateRepository } from '../repositories/billing/tax-rate.repository.ts';
import { createDocumentStore } from '../services/billing/document-store.ts';
import { createDueInvoicesService } from '../services/billing/due-invoices.service.ts';
import { createInvoiceService } from '../services/billing/invoice.service.ts';
import { createInvoiceCorrectionService } from '../services/billing/invoice-correction.service.ts';
import { createInvoiceDocumentsService } from '../services/billing/invoice-documents.service.ts';
import { createInvoiceDrafts } from '../services/billing/invoice-drafts.ts';
import { createInvoiceFinalizing } from '../services/billing/invoice-finalizing.ts';
import { createInvoiceIssuingService } from '../services/billing/invoice-issuing.service.ts';
import type { InvoicePayments } from '../services/billing/invoice-payments.ts';
import { createInvoiceRecordsService } from '../services/billing/invoice-records.service.ts';
import { createInvoiceSettlingService } from '../services/billing/invoice-settling.service.ts';
import { createLedgerService } from '../services/billing/ledger.service.ts';
import { createTaxRateService } from '../services/billing/tax-rate.service.ts';
import type { TenantService } from '../services/tenancy/tenant.service.ts';
import type { Infrastructure } from './infrastructure.ts';

interface InvoiceNeeds
  extends Pick<Infrastructure, 'database' | 'tx' | 'audit' | 'events' | 'clock' | 'gateways' | 'settings' | 'log'> {
  readonly tenants: TenantService;
  readonly invoicePayments: InvoicePayments;
}

/** Invoices, their taxes and what becomes of them, and the ledger that they are booked in. */
export function composeInvoices(needs: InvoiceNeeds) {
  const { database, tx, audit, events, clock, gateways, settings, tenants, log, invoicePayments: payments } = needs;
  const repository = createInvoiceRepository({ database });
  const creditNotes = createCreditNoteRepository({ database });
  const taxRateRepository = createTaxRateRepository({ database });
  const ledger = createLedgerService({ ledger: createLedgerRepository({ database }), clock });
  const taxRates = createTaxRateService({ taxRates: taxRateRepository, tx, audit, clock });
  const drafts = createInvoiceDrafts({
    tenants,
    taxRates: taxRateRepository,
    seller: { country: settings.SELLER_COUNTRY, region: settings.SELLER_REGION ?? null },
  });
  const finalizing = createInvoiceFinalizing({ invoices: repository, tenants, ledger, events, clock });
  const invoices = createInvoiceService({ invoices: repository, drafts, finalizing, tx, audit, clock });
  const issuing = createInvoiceIssuingService({ invoices: repository, drafts, finalizing, audit, clock });
  const settling = createInvoiceSettlingService({ invoices: repository, ledger, audit, events, clock });
  const dueInvoices = createDueInvoicesService({
    drafts: createDueDraftRepository({ database }),
    invoices: repository,
    tenants,
    ledger,
    tx,
    audit,
    events,
    clock,
    log,
  });
  const corrections = createInvoiceCorrectionService({
    invoices: repository,
    creditNotes,
    settling,
    payments,
    tenants,
    ledger,
    tx,
    audit,
    events,
    clock,
  });
  const documents = createInvoiceDocumentsService({
    invoices,
    documents: repository,
    creditNotes,
    tenants,
    store: createDocumentStore({ storage: gateways.storage }),
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
  const records = createInvoiceRecordsService({ creditNotes, payments });
  return {
    services: { taxRates, ledger, invoices, issuing, settling, dueInvoices, corrections, documents },
    controllers: {
      taxRates: createTaxRateController({ taxRates }),
      invoices: createInvoiceController({ invoices, documents, records, corrections }),
    },
  };
}
