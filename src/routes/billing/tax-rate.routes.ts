import type { TaxRateController } from '../../controllers/billing/tax-rate.controller.ts';
import { platform, tenantOrPlatform } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import {
  CreateTaxRateRequest,
  ListTaxRatesQuery,
  TaxRateResponse,
  UpdateTaxRateRequest,
} from '../../validators/billing/tax-rate.schema.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';

export interface TaxRateRouteDeps {
  readonly taxRates: TaxRateController;
}

const endpoint = endpointsFor<TaxRateRouteDeps>();
const tags = ['Tax rates'] as const;

export const listTaxRates = endpoint({
  method: 'get',
  path: '/api/revenue/tax-rates',
  operationId: 'listTaxRates',
  summary: 'List tax rates',
  description: 'Tenants see the rates that are charged, operators all of them.',
  tags,
  access: tenantOrPlatform('plans:read'),
  query: ListTaxRatesQuery,
  success: { status: 200, page: TaxRateResponse },
  handler: ({ taxRates }, { query, ctx }) => taxRates.list(ctx, query),
});

export const createTaxRate = endpoint({
  method: 'post',
  path: '/api/revenue/tax-rates',
  operationId: 'createTaxRate',
  summary: 'Create a tax rate',
  description:
    'The rate of a country, or of one of its regions, that is charged longest is the default of lines that name none. Goods and services tax is split by the place of supply: CGST and SGST within the seller’s state, IGST elsewhere.',
  tags,
  access: platform('plans:write'),
  body: CreateTaxRateRequest,
  success: { status: 201, schema: TaxRateResponse },
  idempotent: true,
  audit: 'tax_rate.created',
  handler: ({ taxRates }, { body, ctx }) => taxRates.create(ctx, body),
});

export const updateTaxRate = endpoint({
  method: 'put',
  path: '/api/revenue/tax-rates/:id',
  operationId: 'updateTaxRate',
  summary: 'Change a tax rate',
  description:
    'What is absent stays as it is. Invoices that were issued keep what they charged. With `version` the change fails if somebody else was quicker.',
  tags,
  access: platform('plans:write'),
  params: IdParams,
  body: UpdateTaxRateRequest,
  success: { status: 200, schema: TaxRateResponse },
  errors: ['TAX_RATE_NOT_FOUND', 'VERSION_CONFLICT'],
  audit: 'tax_rate.updated',
  handler: ({ taxRates }, { params, body, ctx }) => taxRates.update(ctx, params.id, body),
});

export const taxRateEndpoints = [listTaxRates, createTaxRate, updateTaxRate] as const;
