import { appError } from '../errors/app-error.ts';
import type { Permission } from '../types/access-control.ts';
import type { AccessRule, SignatureScheme } from '../types/access-rule.ts';
import type { Context, OrganizationScope, PlatformScope, Scope, TenantScope } from '../types/context.ts';

/** Who may call an endpoint, and what its handler may therefore count on. */
export interface Access<out Ctx extends Context> {
  readonly rule: AccessRule;
  /** Turns the request's context into the one that the rule promises. */
  narrow(ctx: Context): Ctx;
}

const inScope =
  <S extends Scope>(accepts: (scope: Scope) => scope is S) =>
  (ctx: Context): Context<S> => {
    const { scope } = ctx;
    if (!accepts(scope)) throw appError('TENANT_REQUIRED');
    return { ...ctx, scope };
  };

const isTenantScope = (scope: Scope): scope is TenantScope => scope.kind === 'tenant';
const isPlatformScope = (scope: Scope): scope is PlatformScope => scope.kind === 'platform';
const isOrganizationScope = (scope: Scope): scope is OrganizationScope =>
  scope.kind === 'platform' && 'organizationId' in scope;
const isAnyScope = (scope: Scope): scope is Scope => scope !== undefined;

/** Anybody. The reason is required and stands in the documents. */
export const publicBecause = (because: string): Access<Context<PlatformScope>> => ({
  rule: { kind: 'public', because },
  narrow: inScope(isPlatformScope),
});

/** What `user` lets pass besides people with a whole session of their own. */
export interface UserAccessOptions {
  readonly duringEnrolment?: boolean;
  readonly impersonated?: boolean;
}

/** Any signed-in user, whatever they may do; no API key. */
export const user = ({ duringEnrolment = false, impersonated = false }: UserAccessOptions = {}): Access<Context> => ({
  rule: { kind: 'user', duringEnrolment, impersonated },
  narrow: inScope(isAnyScope),
});

/** Whoever holds the permission in the tenant in context; an operator names the tenant in X-Tenant-Id. */
export const tenant = (permission: Permission): Access<Context<TenantScope>> => ({
  rule: { kind: 'tenant', permission, platformWide: false },
  narrow: inScope(isTenantScope),
});

/** As `tenant`, and an operator who names no tenant works on the rows of all of them. */
export const tenantOrPlatform = (permission: Permission): Access<Context> => ({
  rule: { kind: 'tenant', permission, platformWide: true },
  narrow: inScope(isAnyScope),
});

/** Operators of the platform only. */
export const platform = (permission: Permission): Access<Context<PlatformScope>> => ({
  rule: { kind: 'platform', permission },
  narrow: inScope(isPlatformScope),
});

/** Whoever administers an organization with storage of its own, which is in the scope. */
export const organizationAdmin = (): Access<Context<OrganizationScope>> => ({
  rule: { kind: 'organizationAdmin' },
  narrow: inScope(isOrganizationScope),
});

/** A machine that proves itself by a token or signature of its own. */
export const signature = (scheme: SignatureScheme): Access<Context<PlatformScope>> => ({
  rule: { kind: 'signature', scheme },
  narrow: inScope(isPlatformScope),
});
