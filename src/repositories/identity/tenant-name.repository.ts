import type { Context, PlatformScope } from '../../types/context.ts';
import type { TenantId } from '../../types/ids.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

export interface TenantName {
  readonly name: string;
  readonly slug: string;
}

const LIST_OF = statement('select name, slug from tenants where id = any($1)');

export type TenantNameRepository = ReturnType<typeof createTenantNameRepository>;

/** What tenants are called, for people who are, or are about to be, members of them. */
export function createTenantNameRepository({ database }: { database: Database }) {
  return {
    listOf: (ctx: Context<PlatformScope>, tenantIds: readonly TenantId[]): Promise<TenantName[]> =>
      database.query<TenantName & Record<string, unknown>>(ctx, LIST_OF, [tenantIds]),
  };
}
