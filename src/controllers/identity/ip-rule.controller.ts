import type { z } from 'zod';
import type { IpRuleService } from '../../services/identity/ip-rule.service.ts';
import type { Context } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type {
  CreateIpRuleRequest,
  IpRuleResponse,
  ListIpRulesQuery,
} from '../../validators/identity/ip-rule.schema.ts';

type IpRuleAnswer = z.input<typeof IpRuleResponse>;

export type IpRuleController = ReturnType<typeof createIpRuleController>;

export function createIpRuleController({ ipRules }: { readonly ipRules: IpRuleService }) {
  return {
    list: (ctx: Context, query: z.output<typeof ListIpRulesQuery>): Promise<Page<IpRuleAnswer>> =>
      ipRules.list(ctx, query),

    create: (ctx: Context, body: z.output<typeof CreateIpRuleRequest>): Promise<IpRuleAnswer> =>
      ipRules.create(ctx, body),

    async remove(ctx: Context, id: string): Promise<undefined> {
      await ipRules.remove(ctx, id);
    },
  };
}
