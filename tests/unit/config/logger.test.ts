import { expect, test } from '@jest/globals';
import { createLogger } from '../../../src/config/logger.ts';

const linesOf = (write: (log: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] => {
  let text = '';
  const log = createLogger({ LOG_LEVEL: 'info' }, (chunk) => {
    text += chunk;
  });
  write(log);
  log.flush();
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
};

test('a line is one JSON object with its time, level, message and fields', () => {
  const [line] = linesOf((log) => log.info('request', { status: 200, path: '/api/tenants' }));
  expect(line).toMatchObject({ level: 'info', message: 'request', status: 200, path: '/api/tenants' });
  expect(line?.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test.each([
  'password',
  'passwordHash',
  'refreshToken',
  'Authorization',
  'cookie',
  'apiKey',
  'api_key',
  'clientSecret',
  'cardNumber',
])('what stands under %s never reaches the output, however deep', (name) => {
  const [line] = linesOf((log) => log.warn('refused', { request: { body: [{ [name]: 'hush-hush' }] } }));
  expect(JSON.stringify(line)).not.toContain('hush-hush');
  expect(JSON.stringify(line)).toContain('[redacted]');
});

test('an API key never reaches the output, whatever it stands in, but for the part that finds it', () => {
  const key = `rh_live_2fV0pOq8yTn4Zk1wXc7RbS_${'a1B2'.repeat(12)}c`;
  const [line] = linesOf((log) =>
    log.warn(`sent ${key}`, { path: `/api/${key}?again=${key}`, error: new Error(key), headers: [`Bearer ${key}`] }),
  );
  const text = JSON.stringify(line);
  expect(text).not.toContain('a1B2');
  expect(text.match(/rh_live_2fV0pOq8yTn4Zk1wXc7RbS_\[redacted\]/g)?.length).toBeGreaterThanOrEqual(5);
});

test('an error is told with its cause and without secrets of its own', () => {
  const cause = Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' });
  const [line] = linesOf((log) => log.error('failed', { error: new Error('outer', { cause }) }));
  expect(line?.error).toMatchObject({
    message: 'outer',
    cause: { message: 'connection refused', code: 'ECONNREFUSED' },
  });
});

test('lines below the level are not written', () => {
  expect(linesOf((log) => log.debug('detail'))).toEqual([]);
});
