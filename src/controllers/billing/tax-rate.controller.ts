import type { z } from 'zod';
import type { TaxRateService } from '../../services/billing/tax-rate.service.ts';
import type { TaxRate } from '../../types/billing/tax.ts';
import type { Context, PlatformScope } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type {
  CreateTaxRateRequest,
  ListTaxRatesQuery,
  UpdateTaxRateRequest,
} from '../../validators/billing/tax-rate.schema.ts';

export type TaxRateController = ReturnType<typeof createTaxRateController>;

export function createTaxRateController({ taxRates }: { readonly taxRates: TaxRateService }) {
  return {
    list(ctx: Context, query: z.output<typeof ListTaxRatesQuery>): Promise<Page<TaxRate>> {
      return taxRates.list(ctx, query);
    },

    create(ctx: Context<PlatformScope>, body: z.output<typeof CreateTaxRateRequest>): Promise<TaxRate> {
      return taxRates.create(ctx, body);
    },

    update(
      ctx: Context<PlatformScope>,
      id: string,
      { version, ...changes }: z.output<typeof UpdateTaxRateRequest>,
    ): Promise<TaxRate> {
      return taxRates.update(ctx, id, version, changes);
    },
  };
}
