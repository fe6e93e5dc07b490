import { everyPermission, noPermissions } from './access-control.ts';
import type {
  Actor,
  Context,
  OrganizationScope,
  Origin,
  PlatformScope,
  Scope,
  SelfScope,
  TenantScope,
} from './context.ts';
import type { TenantId } from './ids.ts';

export const platformScope: PlatformScope = { kind: 'platform' };
export const selfScope: SelfScope = { kind: 'self' };
export const organizationScope = (organizationId: string): OrganizationScope => ({ kind: 'platform', organizationId });
export const tenantScope = (tenantId: TenantId): TenantScope => ({ kind: 'tenant', tenantId });

const systemActor: Actor = {
  type: 'system',
  id: null,
  name: 'Rowhouse',
  email: null,
  userType: null,
  role: null,
  sessionId: null,
  impersonatorId: null,
};

export const anonymousActor: Actor = { ...systemActor, type: 'anonymous', name: 'anonymous' };

const nowhere: Origin = { ipAddress: null, userAgent: null };

/** The context of work that the product does by itself: jobs, schedules, the seed. */
export const systemContext = <S extends Scope>(
  scope: S,
  requestId: string,
  auditAction: string | null = null,
): Context<S> => ({
  requestId,
  actor: systemActor,
  scope,
  origin: nowhere,
  audit: { action: auditAction, recorded: false },
  permissions: everyPermission,
  tx: null,
});

/** The context of a request before anybody is known to stand behind it. */
export const anonymousContext = (
  requestId: string,
  origin: Origin,
  auditAction: string | null,
): Context<PlatformScope> => ({
  requestId,
  actor: anonymousActor,
  scope: platformScope,
  origin,
  audit: { action: auditAction, recorded: false },
  permissions: noPermissions,
  tx: null,
});

/** The tenant whose rows exist; null on the platform, and for people on their own. */
export const tenantIdOf = ({ scope }: Context): TenantId | null => (scope.kind === 'tenant' ? scope.tenantId : null);

/** The same actor on the platform's or another tenant's rows. For services that have decided that this is right. */
export const rescoped = <S extends Scope>(ctx: Context, scope: S): Context<S> => {
  if (ctx.tx !== null) throw new Error('A transaction can not change its scope');
  return { ...ctx, scope };
};
