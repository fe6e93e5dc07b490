import type { Actor } from '../context.ts';
import type { TenantId } from '../ids.ts';

/** Who did what, on what, from where. Times are ISO 8601. */
export interface AuditEntry {
  readonly id: string;
  /** null: it is about the platform itself. */
  readonly tenantId: TenantId | null;
  readonly occurredAt: string;
  readonly action: string;
  readonly resourceType: string;
  readonly resourceId: string | null;
  readonly actor: Pick<Actor, 'type' | 'id' | 'name' | 'impersonatorId'>;
  readonly sessionId: string | null;
  readonly requestId: string;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  readonly changes: AuditedChanges;
  /** Its place in the tenant's chain; null until it is sealed. */
  readonly sequence: number | null;
}

/** Fields before and after, or only one of them for what was created or deleted. */
export interface AuditedChanges {
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
}

export interface AuditFilter {
  readonly action?: string | undefined;
  readonly actorId?: string | undefined;
  readonly resourceType?: string | undefined;
  readonly resourceId?: string | undefined;
  /** The beginning of the period, included. */
  readonly from?: string | undefined;
  /** The end of the period, not included. */
  readonly to?: string | undefined;
}
