import { appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { SecurityPolicyRepository, StoredPolicy } from '../../repositories/identity/security-policy.repository.ts';
import type { TotpAuthenticatorRepository } from '../../repositories/identity/totp-authenticator.repository.ts';
import type { Context, TxContext } from '../../types/context.ts';
import { platformScope, rescoped, tenantIdOf } from '../../types/context-factory.ts';
import type { SecurityPolicy } from '../../types/identity/security-policy.ts';
import { PLATFORM_ID } from '../../types/ids.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import { isPlatformRole } from './roles.ts';
import type { SecurityLog } from './security-log.service.ts';
import type { SecurityPolicyService } from './security-policy.service.ts';
import { exceptForOperators, stricterPolicy, weakerFields } from './security-policy-rules.ts';

export interface SecurityPolicyEditorDeps {
  readonly policies: Pick<SecurityPolicyRepository, 'listOf' | 'lock' | 'insert' | 'replace'>;
  readonly installation: Pick<SecurityPolicyService, 'defaults'>;
  readonly authenticators: Pick<TotpAuthenticatorRepository, 'isConfirmed'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly securityLog: SecurityLog;
}

/** The policy of a tenant or of the platform, and what it stands under. */
export interface PolicyView {
  /** What has been set here; null for nothing. */
  readonly own: SecurityPolicy | null;
  /** What holds without it, and what it can't weaken: the installation's rules and, for a tenant, the platform's. */
  readonly inherited: SecurityPolicy;
  /** The stricter of both, rule by rule. */
  readonly effective: SecurityPolicy;
  /** Of `own`; 0 while nothing has been set. */
  readonly version: number;
}

export type SecurityPolicyEditor = ReturnType<typeof createSecurityPolicyEditor>;

export function createSecurityPolicyEditor(deps: SecurityPolicyEditorDeps) {
  const { policies, installation, authenticators, tx, audit, securityLog } = deps;

  const viewOf = (own: StoredPolicy | null, inherited: SecurityPolicy): PolicyView => ({
    own: own && rulesOf(own),
    inherited,
    effective: own === null ? inherited : stricterPolicy(own, inherited),
    version: own?.version ?? 0,
  });

  const read = async (ctx: Context): Promise<PolicyView> => {
    const tenantId = tenantIdOf(ctx) ?? PLATFORM_ID;
    const stored = await policies.listOf(rescoped(ctx, platformScope), [...new Set([PLATFORM_ID, tenantId])]);
    const platform = stored.find((policy) => policy.tenantId === PLATFORM_ID);
    const isUnderPlatform = tenantId !== PLATFORM_ID && platform !== undefined;
    const inherited = isUnderPlatform
      ? stricterPolicy(exceptForOperators(platform), installation.defaults)
      : installation.defaults;
    return viewOf(stored.find((policy) => policy.tenantId === tenantId) ?? null, inherited);
  };

  /** A second factor that is asked for the next time is one that whoever asks for it should have by now. */
  const refuseToShutOut = async (
    ctx: Context,
    before: SecurityPolicy | null,
    wanted: SecurityPolicy,
  ): Promise<void> => {
    if (wanted.twoFactor === 'optional' || before?.twoFactor === 'required' || !isSubject(ctx)) return;
    const { id } = ctx.actor;
    if (id === null || (await authenticators.isConfirmed(rescoped(ctx, platformScope), id))) return;
    throw appError('TWO_FACTOR_NOT_ENABLED', { message: 'Set up a second factor of your own first.' });
  };

  const save = async (
    ctx: TxContext,
    before: StoredPolicy | null,
    wanted: SecurityPolicy,
    version: number | undefined,
  ): Promise<StoredPolicy> => {
    const tenantId = tenantIdOf(ctx) ?? PLATFORM_ID;
    if (version !== undefined && version !== (before?.version ?? 0)) throw conflictWith(before);
    if (before !== null) return policies.replace(ctx, tenantId, wanted);
    const inserted = await policies.insert(ctx, tenantId, wanted);
    if (inserted === null) throw conflictWith(await policies.lock(ctx, tenantId));
    return inserted;
  };

  return {
    /** The policy of the tenant in context; without one, the platform's. */
    read,

    /**
     * Sets the policy of the tenant in context, or the platform's. It holds from the next sign-in on, and for sessions that are
     * open from their next refresh on: what falls short ends with its access token.
     * @param version what the policy must still be at, 0 for not set; without it the last one wins
     * @throws AppError POLICY_WEAKER_THAN_PLATFORM with the fields that are
     * @throws AppError TWO_FACTOR_NOT_ENABLED when somebody asks for a second factor that they are asked for themselves, and
     * have none
     * @throws AppError VERSION_CONFLICT with the current state
     */
    async replace(ctx: Context, wanted: SecurityPolicy, version: number | undefined): Promise<PolicyView> {
      const { own, inherited } = await read(ctx);
      const weaker = weakerFields(wanted, inherited);
      if (weaker.length > 0) throw weakerThan(inherited, weaker);
      await refuseToShutOut(ctx, own, wanted);
      return tx.run(ctx, async (txCtx) => {
        const before = await policies.lock(txCtx, tenantIdOf(txCtx) ?? PLATFORM_ID);
        const after = await save(txCtx, before, wanted, version);
        audit.record(txCtx, {
          resourceType: 'security_policy',
          resourceId: after.tenantId,
          ...(before !== null && { before: { ...rulesOf(before) } }),
          after: { ...rulesOf(after) },
        });
        securityLog.record(txCtx, {
          type: 'policy.changed',
          details: { before: before && rulesOf(before), after: rulesOf(after) },
        });
        return viewOf(after, inherited);
      });
    },
  };
}

/** Whether a policy of this scope is asked of the caller: not of an operator in a tenant, and of no machine. */
const isSubject = ({ actor, scope }: Context): boolean =>
  actor.type === 'user' && isPlatformRole(actor.role) === (scope.kind === 'platform');

const rulesOf = (policy: SecurityPolicy): SecurityPolicy => ({
  passwordMinLength: policy.passwordMinLength,
  twoFactor: policy.twoFactor,
  magicLinks: policy.magicLinks,
  sessionDays: policy.sessionDays,
  sessionIdleDays: policy.sessionIdleDays,
});

const conflictWith = (current: StoredPolicy | null) =>
  appError('VERSION_CONFLICT', {
    details: { current: current && { ...rulesOf(current), version: current.version } },
  });

const weakerThan = (inherited: SecurityPolicy, fields: readonly (keyof SecurityPolicy)[]) =>
  appError('POLICY_WEAKER_THAN_PLATFORM', {
    details: fields.map((field) => ({
      path: `body.${field}`,
      message: `Must be as strict as above: ${inherited[field]}`,
    })),
  });
