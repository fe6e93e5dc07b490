import type { HttpClient } from './http-client.ts';
import { type PaymentServer, startPaymentServer } from './payment-server.ts';
import { anOperator, aPlan, aTenant, type TestTenant } from './people.ts';
import { startTestApp, type TestApp } from './test-app.ts';

/** The app with a gateway of its own, and two tenants. */
export interface PaymentsApp {
  readonly app: TestApp;
  readonly server: PaymentServer;
  readonly operator: HttpClient;
  readonly lakeside: TestTenant;
  readonly hillside: TestTenant;
  /** Lets that much time go by for payments, refunds and pages: sessions don't end for it. */
  later(minutes: number): Promise<void>;
  now(): Date;
  close(): Promise<void>;
}

export async function startPaymentsApp(settings: Record<string, string> = {}): Promise<PaymentsApp> {
  const server = await startPaymentServer();
  const now = () => new Date();
  const app = await startTestApp({
    settings,
    overrides: { paymentGatewayOf: (name) => (name === 'sandbox' ? server.gateway : null) },
  });
  await aPlan(app);
  const operator = await anOperator(app);
  return {
    app,
    server,
    operator,
    lakeside: await aTenant(app, operator),
    hillside: await aTenant(app, operator),
    async later(minutes) {
      const by = `${minutes} minutes`;
      for (const table of ['payments', 'refunds'])
        await app.rows(
          `update ${table} set created_at = created_at - $1::interval, updated_at = updated_at - $1::interval`,
          [by],
        );
      await app.rows('update checkout_sessions set expires_at = expires_at - $1::interval', [by]);
    },
    now,
    async close() {
      await app.close();
      await server.close();
    },
  };
}
