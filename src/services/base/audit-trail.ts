import { uuidv7 } from 'uuidv7';
import { invariant } from '../../errors/app-error.ts';
import type { AuditRepository, NewAuditEntry } from '../../repositories/base/audit.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { TxContext } from '../../types/context.ts';
import { PLATFORM_ID, type TenantId } from '../../types/ids.ts';

export interface AuditTrailDeps {
  readonly entries: AuditRepository;
  readonly clock: Clock;
}

/** What happened to what. `before` and `after` hold allow-listed fields, never secrets. */
export interface AuditedChange {
  readonly resourceType: string;
  readonly resourceId: string | null;
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
  /** Whose chain it belongs to, where the scope does not say. */
  readonly tenantId?: TenantId;
  /** Overrides the action that the endpoint or job declares. */
  readonly action?: string;
}

export type AuditTrail = ReturnType<typeof createAuditTrail>;

export function createAuditTrail({ entries, clock }: AuditTrailDeps) {
  const entryOf = (ctx: TxContext, change: AuditedChange): NewAuditEntry => {
    const { actor, origin } = ctx;
    return {
      tenantId: change.tenantId ?? (ctx.scope.kind === 'tenant' ? ctx.scope.tenantId : PLATFORM_ID),
      id: uuidv7(),
      occurredAt: clock.now().toISOString(),
      action: invariant(change.action ?? ctx.audit.action, 'An audited change needs an action'),
      resourceType: change.resourceType,
      resourceId: change.resourceId,
      actorType: actor.type,
      actorId: actor.id,
      actorName: actor.name,
      impersonatorId: actor.impersonatorId,
      sessionId: actor.sessionId,
      requestId: ctx.requestId,
      ipAddress: origin.ipAddress,
      userAgent: origin.userAgent,
      changes: changedFields(change.before, change.after),
    };
  };

  return {
    /**
     * Writes an entry that commits with the change it describes.
     * @throws Error when neither the operation nor the change names an action
     */
    record(ctx: TxContext, change: AuditedChange): void {
      ctx.audit.recorded = true;
      entries.append(ctx, entryOf(ctx, change));
    },

    /** As `record`, for what one operation does to many resources of one kind and tenant: an entry each. */
    recordMany(ctx: TxContext, changes: readonly AuditedChange[]): void {
      ctx.audit.recorded = true;
      entries.appendMany(
        ctx,
        changes.map((change) => entryOf(ctx, change)),
      );
    },
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** Only what differs, so that an entry says what changed and not what the row was. */
function changedFields(before: Fields | undefined, after: Fields | undefined): { before?: Fields; after?: Fields } {
  if (before === undefined || after === undefined) return { ...(before && { before }), ...(after && { after }) };
  const names = Object.keys({ ...before, ...after }).filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  const pick = (fields: Fields) => Object.fromEntries(names.map((name) => [name, fields[name] ?? null]));
  return { before: pick(before), after: pick(after) };
}
