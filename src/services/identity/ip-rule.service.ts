import { uuidv7 } from 'uuidv7';
import { appError } from '../../errors/app-error.ts';
import { invalidateAtCommit } from '../../repositories/base/invalidation.repository.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import { violatedConstraint } from '../../repositories/base/unique-violation.ts';
import type { IpRuleRepository } from '../../repositories/identity/ip-rule.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, RowScope, TxContext } from '../../types/context.ts';
import type { IpRule, IpRuleFilter } from '../../types/identity/ip-rule.ts';
import { PLATFORM_ID, type TenantId } from '../../types/ids.ts';
import type { Page } from '../../types/page.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { IpRuleRegistry } from './ip-rule-registry.service.ts';
import { createIpRuleSet } from './ip-rule-set.ts';
import { isPlatformRole } from './roles.ts';
import type { SecurityLog } from './security-log.service.ts';

export interface IpRuleServiceDeps {
  readonly rules: IpRuleRepository;
  readonly registry: Pick<IpRuleRegistry, 'forget'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly securityLog: SecurityLog;
  readonly clock: Clock;
}

const MOST_RULES = 500;

export type IpRuleService = ReturnType<typeof createIpRuleService>;

/**
 * From which addresses people and keys may work. Rules belong to the tenant in context, or to the platform. A rule that denies
 * wins; once one allows, only what is allowed passes.
 */
export function createIpRuleService({ rules, registry, tx, audit, securityLog, clock }: IpRuleServiceDeps) {
  /** Writes down a change of the rules, and makes every process forget them. */
  const record = (ctx: TxContext<RowScope>, type: 'ip_rule.created' | 'ip_rule.deleted', rule: IpRule) => {
    const ownerId = ownerOf(ctx);
    const { action, cidr, note } = rule;
    const change = type === 'ip_rule.created' ? { after: { action, cidr, note } } : { before: { action, cidr, note } };
    audit.record(ctx, { resourceType: 'ip_rule', resourceId: rule.id, ...change });
    securityLog.record(ctx, { type, details: { ruleId: rule.id, action, cidr } });
    invalidateAtCommit(ctx, 'ip-rules', ownerId);
    ctx.tx.afterCommit(() => registry.forget(ownerId));
  };

  return {
    list(ctx: Context, filter: IpRuleFilter): Promise<Page<IpRule>> {
      const owned = inOwnScope(ctx);
      return rules.list(owned, ownerOf(owned), filter);
    },

    /**
     * @param rule its network in canonical form
     * @throws AppError IP_RULE_EXISTS, IP_RULE_LIMIT_REACHED, RULE_LOCKS_OUT_CALLER
     */
    async create(ctx: Context, rule: Pick<IpRule, 'action' | 'cidr' | 'note'>): Promise<IpRule> {
      const created: IpRule = { ...rule, id: uuidv7(), createdAt: clock.now().toISOString() };
      return tx.run(inOwnScope(ctx), async (txCtx) => {
        const before = await rules.lockAll(txCtx, ownerOf(txCtx));
        if (before.length >= MOST_RULES) throw appError('IP_RULE_LIMIT_REACHED');
        await insertOnce(rules, txCtx, created);
        refuseLockOut(txCtx, [...before, created]);
        record(txCtx, 'ip_rule.created', created);
        return created;
      });
    },

    /** @throws AppError IP_RULE_NOT_FOUND, RULE_LOCKS_OUT_CALLER */
    async remove(ctx: Context, id: string): Promise<void> {
      await tx.run(inOwnScope(ctx), async (txCtx) => {
        const before = await rules.lockAll(txCtx, ownerOf(txCtx));
        const rule = before.find((candidate) => candidate.id === id);
        if (rule === undefined) throw appError('IP_RULE_NOT_FOUND');
        refuseLockOut(
          txCtx,
          before.filter((other) => other !== rule),
        );
        await rules.delete(txCtx, ownerOf(txCtx), id);
        record(txCtx, 'ip_rule.deleted', rule);
      });
    },
  };
}

function inOwnScope(ctx: Context): Context<RowScope> {
  const { scope } = ctx;
  if (scope.kind === 'self') throw appError('TENANT_ACCESS_DENIED');
  return { ...ctx, scope };
}

const ownerOf = ({ scope }: Context<RowScope>): TenantId => (scope.kind === 'tenant' ? scope.tenantId : PLATFORM_ID);

/** A tenant's rules do not hold for operators: they can't lock themselves out by them. */
function refuseLockOut({ scope, actor, origin }: Context<RowScope>, rules: readonly IpRule[]): void {
  if (scope.kind === 'tenant' && isPlatformRole(actor.role)) return;
  if (!createIpRuleSet(rules).permits(origin.ipAddress)) throw appError('RULE_LOCKS_OUT_CALLER');
}

async function insertOnce(rules: IpRuleRepository, ctx: TxContext<RowScope>, rule: IpRule): Promise<void> {
  try {
    await rules.insert(ctx, ownerOf(ctx), rule);
  } catch (error) {
    if (violatedConstraint(error) === 'ip_rules_tenant_id_cidr_key') throw appError('IP_RULE_EXISTS', { cause: error });
    throw error;
  }
}
