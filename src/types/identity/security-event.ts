import type { TenantId } from '../ids.ts';
import type { TimePosition } from '../page.ts';

/** What concerns the security of accounts, by the name its readers filter by. */
export const securityEventTypes = [
  'session.reuse_detected',
  'session.revoked',
  'sign_in.new_device',
  'account.throttled',
  'account.unlocked',
  'password.changed',
  'password.reset',
  'two_factor.enabled',
  'two_factor.disabled',
  'two_factor.reset',
  'recovery_codes.replaced',
  'recovery_code.used',
  'email.verified',
  'member.invited',
  'member.joined',
  'member.role_changed',
  'member.status_changed',
  'member.removed',
  'role.changed',
  'operator.changed',
  'api_key.created',
  'api_key.rotated',
  'api_key.revoked',
  'ip_rule.created',
  'ip_rule.deleted',
  'policy.changed',
  'impersonation.started',
] as const;

export type SecurityEventType = (typeof securityEventTypes)[number];

/** Something that happened to somebody's account, or to who may sign in. */
export interface SecurityEvent extends TimePosition {
  /** null: it is about the platform itself. */
  readonly tenantId: TenantId | null;
  readonly type: SecurityEventType;
  /** Whom it happened to. */
  readonly userId: string | null;
  readonly actorId: string | null;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface SecurityEventFilter {
  readonly type?: SecurityEventType | undefined;
  readonly userId?: string | undefined;
  /** The beginning of the period, included. */
  readonly from?: string | undefined;
  /** The end of the period, not included. */
  readonly to?: string | undefined;
}
