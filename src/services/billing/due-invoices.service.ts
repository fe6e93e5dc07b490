import type { Logger } from '../../config/logger.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { DueDraftRepository, FinalizedDraft } from '../../repositories/billing/due-draft.repository.ts';
import type { InvoiceRepository } from '../../repositories/billing/invoice.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, PlatformScope, TenantContext } from '../../types/context.ts';
import { rescoped, tenantScope } from '../../types/context-factory.ts';
import type { TenantId } from '../../types/ids.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import type { TenantService } from '../tenancy/tenant.service.ts';
import { dueAtOf, statusOf } from './invoice-finalizing.ts';
import { financialYearOf, invoiceSeries } from './invoice-number.ts';
import type { LedgerService } from './ledger.service.ts';
import { invoiceFinalized } from './ledger-postings.ts';

export interface DueInvoicesServiceDeps {
  readonly drafts: DueDraftRepository;
  readonly invoices: Pick<InvoiceRepository, 'reserveNumbers'>;
  readonly tenants: Pick<TenantService, 'get'>;
  readonly ledger: Pick<LedgerService, 'bookMany'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly events: DomainEvents;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Invoices of one transaction: long enough to be worth it, short enough that nobody waits for the series. */
const BATCH_SIZE = 250;
const TENANTS_PER_PAGE = 100;
const SMALLEST_ID = '00000000-0000-0000-0000-000000000000';

export type DueInvoicesService = ReturnType<typeof createDueInvoicesService>;

/** Finalizes the drafts whose time has come, many in one transaction. */
export function createDueInvoicesService(deps: DueInvoicesServiceDeps) {
  const { drafts, invoices, tenants, ledger, tx, audit, events, clock, log } = deps;

  /** Numbers are taken as a block, in the transaction that uses all of them: killed anywhere, it leaves no gap. */
  const finalizeBatch = (ctx: TenantContext, { country, timeZone }: { country: string; timeZone: string }) =>
    tx.run(ctx, async (txCtx) => {
      const now = clock.now();
      const issuedAt = now.toISOString();
      const due = await drafts.lockDue(txCtx, issuedAt, BATCH_SIZE);
      if (due.length === 0) return 0;
      const financialYear = financialYearOf(now, country, timeZone);
      const last = await invoices.reserveNumbers(txCtx, invoiceSeries.name, financialYear, due.length);
      const finalized = due.map(
        (draft, index): FinalizedDraft => ({
          id: draft.id,
          number: invoiceSeries.format(financialYear, last - due.length + 1 + index),
          status: statusOf(draft),
          dueAt: dueAtOf(draft, now),
        }),
      );
      await Promise.all([
        drafts.finalizeMany(txCtx, finalized, issuedAt),
        ledger.bookMany(txCtx, due.map(invoiceFinalized), now),
      ]);
      const happened = due.map(({ id, billingReason, total }) => ({
        subject: id,
        payload: { invoiceId: id, billingReason },
        isPaid: statusOf({ total }) === 'paid',
      }));
      events.publishMany(txCtx, 'invoice.finalized', happened);
      events.publishMany(
        txCtx,
        'invoice.paid',
        happened.filter(({ isPaid }) => isPaid),
      );
      audit.recordMany(
        txCtx,
        finalized.map(({ id, number, status, dueAt }) => ({
          resourceType: 'invoice',
          resourceId: id,
          before: { status: 'draft', number: null, issuedAt: null, dueAt: null },
          after: { status, number, issuedAt, dueAt },
        })),
      );
      return due.length;
    });

  /** Batch by batch, until one is not full. */
  const finalizeTenant = async (ctx: TenantContext, signal: AbortSignal): Promise<number> => {
    const tenant = await tenants.get(ctx, ctx.scope.tenantId);
    let total = 0;
    while (!signal.aborted) {
      const finalized = await finalizeBatch(ctx, tenant);
      total += finalized;
      if (finalized < BATCH_SIZE) break;
    }
    return total;
  };

  return {
    /**
     * Finalizes every due draft, tenant by tenant, until none is left or `signal` is aborted; two runs at once finalize each
     * once. A tenant that fails holds up no other.
     * @returns how many invoices were finalized
     * @throws AggregateError when tenants failed, after all others
     */
    async finalizeDue(ctx: Context<PlatformScope>, signal: AbortSignal): Promise<{ finalized: number }> {
      let finalized = 0;
      const failures: unknown[] = [];
      let after = SMALLEST_ID;
      while (!signal.aborted) {
        const page: TenantId[] = await drafts.tenantsDue(ctx, clock.now().toISOString(), after, TENANTS_PER_PAGE);
        for (const tenantId of page) {
          if (signal.aborted) break;
          try {
            finalized += await finalizeTenant(rescoped(ctx, tenantScope(tenantId)), signal);
          } catch (error) {
            log.warn('a tenant’s drafts could not be finalized', { tenantId, error });
            failures.push(error);
          }
        }
        after = page.at(-1) ?? after;
        if (page.length < TENANTS_PER_PAGE) break;
      }
      if (failures.length > 0) throw new AggregateError(failures, `the drafts of ${failures.length} tenants failed`);
      return { finalized };
    },
  };
}
