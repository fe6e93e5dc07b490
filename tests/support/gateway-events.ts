import { randomUUID } from 'node:crypto';
import { createSandboxDeliveries } from '../../src/gateways/payments/sandbox-deliveries.ts';
import { signedHeaders } from '../../src/gateways/payments/sandbox-signature.ts';
import { platformScope, systemContext } from '../../src/types/context-factory.ts';
import type { HttpAnswer, HttpClient } from './http-client.ts';
import type { TestApp } from './test-app.ts';

const INBOX = '/api/payments/webhooks/sandbox';

function sandboxOf({ container }: TestApp) {
  const { sandbox } = container.infrastructure.gateways.payments;
  if (sandbox === null) throw new Error('This app has no sandbox');
  return sandbox;
}

/** Posts what the sandbox has to tell by now to the app's inbox, over HTTP. @returns how many events */
export async function deliverSandboxEvents(app: TestApp): Promise<number> {
  const { store, webhookKey } = sandboxOf(app);
  const { clock } = app.container.infrastructure;
  const deliveries = createSandboxDeliveries({
    ...{ store, webhookKey, clock, inboxUrl: app.url + INBOX },
    onRefused: ({ event, problem }) => {
      throw new Error(`The inbox did not take ${event}: ${problem}`);
    },
  });
  let delivered = 0;
  for (let due = await deliveries.deliverDue(); due > 0; due = await deliveries.deliverDue()) delivered += due;
  return delivered;
}

/** Headers of the sandbox's signature for a body. */
export const signatureFor = (app: TestApp, id: string, body: string, now = app.container.infrastructure.clock.now()) =>
  signedHeaders(sandboxOf(app).webhookKey, id, Buffer.from(body), now);

/** Posts an event as the sandbox would. */
export function postEvent(
  app: TestApp,
  event: { readonly id: string; readonly [field: string]: unknown },
): Promise<HttpAnswer> {
  const body = JSON.stringify({ type: 'test.event', occurredAt: app.container.infrastructure.clock.now(), ...event });
  return app.http.post(INBOX, body, signatureFor(app, event.id, body));
}

export const postRaw = (app: TestApp, gateway: string, body: string, headers: Record<string, string>) =>
  app.http.post(`/api/payments/webhooks/${gateway}`, body, headers);

/** What the job does with one event. */
export const applyEvent = (app: TestApp, id: string) =>
  app.container.services.gatewayEventApplier.apply(
    systemContext(platformScope, randomUUID(), 'payment.told_by_gateway'),
    id,
  );

/** Applies what waits in the inbox, the oldest first. @returns the outcomes by the gateway's ids */
export async function applyEvents(app: TestApp): Promise<Record<string, string | null>> {
  const waiting = await app.rows<{ id: string; gateway_event_id: string }>(
    'select id, gateway_event_id from gateway_events where processed_at is null order by received_at, id',
  );
  const outcomes: Record<string, string | null> = {};
  for (const { id, gateway_event_id: name } of waiting) outcomes[name] = await applyEvent(app, id);
  return outcomes;
}

export const paymentEvent = (
  id: string,
  metadata: Record<string, string>,
  { status, gatewayPaymentId }: { status: string; gatewayPaymentId: string },
) => ({
  ...{ id, kind: 'payment', metadata },
  outcome: {
    ...{ status, gatewayPaymentId, fee: null, response: {} },
    failure: status === 'failed' ? { code: 'insufficient_funds', message: 'No.', class: 'soft' } : null,
  },
});

/** The body of an event about nothing. */
export const anEvent = (): string => {
  const id = `evt_${randomUUID()}`;
  return JSON.stringify({ id, kind: 'other', type: 'test.event', occurredAt: new Date() });
};

/** A client whose `send` signs each body as the sandbox would. */
export const signingClient = (app: TestApp): HttpClient => ({
  ...app.http,
  send: (method, path, { headers = {}, body } = {}) =>
    app.http.send(method, path, { headers: { ...headers, ...signatureFor(app, 'evt_signed', String(body)) }, body }),
});
