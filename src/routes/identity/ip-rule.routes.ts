import type { IpRuleController } from '../../controllers/identity/ip-rule.controller.ts';
import { tenantOrPlatform } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';
import { CreateIpRuleRequest, IpRuleResponse, ListIpRulesQuery } from '../../validators/identity/ip-rule.schema.ts';

export interface IpRuleRouteDeps {
  readonly ipRules: IpRuleController;
}

const endpoint = endpointsFor<IpRuleRouteDeps>();
const tags = ['Security'] as const;

export const listIpRules = endpoint({
  method: 'get',
  path: '/api/security/ip-rules',
  operationId: 'listIpRules',
  summary: 'List address rules',
  description: "The tenant's; without a tenant, the platform's.",
  tags,
  access: tenantOrPlatform('security:read'),
  query: ListIpRulesQuery,
  success: { status: 200, page: IpRuleResponse },
  handler: ({ ipRules }, { query, ctx }) => ipRules.list(ctx, query),
});

export const createIpRule = endpoint({
  method: 'post',
  path: '/api/security/ip-rules',
  operationId: 'createIpRule',
  summary: 'Allow or deny a network',
  description:
    "Denying wins; once a rule allows, only what is allowed passes. A tenant's rules hold for its members and API keys. The platform's denials hold for everybody, also where they sign in, and what it allows for operators only. A rule that would lock out whoever makes it is refused.",
  tags,
  access: tenantOrPlatform('security:write'),
  body: CreateIpRuleRequest,
  success: { status: 201, schema: IpRuleResponse },
  errors: ['IP_RULE_EXISTS', 'IP_RULE_LIMIT_REACHED', 'RULE_LOCKS_OUT_CALLER'],
  idempotent: true,
  audit: 'ip_rule.created',
  handler: ({ ipRules }, { body, ctx }) => ipRules.create(ctx, body),
});

export const deleteIpRule = endpoint({
  method: 'delete',
  path: '/api/security/ip-rules/:id',
  operationId: 'deleteIpRule',
  summary: 'Delete an address rule',
  tags,
  access: tenantOrPlatform('security:write'),
  params: IdParams,
  success: { status: 204 },
  errors: ['IP_RULE_NOT_FOUND', 'RULE_LOCKS_OUT_CALLER'],
  audit: 'ip_rule.deleted',
  handler: ({ ipRules }, { params, ctx }) => ipRules.remove(ctx, params.id),
});

export const ipRuleEndpoints = [listIpRules, createIpRule, deleteIpRule] as const;
