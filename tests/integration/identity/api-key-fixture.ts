import { randomUUID } from 'node:crypto';
import { invalidateAtCommit } from '../../../src/repositories/base/invalidation.repository.ts';
import { platformScope, systemContext } from '../../../src/types/context-factory.ts';
import type { HttpClient } from '../../support/http-client.ts';
import { signIn } from '../../support/people.ts';
import type { TestApp } from '../../support/test-app.ts';

const PASSWORD = 'a password for tests only';

export const DRAFT = { name: 'Kiosk', scopes: ['invoices:read'], expiresInDays: 30 };

export interface TestKey {
  readonly id: string;
  readonly text: string;
  /** Calls the first process with the key. */
  readonly client: HttpClient;
}

export const withKey = (app: TestApp, text: string): HttpClient => app.http.with({ authorization: `Bearer ${text}` });

/** A key that somebody makes. */
export async function aKey(app: TestApp, creator: HttpClient, fields: Record<string, unknown> = {}): Promise<TestKey> {
  const answer = await creator.post('/api/api-keys', { ...DRAFT, ...fields });
  if (answer.status !== 201) throw new Error(`Could not make a key: ${answer.text}`);
  const { id, key } = answer.body.data;
  return { id, text: key, client: withKey(app, key) };
}

/** Somebody with a role in a tenant, signed in. */
export async function aMember(
  app: TestApp,
  tenantId: string,
  role: string,
): Promise<{ id: string; client: HttpClient }> {
  const id = randomUUID();
  const email = `member-${id}@tenant.example`;
  const hash = await app.container.services.passwords.hash(PASSWORD);
  await app.rows(
    `insert into users (id, email, name, type, password_hash, email_verified_at, updated_at)
     values ($1, $2, 'Member', 'PLATFORM_USER', $3, now(), now())`,
    [id, email, hash],
  );
  await app.rows(
    'insert into memberships (tenant_id, id, user_id, role, updated_at) values ($1, gen_random_uuid(), $2, $3, now())',
    [tenantId, id, role],
  );
  return { id, client: await signIn(app, email) };
}

/** What every change of rows by the product does besides: tells the processes. */
export const tell = ({ container }: TestApp, topic: 'user' | 'api-key' | 'ip-rules', id: string): Promise<void> =>
  container.infrastructure.tx.run(systemContext(platformScope, 'test'), async (txCtx) =>
    invalidateAtCommit(txCtx, topic, id),
  );

const POLL_MS = 10;

/** Calls until the answer has a status. @returns after how many milliseconds it did */
export async function untilStatus(client: HttpClient, path: string, status: number): Promise<number> {
  const start = performance.now();
  for (;;) {
    const answer = await client.get(path);
    const passed = performance.now() - start;
    if (answer.status === status) return passed;
    if (passed > 10_000) throw new Error(`${path} still answers ${answer.status}: ${answer.text}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
