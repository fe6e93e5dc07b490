import { uuidv7 } from 'uuidv7';
import { appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { TaxRateRepository } from '../../repositories/billing/tax-rate.repository.ts';
import type { NewTaxRate, TaxRate, TaxRateChanges, TaxRateFilter } from '../../types/billing/tax.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, PlatformScope } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type { AuditTrail } from '../base/audit-trail.ts';

export interface TaxRateServiceDeps {
  readonly taxRates: TaxRateRepository;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

export type TaxRateService = ReturnType<typeof createTaxRateService>;

/** The taxes that the operator charges. Invoices keep what they were charged: a change is for those that come. */
export function createTaxRateService({ taxRates, tx, audit, clock }: TaxRateServiceDeps) {
  return {
    /** Tenants see the rates in force, operators all of them. */
    list(ctx: Context, filter: TaxRateFilter): Promise<Page<TaxRate>> {
      return taxRates.list(ctx, ctx.scope.kind === 'tenant' ? { ...filter, active: true } : filter);
    },

    /** @throws AppError VALIDATION_FAILED for a region of another country */
    async create(ctx: Context<PlatformScope>, rate: Omit<NewTaxRate, 'id'>): Promise<TaxRate> {
      const created = inItsCountry({ ...rate, id: uuidv7() });
      return tx.run(ctx, async (txCtx) => {
        const after = await taxRates.insert(txCtx, created, clock.now().toISOString());
        audit.record(txCtx, { resourceType: 'tax_rate', resourceId: after.id, after: auditedFields(after) });
        return after;
      });
    },

    /**
     * What is absent stays as it is.
     * @throws AppError TAX_RATE_NOT_FOUND, VERSION_CONFLICT with the current state, VALIDATION_FAILED
     */
    async update(
      ctx: Context<PlatformScope>,
      id: string,
      version: number | undefined,
      changes: TaxRateChanges,
    ): Promise<TaxRate> {
      return tx.run(ctx, async (txCtx) => {
        const before = await taxRates.lock(txCtx, id);
        if (before === null) throw appError('TAX_RATE_NOT_FOUND');
        if (version !== undefined && version !== before.version) {
          throw appError('VERSION_CONFLICT', { details: { current: before } });
        }
        const changed = inItsCountry({ ...before, ...changes });
        const after = await taxRates.update(txCtx, changed, clock.now().toISOString());
        audit.record(txCtx, {
          resourceType: 'tax_rate',
          resourceId: id,
          before: auditedFields(before),
          after: auditedFields(after),
        });
        return after;
      });
    },
  };
}

/** @throws AppError VALIDATION_FAILED for a region of another country */
function inItsCountry(rate: NewTaxRate): NewTaxRate {
  if (rate.region === null || rate.region.startsWith(`${rate.country}-`)) return rate;
  throw appError('VALIDATION_FAILED', {
    details: [{ path: 'body.region', message: `Must be a region of ${rate.country}`, code: 'custom' }],
  });
}

const auditedFields = ({
  id: _id,
  version: _version,
  createdAt: _createdAt,
  updatedAt: _updatedAt,
  ...fields
}: TaxRate) => fields;
