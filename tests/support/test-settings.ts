import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Environment, readEnvironment } from '../../src/config/environment.ts';

interface DatabaseUrls {
  readonly tenantUrl: string;
  readonly platformUrl: string;
  readonly queueUrl: string;
}

const keyRing = () => `test:${randomBytes(32).toString('base64')}`;

/** The settings of an app in a test: cheap hashes, no limits, a directory of its own, any free port. */
export const testSettings = (urls: DatabaseUrls, overrides: Record<string, string> = {}): Environment =>
  readEnvironment({
    NODE_ENV: 'test',
    PORT: '0',
    HOST: '127.0.0.1',
    DATABASE_TENANT_URL: urls.tenantUrl,
    DATABASE_PLATFORM_URL: urls.platformUrl,
    DATABASE_QUEUE_URL: urls.queueUrl,
    DATABASE_LANES: '2',
    JWT_KEYS: keyRing(),
    AUDIT_KEYS: keyRing(),
    ENCRYPTION_KEYS: keyRing(),
    BCRYPT_COST: '4',
    METRICS_TOKEN: 'metrics-token-of-a-test',
    RATE_LIMIT_ENABLED: 'false',
    LOG_LEVEL: 'error',
    VAR_DIRECTORY: mkdtempSync(join(tmpdir(), 'rowhouse-test-')),
    ...overrides,
  });
