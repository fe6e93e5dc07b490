import type { z } from 'zod';
import type { Context, PlatformScope, Scope, TenantScope } from '../types/context.ts';
import { platformScope, systemContext, tenantScope } from '../types/context-factory.ts';
import { asTenantId } from '../types/ids.ts';
import type { QueueName } from './queue-names.ts';

/** Whose rows a job works on. There is no default: a job says that it belongs to a tenant, or that it does not. */
export interface JobScope<S extends Scope, Payload> {
  readonly kind: S['kind'];
  of(payload: Payload): S;
}

/** The tenant that the payload names. */
export const inTenant: JobScope<TenantScope, { readonly tenantId: string }> = {
  kind: 'tenant',
  of: ({ tenantId }) => tenantScope(asTenantId(tenantId)),
};

/** All tenants: work of the platform itself. */
export const platformWide: JobScope<PlatformScope, unknown> = { kind: 'platform', of: () => platformScope };

/** One run of a job. */
export interface JobRun {
  /** The request or schedule that it goes back to. */
  readonly requestId: string;
  /** 1 for the first. */
  readonly attempt: number;
  /** How many there will be at the most. */
  readonly attempts: number;
  /** Aborted when the job has run too long, or nobody waits for it any more. */
  readonly signal: AbortSignal;
}

export interface JobInput<Payload, Ctx> extends Omit<JobRun, 'requestId'> {
  readonly payload: Payload;
  readonly ctx: Ctx;
}

/** The declaration of one job. Everything around the handler is an option here. */
export interface JobSpec<Deps, S extends Scope, Payload extends z.ZodObject> {
  /** `<domain>.<what-it-does>` */
  readonly name: string;
  readonly queue: QueueName;
  readonly scope: JobScope<S, z.output<Payload>>;
  /** Strict; ids, never objects, secrets or personal data: queues are not behind the wall. */
  readonly payload: Payload;
  /** The first one and all retries together. */
  readonly attempts: number;
  /** The first pause; each further one is twice as long, and all vary by half so that failures don't come back together. */
  readonly backoff: { readonly type: 'exponential'; readonly delayMs: number };
  readonly timeoutMs: number;
  /** While a job with this key waits, another one is not added; while it runs, one is kept for afterwards. */
  readonly deduplicationKey?: (payload: z.output<Payload>) => string;
  /** What the audit trail calls the changes it makes. */
  readonly auditAction?: string;
  /** May run twice with the same payload. What it resolves with is kept with the finished job. */
  readonly handler: (deps: Deps, input: JobInput<z.output<Payload>, Context<S>>) => Promise<unknown>;
}

/** A payload that has been accepted; `run` calls the handler with it. */
export interface AcceptedJob<Deps> {
  readonly payload: Readonly<Record<string, unknown>>;
  readonly deduplicationKey: string | undefined;
  run(deps: Deps, run: JobRun): Promise<unknown>;
}

/** A job as the workers, the producers and the tests see it. */
export interface Job<Deps, Payload extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly queue: QueueName;
  readonly scope: Scope['kind'];
  readonly payload: Payload;
  readonly attempts: number;
  readonly backoff: { readonly type: 'exponential'; readonly delayMs: number };
  readonly timeoutMs: number;
  /** @throws ZodError when the payload does not fit */
  readonly accept: (payload: unknown) => AcceptedJob<Deps>;
}

/** A job whatever its handler needs: enough to put it on its queue. */
export type QueueableJob = Job<never>;

/**
 * Curried, since TypeScript infers the payload or takes the dependencies, not both in one call:
 * `defineJob<{ documents: Documents }>()({ ... })`.
 */
export const defineJob =
  <Deps>() =>
  <S extends Scope, Payload extends z.ZodObject>(spec: JobSpec<Deps, S, Payload>): Job<Deps, Payload> => ({
    name: spec.name,
    queue: spec.queue,
    scope: spec.scope.kind,
    payload: spec.payload,
    attempts: spec.attempts,
    backoff: spec.backoff,
    timeoutMs: spec.timeoutMs,
    accept(data) {
      const payload = spec.payload.parse(data);
      const scope = spec.scope.of(payload);
      return {
        payload,
        deduplicationKey: spec.deduplicationKey?.(payload),
        run: (deps, { requestId, ...run }) =>
          spec.handler(deps, {
            ...run,
            payload,
            ctx: systemContext(scope, requestId, spec.auditAction ?? null),
          }),
      };
    },
  });
