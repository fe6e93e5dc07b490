import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createBackground } from '../../../src/composition/background.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
});

afterAll(() => app.close());

test('an event of a newer release waits for that release and holds up nobody', async () => {
  const { relay } = createBackground(app.container);
  const insert = (type: string, payload: object) =>
    app.rows(
      `insert into outbox_events (tenant_id, id, type, subject, payload, request_id) values ($1, $2, $3, 'subject', $4, 'request')`,
      [randomUUID(), randomUUID(), type, JSON.stringify(payload)],
    );
  await insert('comet.landed', {});
  await insert('tenant.suspended', { tenantId: randomUUID() });
  await relay.step();
  expect(
    await app.rows('select type, published_at is not null as published from outbox_events order by sequence'),
  ).toEqual([
    { type: 'comet.landed', published: false },
    { type: 'tenant.suspended', published: true },
  ]);
});
