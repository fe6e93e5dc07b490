import type { CreditChannel } from '../../src/types/credits/credit.ts';
import { DAY_MS, daysBefore, HOUR_MS, monthName } from './calendar.ts';
import { createRandom } from './random.ts';
import { closingOf, type SeededTenant } from './tenants.ts';

/** Credits that came or went. */
export interface CreditEvent {
  readonly at: Date;
  /** Null for the operator's own stock. */
  readonly tenantId: string | null;
  readonly kind: 'give' | 'use';
  readonly channel: CreditChannel;
  readonly credits: number;
  readonly source: 'top_up' | 'promotional';
  /** Null for ever. */
  readonly daysValid: number | null;
  readonly reference: string | null;
  readonly description: string;
}

const STOCK = { sms: 250_000, whatsapp: 120_000, email: 2_000_000 } as const;
const CHANNELS = ['sms', 'whatsapp', 'email'] as const satisfies readonly CreditChannel[];

/** What a tenant buys at a time, and about how much of it a campaign uses. */
const SIZES = { sms: [2000, 260], whatsapp: [800, 95], email: [10_000, 1300] } as const;

const MONTHS = 6;
const WEEKS = 26;

/** The operator's purchases, what was given to each tenant in the last half year, and their campaigns, in the order of time. */
export function makeCreditEvents(tenants: readonly SeededTenant[], anchor: Date): CreditEvent[] {
  const stocked = CHANNELS.map(
    (channel): CreditEvent => ({
      at: daysBefore(anchor, 650),
      tenantId: null,
      kind: 'give',
      channel,
      credits: STOCK[channel],
      source: 'top_up',
      daysValid: null,
      reference: `PO-2025-${channel.toUpperCase()}`,
      description: 'Bought from the provider',
    }),
  );
  const events = tenants.flatMap((tenant, index) => eventsOf(tenant, createRandom(7100 + index), anchor));
  return [...stocked, ...events].sort((a, b) => a.at.getTime() - b.at.getTime());
}

function eventsOf({ spec, row }: SeededTenant, random: ReturnType<typeof createRandom>, anchor: Date): CreditEvent[] {
  const from = new Date(row.createdAt).getTime();
  const until = (closingOf(spec, anchor) ?? anchor).getTime();
  const common = { tenantId: row.id, daysValid: null, reference: null } as const;
  const welcome: CreditEvent = {
    ...common,
    at: new Date(Math.max(from, daysBefore(anchor, 200).getTime()) + HOUR_MS),
    kind: 'give',
    channel: 'sms',
    credits: 250,
    source: 'promotional',
    daysValid: 30,
    description: 'Welcome credits',
  };
  const channels =
    spec.status === 'trial' ? (['sms'] as const) : random.shuffled(CHANNELS).slice(0, random.integer(2, 3));
  const given = channels.flatMap((channel) =>
    Array.from({ length: spec.status === 'trial' ? 0 : MONTHS }, (_, month): CreditEvent => {
      const at = daysBefore(anchor, 30 * (MONTHS - month) + random.integer(0, 6));
      return {
        ...common,
        at,
        kind: 'give',
        channel,
        credits: SIZES[channel][0],
        source: 'top_up',
        daysValid: random.chance(40) ? 365 : null,
        reference: `TOP-UP-${at.toISOString().slice(0, 7)}`,
        description: `Top-up of ${monthName(at)}`,
      };
    }),
  );
  const used = channels.flatMap((channel) =>
    Array.from({ length: WEEKS }, (_, week): CreditEvent => {
      const at = new Date(daysBefore(anchor, 7 * (WEEKS - week)).getTime() + random.integer(8, 18) * HOUR_MS);
      return {
        ...common,
        at,
        kind: 'use',
        channel,
        credits: Math.round((SIZES[channel][1] * random.integer(20, 180)) / 100),
        source: 'top_up',
        reference: `campaign-${at.toISOString().slice(0, 10)}`,
        description: 'Campaign',
      };
    }),
  );
  return [welcome, ...given, ...used].filter(
    ({ at }) => at.getTime() >= from && at.getTime() < Math.min(until, anchor.getTime() - DAY_MS / 2),
  );
}
