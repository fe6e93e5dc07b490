import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { GrantInput } from '../../../src/types/credits/credit-booking.ts';
import type { TenantId } from '../../../src/types/ids.ts';
import { type CreditFixture, START, startCredits } from './credit-fixture.ts';

const SECOND = 1000;

let credits: CreditFixture;
let tenantId: TenantId;

beforeAll(async () => {
  credits = await startCredits();
});
beforeEach(async () => {
  credits.turnTo(START);
  tenantId = await credits.openWallet();
});
afterAll(() => credits.close());

const at = (seconds: number): string => new Date(START + seconds * SECOND).toISOString();
const turnTo = (seconds: number): void => credits.turnTo(START + seconds * SECOND);

const grant = (amount: number, more: Partial<GrantInput> = {}) =>
  credits.as(tenantId, (ctx) =>
    credits.ledger.grant(ctx, { channel: 'sms', credits: amount, source: 'adjustment', ...more }),
  );
const deduct = (amount: number) =>
  credits.as(tenantId, (ctx) => credits.ledger.deduct(ctx, { channel: 'sms', credits: amount }));
const reserve = (amount: number) =>
  credits.as(tenantId, (ctx) => credits.ledger.reserve(ctx, { channel: 'sms', credits: amount, ttlSeconds: 60 }));
const release = (id: string) => credits.as(tenantId, (ctx) => credits.ledger.release(ctx, id));

describe('The alert of a low balance', () => {
  const alerts = () =>
    credits.app.rows<{ payload: unknown }>(
      "select payload from outbox_events where tenant_id = $1 and type = 'credits.low' order by sequence",
      [tenantId],
    );
  const watch = (threshold: number, enabled = true) =>
    credits.app.rows(
      "insert into credit_alerts (tenant_id, channel, threshold, enabled, updated_at) values ($1, 'sms', $2, $3, now())",
      [tenantId, threshold, enabled],
    );

  test('comes once a fall', async () => {
    await watch(10);
    await grant(20);
    await deduct(10);
    expect(await alerts()).toEqual([]);
    const { walletId } = await deduct(1);
    await deduct(1);
    expect(await alerts()).toEqual([{ payload: { walletId, channel: 'sms', available: 9, threshold: 10 } }]);
    await grant(1);
    await deduct(1);
    expect(await alerts()).toHaveLength(1);
    await grant(2);
    await deduct(1);
    expect(await alerts()).toHaveLength(2);
  });

  test('comes for what is only reserved too, and for what expired, with the next operation', async () => {
    await watch(10);
    await grant(20);
    await grant(5, { expiresAt: at(5), priority: 1 });
    const { operationId } = await reserve(16);
    expect(await alerts()).toHaveLength(1);
    await release(operationId);
    await deduct(12);
    turnTo(10);
    await deduct(3);
    expect(await alerts()).toHaveLength(1);
    turnTo(20);
    await deduct(1);
    expect(await alerts()).toHaveLength(2);
  });

  test('does not come when nobody wants it', async () => {
    await watch(10, false);
    await grant(20);
    await deduct(15);
    expect(await alerts()).toEqual([]);
  });
});
