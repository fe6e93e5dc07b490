import type { z } from 'zod';
import type { TenantService } from '../../services/tenancy/tenant.service.ts';
import type { PreparedOwner, TenantRegistration } from '../../services/tenancy/tenant-registration.service.ts';
import type { Context, PlatformScope } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type { Tenant } from '../../types/tenancy/tenant.ts';
import type {
  CreateTenantRequest,
  ListTenantsQuery,
  SuspendTenantRequest,
  TenantResponse,
  UpdateTenantRequest,
} from '../../validators/tenancy/tenant.schema.ts';

type TenantAnswer = z.input<typeof TenantResponse>;

export interface TenantControllerDeps {
  readonly tenants: TenantService;
  readonly registration: TenantRegistration;
}

export type TenantController = ReturnType<typeof createTenantController>;

export function createTenantController({ tenants, registration }: TenantControllerDeps) {
  return {
    async list(ctx: Context, query: z.output<typeof ListTenantsQuery>): Promise<Page<TenantAnswer>> {
      const page = await tenants.list(ctx, query);
      return { ...page, items: page.items.map(toTenantAnswer) };
    },

    async get(ctx: Context, id: string): Promise<TenantAnswer> {
      return toTenantAnswer(await tenants.get(ctx, id));
    },

    prepareOwner({ owner, ...tenant }: z.output<typeof CreateTenantRequest>): Promise<PreparedOwner> {
      return registration.prepareOwner(owner, tenant);
    },

    async create(
      ctx: Context<PlatformScope>,
      { owner: _owner, planId, ...tenant }: z.output<typeof CreateTenantRequest>,
      owner: PreparedOwner,
    ): Promise<TenantAnswer> {
      return toTenantAnswer(await registration.register(ctx, { tenant, owner, planId }));
    },

    async update(
      ctx: Context,
      id: string,
      { version, ...changes }: z.output<typeof UpdateTenantRequest>,
    ): Promise<TenantAnswer> {
      return toTenantAnswer(await tenants.update(ctx, id, version, changes));
    },

    async remove(ctx: Context<PlatformScope>, id: string): Promise<undefined> {
      await tenants.remove(ctx, id);
    },

    async suspend(
      ctx: Context<PlatformScope>,
      id: string,
      { reason }: z.output<typeof SuspendTenantRequest>,
    ): Promise<TenantAnswer> {
      return toTenantAnswer(await tenants.suspend(ctx, id, reason));
    },

    async activate(ctx: Context<PlatformScope>, id: string): Promise<TenantAnswer> {
      return toTenantAnswer(await tenants.activate(ctx, id));
    },
  };
}

const toTenantAnswer = (tenant: Tenant): TenantAnswer => ({ ...tenant, addressLines: [...tenant.addressLines] });
