import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp } from '../../support/test-app.ts';
import { type Platform, startPlatform } from '../tenancy/tenancy-fixture.ts';

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
});

afterAll(() => platform.app.close());

const scrape = (authorization: string) => platform.app.http.get('/metrics', { headers: { authorization } });

/** The value of one series, by its name and labels as they stand in the text. */
const seriesValue = (text: string, series: string): number => {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? Number.NaN);
};

describe('GET /metrics', () => {
  test('answers to the token in the text format of Prometheus', async () => {
    const answer = await scrape('Bearer metrics-token-of-a-test');

    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.text).toMatch(/^# TYPE http_request_duration_seconds histogram$/m);
    for (const role of ['tenant', 'platform']) {
      expect(seriesValue(answer.text, `database_lanes{role="${role}"}`)).toBe(2);
      expect(seriesValue(answer.text, `database_lanes_connected{role="${role}"}`)).toBeLessThanOrEqual(2);
      expect(seriesValue(answer.text, `database_statements_in_flight{role="${role}"}`)).toBe(0);
      expect(seriesValue(answer.text, `database_transactions{role="${role}"}`)).toBe(0);
      expect(seriesValue(answer.text, `database_transactions_waiting{role="${role}"}`)).toBe(0);
    }
  });

  test('counts what the relay and the sealer have still to do', async () => {
    await platform.addTenant();
    const [waiting] = await platform.app.rows<{ events: string; entries: string }>(`
      select (select count(*) from outbox_events where published_at is null) as events,
        (select count(*) from audit_entries where sequence is null) as entries`);

    const { text } = await scrape('Bearer metrics-token-of-a-test');

    expect(Number(waiting?.events)).toBeGreaterThan(0);
    expect(seriesValue(text, 'backlog_entries{queue="outbox"}')).toBe(Number(waiting?.events));
    expect(seriesValue(text, 'backlog_entries{queue="audit"}')).toBe(Number(waiting?.entries));
    expect(seriesValue(text, 'backlog_oldest_seconds{queue="outbox"}')).toBeGreaterThan(0);
  });

  test('counts requests by operation and status', async () => {
    const series = 'http_request_duration_seconds_count{operation="getTenant",status="404"}';
    await platform.operator.get('/api/tenants/0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11');

    expect(seriesValue((await scrape('Bearer metrics-token-of-a-test')).text, series)).toBe(1);
  });

  test.each(['', 'Bearer', 'Bearer metrics-token-of-a-tes', 'bearer metrics-token-of-a-test', 'Basic bWV0cmljcw=='])(
    'refuses "%s"',
    async (authorization) => {
      const answer = await scrape(authorization);

      expect([answer.status, answer.body.error.code]).toEqual([401, 'UNAUTHENTICATED']);
    },
  );

  test('lets nobody in where no token is set', async () => {
    const closed = await startTestApp({ settings: { METRICS_TOKEN: '' }, database: platform.app.database });
    try {
      for (const authorization of ['Bearer ', 'Bearer undefined', 'Bearer metrics-token-of-a-test']) {
        expect((await closed.http.get('/metrics', { headers: { authorization } })).status).toBe(401);
      }
    } finally {
      await closed.close();
    }
  });
});
