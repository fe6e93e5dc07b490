import { randomUUID } from 'node:crypto';
import { createLogger } from '../../src/config/logger.ts';
import type { Clock } from '../../src/types/clock.ts';
import { systemContext, tenantScope } from '../../src/types/context-factory.ts';
import { asTenantId } from '../../src/types/ids.ts';
import type { HttpClient } from './http-client.ts';
import { anOperator, aPlan, aTenant, signIn, type TestTenant } from './people.ts';
import { startTestApp, type TestApp } from './test-app.ts';

/** A clock that stands still until it is set. */
export interface TurnableClock extends Clock {
  /** @param at ISO 8601 */
  set(at: string): void;
}

export function createTurnableClock(start: string): TurnableClock {
  let at = start;
  return {
    now: () => new Date(at),
    set: (next) => {
      at = next;
    },
  };
}

/** An app whose time stands still, and whoever bills with it. */
export interface BillingScene {
  readonly app: TestApp;
  readonly clock: TurnableClock;
  /** An operator, signed in at the present moment. */
  operator(): Promise<HttpClient>;
  /** A tenant in the trial that every tenant begins with. */
  tenant(fields?: Record<string, unknown>): Promise<TestTenant>;
  /** Tenants without a subscription, each with an operator working on it: nobody of theirs signs in. */
  unsubscribed(count: number): Promise<readonly Pick<TestTenant, 'id' | 'operator'>[]>;
  /** Makes a plan. @returns its id */
  plan(fields?: Record<string, unknown>): Promise<string>;
  /** Makes a coupon. @returns its code */
  coupon(fields?: Record<string, unknown>): Promise<string>;
  /** A tenant that is subscribed to a plan and has paid for it, with its owner signed in. */
  subscriber(planId: string, order?: Record<string, unknown>): Promise<Subscriber>;
  /** Runs the renewal job. */
  renewAll(): Promise<{ renewed: number; ended: number; resumed: number; failed: number }>;
  close(): Promise<void>;
}

export interface Subscriber {
  readonly tenant: TestTenant;
  readonly id: string;
  readonly path: string;
  /** The owner, signed in at the present moment: whoever signed in long ago is no longer. */
  owner(): Promise<HttpClient>;
}

/** @param options.quiet what goes wrong on purpose is not logged */
export async function startBillingScene({ quiet = false }: { readonly quiet?: boolean } = {}): Promise<BillingScene> {
  const clock = createTurnableClock('2027-11-01T00:00:00.000Z');
  const log = createLogger({ LOG_LEVEL: 'error' }, () => undefined);
  const app = await startTestApp({ overrides: { clock, ...(quiet && { log }) } });
  const trialPlan = await aPlan(app);
  const scene: BillingScene = {
    app,
    clock,
    operator: () => anOperator(app),
    tenant: async (fields) =>
      aTenant(app, await anOperator(app), { country: 'US', currency: 'USD', planId: trialPlan, ...fields }),
    async unsubscribed(count) {
      const operator = await anOperator(app);
      return Promise.all(
        Array.from({ length: count }, async () => {
          const slug = `tenant-${randomUUID()}`;
          const id = idOf(
            await operator.post('/api/tenants', {
              name: slug,
              slug,
              email: `hello@${slug}.example`,
              country: 'US',
              currency: 'USD',
              timeZone: 'UTC',
              planId: trialPlan,
              owner: { name: 'Owner', email: `owner@${slug}.example`, password: 'a password for tests only' },
            }),
          );
          const tenant = { id, operator: operator.with({ 'x-tenant-id': id }) };
          await endTrial({ owner: tenant.operator });
          return tenant;
        }),
      );
    },
    async plan(fields = {}) {
      const body = {
        code: `plan-${randomUUID().slice(0, 8)}`,
        name: 'Basic',
        currency: 'USD',
        monthlyPrice: '5.00',
        annualPrice: '50.00',
        downgradePolicy: 'prorate',
        ...fields,
      };
      return idOf(await (await anOperator(app)).post('/api/revenue/plans', body));
    },
    async coupon(fields = {}) {
      const code = `C-${randomUUID().slice(0, 8)}`.toUpperCase();
      const body = {
        code,
        name: 'Coupon',
        discountType: 'percentage',
        discountValue: '20',
        duration: 'forever',
        ...fields,
      };
      idOf(await (await anOperator(app)).post('/api/revenue/coupons', body));
      return code;
    },
    async subscriber(planId, order = {}) {
      const tenant = await scene.tenant();
      await endTrial(tenant);
      const id = idOf(await tenant.owner.post('/api/subscriptions', { planId, ...order }));
      const owner = () => signIn(app, tenant.ownerEmail);
      return { tenant, id, path: `/api/subscriptions/${id}`, owner };
    },
    renewAll: () => {
      const ctx = systemContext({ kind: 'platform' } as const, 'renewals', 'subscription.renewed');
      return app.container.services.subscriptionRenewals.renewAll(ctx, new AbortController().signal);
    },
    close: () => app.close(),
  };
  return scene;
}

/** Ends the trial that a tenant begins with, so that it can subscribe to something. */
export async function endTrial({ owner }: Pick<TestTenant, 'owner'>): Promise<void> {
  const { body } = await owner.get('/api/subscriptions');
  const answer = await owner.post(`/api/subscriptions/${body.data[0].id}/cancel`, { when: 'now' });
  if (answer.status !== 200) throw new Error(`Could not end the trial: ${answer.text}`);
}

/** Works on a tenant's rows as the product itself does. */
export const tenantContext = (tenantId: string) =>
  systemContext(tenantScope(asTenantId(tenantId)), 'test', 'test.done');

function idOf({ status, body, text }: Awaited<ReturnType<HttpClient['post']>>): string {
  if (status !== 201) throw new Error(`Was not created: ${text}`);
  return body.data.id;
}
