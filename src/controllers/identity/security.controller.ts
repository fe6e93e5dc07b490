import type { z } from 'zod';
import type { LockoutService } from '../../services/identity/lockout.service.ts';
import type { SecurityEventService } from '../../services/identity/security-event.service.ts';
import type { SecurityOverview, SecurityOverviewService } from '../../services/identity/security-overview.service.ts';
import type { Context } from '../../types/context.ts';
import type { Lockout } from '../../types/identity/lockout.ts';
import type { LoginAttemptEntry } from '../../types/identity/login-attempt.ts';
import type { SecurityEvent } from '../../types/identity/security-event.ts';
import type { Page, Slice } from '../../types/page.ts';
import type {
  ListLockoutsQuery,
  ListLoginAttemptsQuery,
  ListSecurityEventsQuery,
  LockoutResponse,
  LoginAttemptResponse,
  SecurityEventResponse,
  SecurityOverviewQuery,
  SecurityOverviewResponse,
} from '../../validators/identity/security.schema.ts';

type OverviewAnswer = z.input<typeof SecurityOverviewResponse>;
type EventAnswer = z.input<typeof SecurityEventResponse>;
type AttemptAnswer = z.input<typeof LoginAttemptResponse>;
type LockoutAnswer = z.input<typeof LockoutResponse>;

export interface SecurityControllerDeps {
  readonly overview: SecurityOverviewService;
  readonly events: SecurityEventService;
  readonly lockouts: LockoutService;
}

export type SecurityController = ReturnType<typeof createSecurityController>;

export function createSecurityController({ overview, events, lockouts }: SecurityControllerDeps) {
  return {
    async getOverview(ctx: Context, query: z.output<typeof SecurityOverviewQuery>): Promise<OverviewAnswer> {
      return toOverviewAnswer(await overview.get(ctx, Number(query.period)));
    },

    async listEvents(ctx: Context, query: z.output<typeof ListSecurityEventsQuery>): Promise<Slice<EventAnswer>> {
      const slice = await events.listEvents(ctx, query);
      return { ...slice, items: slice.items.map(toEventAnswer) };
    },

    async listAttempts(ctx: Context, query: z.output<typeof ListLoginAttemptsQuery>): Promise<Slice<AttemptAnswer>> {
      const slice = await events.listAttempts(ctx, query);
      return { ...slice, items: slice.items.map(toAttemptAnswer) };
    },

    async listLockouts(ctx: Context, query: z.output<typeof ListLockoutsQuery>): Promise<Page<LockoutAnswer>> {
      const page = await lockouts.list(ctx, query);
      return { ...page, items: page.items.map(toLockoutAnswer) };
    },

    async removeLockout(ctx: Context, id: string): Promise<undefined> {
      await lockouts.remove(ctx, id);
    },
  };
}

const toOverviewAnswer = ({ trend, events, ...counts }: SecurityOverview): OverviewAnswer => ({
  ...counts,
  trend: [...trend],
  events: [...events],
});
const toEventAnswer = (event: SecurityEvent): EventAnswer => event;
const toAttemptAnswer = (attempt: LoginAttemptEntry): AttemptAnswer => attempt;
const toLockoutAnswer = (lockout: Lockout): LockoutAnswer => lockout;
