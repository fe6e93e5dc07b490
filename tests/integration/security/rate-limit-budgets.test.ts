import { expect, test } from '@jest/globals';
import { anOperator } from '../../support/people.ts';
import { startTestApp } from '../../support/test-app.ts';

test('all endpoints of a budget draw on it, without Redis as with it', async () => {
  const app = await startTestApp({ settings: { RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_READ_PER_MINUTE: '3' } });
  try {
    const operator = await anOperator(app);
    const statuses = [];
    for (const path of ['/api/tenants', '/api/revenue/plans', '/api/revenue/invoices', '/api/audit'])
      statuses.push((await operator.get(path)).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
  } finally {
    await app.close();
  }
});
