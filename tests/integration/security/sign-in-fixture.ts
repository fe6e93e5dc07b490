import { randomUUID } from 'node:crypto';
import { createBrowser } from '../../support/browser.ts';
import type { HttpAnswer } from '../../support/http-client.ts';
import { startTestApp } from '../../support/test-app.ts';

export const PASSWORD = 'a password for tests only';
export const WRONG = 'not the password of anybody';
export const LOGIN = '/api/auth/login';

export interface Person {
  readonly id: string;
  readonly email: string;
}

let addresses = 0;
/** An address that nobody has called from yet. */
export const newAddress = (): string => {
  addresses += 1;
  return `198.51.${Math.floor(addresses / 250)}.${(addresses % 250) + 1}`;
};

export type SignInFixture = Awaited<ReturnType<typeof startSignIn>>;

/** The app behind one proxy that is trusted: what it says of the caller's address is believed. */
export async function startSignIn() {
  const app = await startTestApp({ settings: { TRUST_PROXY_HOPS: '1' } });
  const passwordHash = await app.container.services.passwords.hash(PASSWORD);

  const attempt = (email: string, password = WRONG, from = newAddress()): Promise<HttpAnswer> =>
    app.http.post(LOGIN, { email, password }, { 'x-forwarded-for': from });

  /** Makes all accounts that have to wait do so for ten minutes: no test is as slow as that. */
  const letWaitsLast = (kind = 'sign_in_account') =>
    app.rows(
      "update throttles set blocked_until = now() + interval '10 minutes' where kind = $1 and blocked_until is not null",
      [kind],
    );

  return {
    app,
    attempt,
    letWaitsLast,

    async aPerson(status = 'active'): Promise<Person> {
      const id = randomUUID();
      const email = `person-${id}@lakeside.example`;
      await app.rows(
        `insert into users (id, email, name, type, status, password_hash, updated_at)
         values ($1, $2, 'Person', 'PLATFORM_USER', $3::user_status, $4, now())`,
        [id, email, status, passwordHash],
      );
      return { id, email };
    },

    /** A browser at an address of its own, or at the given one. */
    aBrowser: (from = newAddress()) => createBrowser(app.http, { 'x-forwarded-for': from }),

    throttlesOf: (kind: string) =>
      app.rows<{ key: string; user_id: string | null; count: number; wait: number | null }>(
        `select key, user_id, count, round(extract(epoch from blocked_until - updated_at))::int as wait
         from throttles where kind = $1 order by key`,
        [kind],
      ),

    /** Lets all waits be over. */
    letTimePass: (kind = 'sign_in_account') =>
      app.rows(
        "update throttles set blocked_until = now() - interval '1 second' where kind = $1 and blocked_until > now()",
        [kind],
      ),

    /** Tries wrong passwords until the account has to wait. */
    async block(email: string): Promise<void> {
      for (let tries = 0; tries < 5; tries += 1) {
        const { status } = await attempt(email);
        if (status !== 401) throw new Error(`A wrong password was answered with ${status}`);
      }
      await letWaitsLast();
    },

    eventsOf: async ({ id }: Person): Promise<string[]> => {
      const rows = await app.rows<{ type: string }>('select type from outbox_events where subject = $1 order by id', [
        id,
      ]);
      return rows.map(({ type }) => type);
    },

    forgetEverything: () => app.rows('truncate throttles, login_attempts, security_events, outbox_events'),
  };
}
