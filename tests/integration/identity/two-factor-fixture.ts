import { randomUUID } from 'node:crypto';
import { createTotp } from '../../../src/services/identity/totp.ts';
import type { HttpAnswer, HttpClient } from '../../support/http-client.ts';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { startTestApp } from '../../support/test-app.ts';

export const PASSWORD = 'a password for tests only';

const STEP_MS = 30_000;
const totp = createTotp();

/** An authenticator app whose clock the test turns. */
export interface AuthenticatorApp {
  readonly secret: Buffer;
  /** The code of the current step, or of one that many steps away. */
  code(steps?: number): string;
  /** A code that has never been right before. */
  freshCode(): string;
}

export interface Person {
  readonly id: string;
  readonly email: string;
}

export type TwoFactorFixture = Awaited<ReturnType<typeof startTwoFactor>>;

/** The app with a clock that stands still, and a tenant to be members of. */
export async function startTwoFactor(settings: Record<string, string> = {}) {
  let now = Date.now();
  const app = await startTestApp({ settings, overrides: { clock: { now: () => new Date(now) } } });
  await aPlan(app);
  const tenant = await aTenant(app, await anOperator(app));
  const passwordHash = await app.container.services.passwords.hash(PASSWORD);

  const advance = (steps: number): void => {
    now += steps * STEP_MS;
  };

  const authenticatorOf = (base32: string): AuthenticatorApp => {
    const secret = decodeBase32(base32);
    const code = (steps = 0) => totp.codeAt(secret, new Date(now + steps * STEP_MS));
    return {
      secret,
      code,
      freshCode() {
        advance(2);
        return code();
      },
    };
  };

  const login = (email: string, more: Record<string, unknown> = {}): Promise<HttpAnswer> =>
    app.http.post('/api/auth/login', { email, password: PASSWORD, ...more });

  const withToken = (answer: HttpAnswer): HttpClient =>
    app.http.with({ authorization: `Bearer ${succeeded(answer).body.data.accessToken}` });

  const verify = (body: Record<string, unknown>, headers?: Record<string, string>): Promise<HttpAnswer> =>
    app.http.post('/api/auth/2fa/verify', body, headers);

  return {
    app,
    tenant,
    advance,
    authenticatorOf,
    login,
    withToken,
    verify,

    /** Another tenant, by an operator whose token is as new as the clock. */
    anotherTenant: async (): Promise<TestTenant> => aTenant(app, await anOperator(app)),

    /** A member of the tenant who has a password and no second factor. */
    async aPerson(tenantId: string | null = tenant.id, role = 'staff'): Promise<Person> {
      const id = randomUUID();
      const email = `person-${id}@lakeside.example`;
      await app.rows(
        `insert into users (id, email, name, type, password_hash, email_verified_at, updated_at)
         values ($1, $2, 'Person', 'PLATFORM_USER', $3, now(), now())`,
        [id, email, passwordHash],
      );
      if (tenantId !== null) {
        await app.rows(
          `insert into memberships (tenant_id, id, user_id, role, updated_at) values ($1, gen_random_uuid(), $2, $3, now())`,
          [tenantId, id, role],
        );
      }
      return { id, email };
    },

    signIn: async ({ email }: Person): Promise<HttpClient> => withToken(await login(email)),

    /** Sets a second factor up, in a session that goes on. */
    async enable(client: HttpClient): Promise<{ authenticator: AuthenticatorApp; recoveryCodes: string[] }> {
      const setup = succeeded(await client.post('/api/auth/2fa/setup', { password: PASSWORD })).body.data;
      const authenticator = authenticatorOf(setup.secret);
      const { challengeToken } = setup;
      const enabled = succeeded(await verify({ challengeToken, code: authenticator.freshCode() }));
      return { authenticator, recoveryCodes: enabled.body.data.recoveryCodes };
    },

    /** The token of a sign-in that waits for the second factor. */
    async challengeOf({ email }: Person): Promise<string> {
      const { data } = succeeded(await login(email)).body;
      if (data.status !== 'two_factor_required') throw new Error(`The sign-in answered ${data.status}`);
      return data.challengeToken;
    },

    async requireTwoFactor(tenantId: string, twoFactor: 'required' | 'optional' = 'required'): Promise<void> {
      await app.rows(
        `insert into security_policies (tenant_id, password_min_length, two_factor, magic_links, session_days, session_idle_days, updated_at)
         values ($1, 12, $2, true, 30, 7, now())
         on conflict (tenant_id) do update set two_factor = excluded.two_factor`,
        [tenantId, twoFactor],
      );
    },

    async auditOf(userId: string, action: string): Promise<number> {
      const rows = await app.rows('select 1 from audit_entries where resource_id = $1 and action = $2', [
        userId,
        action,
      ]);
      return rows.length;
    },

    async eventsOf(userId: string): Promise<string[]> {
      const rows = await app.rows<{ type: string }>('select type from outbox_events where subject = $1 order by id', [
        userId,
      ]);
      return rows.map(({ type }) => type);
    },

    async securityEventsOf(userId: string): Promise<string[]> {
      const rows = await app.rows<{ type: string }>('select type from security_events where user_id = $1 order by id', [
        userId,
      ]);
      return rows.map(({ type }) => type);
    },
  };
}

export const codeOf = ({ status, body }: HttpAnswer): [number, string | undefined] => [status, body?.error?.code];

export function succeeded(answer: HttpAnswer): HttpAnswer {
  if (answer.status >= 300) throw new Error(`It answered ${answer.status}: ${answer.text}`);
  return answer;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** By the definition of RFC 4648, apart from the code under test. */
function decodeBase32(text: string): Buffer {
  const bits = [...text].map((character) => ALPHABET.indexOf(character).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
