import type { TenantRepository } from '../../repositories/tenancy/tenant.repository.ts';
import { platformScope, systemContext } from '../../types/context-factory.ts';
import type { TenantId } from '../../types/ids.ts';
import type { TenantStatus } from '../../types/tenancy/tenant.ts';

/** How a process hears that a tenant has changed. */
export interface TenantChanges {
  /** @param forget is called with the tenant's id */
  onTenantChanged(forget: (tenantId: string) => void): void;
  /** Called whenever changes may have been missed. */
  onGap(forgetAll: () => void): void;
  /** Whether changes are being heard right now. */
  readonly connected: boolean;
}

export interface TenantDirectoryDeps {
  readonly tenants: Pick<TenantRepository, 'findStatus'>;
  readonly changes: TenantChanges;
}

/** How long a status is believed while no change can be heard. */
const BLIND_TRUST_MS = 1000;
const MOST_TENANTS = 50_000;

export type TenantDirectory = ReturnType<typeof createTenantDirectory>;

/** The status of every tenant that is being worked for, in memory: a suspension reaches each process with its commit. */
export function createTenantDirectory({ tenants, changes }: TenantDirectoryDeps) {
  const known = new Map<string, { status: TenantStatus | null; readAt: number }>();
  const reading = new Map<string, Promise<TenantStatus | null>>();
  let generation = 0;

  changes.onTenantChanged((tenantId) => {
    generation += 1;
    known.delete(tenantId);
    reading.delete(tenantId);
  });
  changes.onGap(() => {
    generation += 1;
    known.clear();
    reading.clear();
  });

  const read = async (tenantId: TenantId): Promise<TenantStatus | null> => {
    const asked = generation;
    const status = await tenants.findStatus(systemContext(platformScope, 'tenant-directory'), tenantId);
    if (known.size >= MOST_TENANTS) known.clear();
    if (asked === generation) known.set(tenantId, { status, readAt: Date.now() });
    return status;
  };

  return {
    /** The tenant's status, or null when there is none; from memory where possible, then without a promise. */
    statusOf(tenantId: TenantId): TenantStatus | null | Promise<TenantStatus | null> {
      const entry = known.get(tenantId);
      if (entry !== undefined && (changes.connected || Date.now() - entry.readAt < BLIND_TRUST_MS)) return entry.status;
      const pending = reading.get(tenantId);
      if (pending !== undefined) return pending;
      const started = read(tenantId).finally(() => reading.delete(tenantId));
      reading.set(tenantId, started);
      return started;
    },
  };
}
