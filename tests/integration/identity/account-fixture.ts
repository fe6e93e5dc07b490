import { randomInt, randomUUID } from 'node:crypto';
import type { BrowserBinding } from '../../../src/services/identity/one-time-token.service.ts';
import { platformScope, systemContext } from '../../../src/types/context-factory.ts';
import type { OneTimeTokenPurpose } from '../../../src/types/identity/one-time-token.ts';
import type { HttpAnswer, HttpClient } from '../../support/http-client.ts';
import { signIn } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

export const PASSWORD = 'a password for tests only';
export const OTHER_PASSWORD = 'seventeen quiet herons by the lake';

export interface StoredUser {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly status: string;
  readonly password_hash: string | null;
  readonly email_verified_at: Date | null;
  readonly password_changed_at: Date | null;
}

/** An app that believes X-Forwarded-For, so that each request can come from an address of its own. */
export const startAccounts = (settings: Record<string, string> = {}): Promise<TestApp> =>
  startTestApp({ settings: { TRUST_PROXY_HOPS: '1', ...settings } });

export const anAddress = (name = 'asha'): string => `${name}-${randomUUID()}@lakeside.example`;

const aClientAddress = (): string => `10.${randomInt(256)}.${randomInt(256)}.${randomInt(1, 255)}`;

/** Somebody whose mails nobody else has asked for. */
export const elsewhere = (app: TestApp): HttpClient => app.http.with({ 'x-forwarded-for': aClientAddress() });

/** What the job that writes the mail does: a token in the clear. */
export const issueToken = (
  app: TestApp,
  purpose: OneTimeTokenPurpose,
  subjectId: string,
  binding: BrowserBinding | null = null,
): Promise<string> =>
  app.container.infrastructure.tx.run(systemContext(platformScope, 'test', 'test.token'), (txCtx) =>
    app.container.services.oneTimeTokens.issue(txCtx, purpose, subjectId, binding),
  );

export async function userOf(app: TestApp, email: string): Promise<StoredUser | undefined> {
  const [user] = await app.rows<StoredUser & Record<string, unknown>>('select * from users where email = $1', [email]);
  return user;
}

/** Types and payloads of the events about somebody, in their order. */
export const eventsOf = (
  app: TestApp,
  subject: string,
): Promise<{ type: string; payload: Record<string, unknown> }[]> =>
  app.rows('select type, payload from outbox_events where subject = $1 order by sequence', [subject]);

export const typesOf = async (app: TestApp, subject: string): Promise<string[]> =>
  (await eventsOf(app, subject)).map(({ type }) => type);

/** Actions of the audit entries about a user, oldest first. */
export const auditedOf = async (app: TestApp, userId: string): Promise<string[]> => {
  const rows = await app.rows<{ action: string }>(
    `select action from audit_entries where resource_id = $1 and resource_type = 'user' order by occurred_at, id`,
    [userId],
  );
  return rows.map(({ action }) => action);
};

export const securityEventsOf = async (app: TestApp, userId: string): Promise<string[]> => {
  const rows = await app.rows<{ type: string }>(
    'select type from security_events where user_id = $1 order by occurred_at, id',
    [userId],
  );
  return rows.map(({ type }) => type);
};

/** An account in use, with its address verified. */
export async function aUser(app: TestApp, fields: { name?: string; status?: string } = {}): Promise<StoredUser> {
  const email = anAddress();
  await app.rows(
    `insert into users (id, email, name, type, status, password_hash, email_verified_at, updated_at)
     values ($1, $2, $3, 'PLATFORM_USER', $4::user_status, $5, now(), now())`,
    [
      randomUUID(),
      email,
      fields.name ?? 'Asha',
      fields.status ?? 'active',
      await app.container.services.passwords.hash(PASSWORD),
    ],
  );
  const user = await userOf(app, email);
  if (user === undefined) throw new Error('The user was not stored');
  return user;
}

export const loginAs = (app: TestApp, email: string, password = PASSWORD): Promise<HttpAnswer> =>
  elsewhere(app).post('/api/auth/login', { email, password });

export const aSession = (app: TestApp, email: string): Promise<HttpClient> => signIn(app, email, PASSWORD);

export const codeOf = ({ status, body }: HttpAnswer): [number, string] => [status, body?.error?.code];

/** An answer without what differs between any two. */
export const withoutRequestId = ({ status, body }: HttpAnswer): unknown => {
  const { requestId: _, ...error } = body.error;
  return { status, error };
};

export const expireToken = (app: TestApp, token: string): Promise<unknown> =>
  app.rows(`update one_time_tokens set expires_at = now() - interval '1 second' where id = $1`, [token.split('.')[0]]);

export const tokensOf = (app: TestApp, subjectId: string): Promise<{ purpose: string; attempts_left: number }[]> =>
  app.rows('select purpose, attempts_left from one_time_tokens where subject_id = $1 order by purpose', [subjectId]);
