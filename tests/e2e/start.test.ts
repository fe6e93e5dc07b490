import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runServer, serverEnvironment } from '../support/server-process.ts';
import { type ClonedDatabase, cloneTemplateDatabase } from '../support/template-database.ts';

let database: ClonedDatabase;

beforeAll(async () => {
  database = await cloneTemplateDatabase();
});

afterAll(() => database.drop());

test('production without its settings names them all and does not start', async () => {
  const { exitCode, output } = await runServer({
    ...serverEnvironment(database),
    NODE_ENV: 'production',
    RATE_LIMIT_ENABLED: 'false',
    JWT_KEYS: 'weak:c2hvcnQ=',
    AUDIT_KEYS: '',
    DATABASE_TENANT_URL: '',
    PUBLIC_URL: 'http://rowhouse.example',
  });
  expect(exitCode).toBe(1);
  for (const name of [
    'JWT_KEYS',
    'AUDIT_KEYS',
    'DATABASE_TENANT_URL',
    'METRICS_TOKEN',
    'PUBLIC_URL',
    'SMTP_URL',
    'S3_BUCKET',
    'PAYMENT_GATEWAY',
    'RATE_LIMIT_ENABLED',
  ]) {
    expect(output).toContain(name);
  }
  expect(output).not.toContain('c2hvcnQ=');
});

test('production with weak settings names every one of them', async () => {
  const { exitCode, output } = await runServer({
    ...serverEnvironment(database),
    NODE_ENV: 'production',
    PUBLIC_URL: 'http://rowhouse.example',
  });
  expect(exitCode).toBe(1);
  for (const name of ['METRICS_TOKEN', 'PUBLIC_URL', 'SMTP_URL', 'S3_BUCKET', 'BCRYPT_COST', 'RATE_LIMIT_ENABLED'])
    expect(output).toContain(name);
});

test('a port in use is said in one line', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const { exitCode, output } = await runServer({ ...serverEnvironment(database), PORT: String(port) });
  await new Promise((resolve) => other.close(resolve));
  expect(exitCode).toBe(1);
  expect(output.trim().split('\n')).toHaveLength(1);
  expect(output).toContain(`Port ${port} is in use`);
});
