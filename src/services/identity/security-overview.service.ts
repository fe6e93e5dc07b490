import type { SecurityOverviewRepository } from '../../repositories/identity/security-overview.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context } from '../../types/context.ts';
import { platformScope, rescoped, tenantIdOf } from '../../types/context-factory.ts';
import type {
  SecurityEventCount,
  SignInCounts,
  SignInDay,
  TwoFactorAdoption,
} from '../../types/identity/security-overview.ts';
import type { LockoutService } from './lockout.service.ts';
import type { SecuritySessionService } from './security-session.service.ts';

export interface SecurityOverviewServiceDeps {
  readonly overview: SecurityOverviewRepository;
  readonly lockouts: Pick<LockoutService, 'count'>;
  readonly liveSessions: Pick<SecuritySessionService, 'count'>;
  readonly clock: Clock;
}

export interface SecurityOverview {
  /** Days, today among them. */
  readonly period: number;
  readonly signIns: SignInCounts;
  /** One entry for each day of the period, the oldest first. */
  readonly trend: readonly SignInDay[];
  /** That block somebody now. */
  readonly lockouts: number;
  /** That can still be used. */
  readonly sessions: number;
  /** `share` is between 0 and 1, with four decimals. */
  readonly twoFactor: TwoFactorAdoption & { readonly share: number };
  /** The most frequent type first. */
  readonly events: readonly SecurityEventCount[];
}

const DAY_MS = 86_400_000;

export type SecurityOverviewService = ReturnType<typeof createSecurityOverviewService>;

export function createSecurityOverviewService(deps: SecurityOverviewServiceDeps) {
  const { overview, lockouts, liveSessions, clock } = deps;
  return {
    /**
     * What happened in the last days, in the tenant in context or on the whole installation.
     * @param period UTC days, the last of which is today
     */
    async get(ctx: Context, period: number): Promise<SecurityOverview> {
      const tomorrow = Math.floor(clock.now().getTime() / DAY_MS) + 1;
      const within = { from: beginningOf(tomorrow - period), to: beginningOf(tomorrow) };
      const [trend, events, enrolment, lockoutCount, sessionCount] = await Promise.all([
        overview.countSignIns(ctx, within),
        overview.countEvents(ctx, within),
        overview.countEnrolled(rescoped(ctx, platformScope), tenantIdOf(ctx)),
        lockouts.count(ctx),
        liveSessions.count(ctx),
      ]);
      return {
        period,
        signIns: totalOf(trend),
        trend,
        lockouts: lockoutCount,
        sessions: sessionCount,
        twoFactor: { ...enrolment, share: shareOf(enrolment) },
        events,
      };
    },
  };
}

const NO_SIGN_INS: SignInCounts = { succeeded: 0, failed: 0, throttled: 0, twoFactorFailed: 0 };

/** @param day days since the epoch */
const beginningOf = (day: number): string => new Date(day * DAY_MS).toISOString();

const totalOf = (days: readonly SignInCounts[]): SignInCounts =>
  days.reduce(
    (total, day) => ({
      succeeded: total.succeeded + day.succeeded,
      failed: total.failed + day.failed,
      throttled: total.throttled + day.throttled,
      twoFactorFailed: total.twoFactorFailed + day.twoFactorFailed,
    }),
    NO_SIGN_INS,
  );

const shareOf = ({ members, enrolled }: TwoFactorAdoption): number =>
  members === 0 ? 0 : Math.round((10_000 * enrolled) / members) / 10_000;
