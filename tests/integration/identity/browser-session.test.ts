import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, createBrowser, setCookiesOf } from '../../support/browser.ts';
import type { HttpAnswer } from '../../support/http-client.ts';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const PASSWORD = 'a password for tests only';

let app: TestApp;
let tenant: TestTenant;

beforeAll(async () => {
  app = await startTestApp();
  await aPlan(app);
  tenant = await aTenant(app, await anOperator(app));
});
afterAll(() => app.close());

const logIn = (browser: Browser, tokenDelivery: 'body' | 'cookie' = 'cookie'): Promise<HttpAnswer> =>
  browser.post('/api/auth/login', { email: tenant.ownerEmail, password: PASSWORD, tokenDelivery });

/** @returns a browser that is signed in, and its CSRF token */
async function aSignedInBrowser() {
  const browser = createBrowser(app.http);
  const answer = await logIn(browser);
  expect(answer.status).toBe(200);
  const csrfToken: string = answer.body.data.csrfToken;
  return { browser, csrfToken, answer };
}

const codeOf = ({ status, body }: HttpAnswer) => [status, body?.error?.code];

describe('cookies of a session', () => {
  test('keep the tokens away from scripts, other sites and other paths', async () => {
    const { answer, browser } = await aSignedInBrowser();
    const cookies = setCookiesOf(answer);
    const common = { httpOnly: true, sameSite: 'strict', value: expect.stringMatching(/^.{60,}$/) };
    expect([...cookies.keys()].sort()).toEqual(['rowhouse_access', 'rowhouse_device', 'rowhouse_refresh']);
    expect(cookies.get('rowhouse_access')).toEqual({ ...common, name: 'rowhouse_access', path: '/', maxAge: 900 });
    expect(cookies.get('rowhouse_refresh')).toEqual({
      ...common,
      name: 'rowhouse_refresh',
      path: '/api/auth',
      maxAge: 90 * 86_400,
    });
    expect(cookies.get('rowhouse_device')).toEqual({
      ...common,
      name: 'rowhouse_device',
      path: '/',
      maxAge: 365 * 86_400,
    });
    expect(answer.body.data).toEqual({
      status: 'signed_in',
      tokenType: 'Bearer',
      expiresIn: 900,
      csrfToken: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      user: expect.objectContaining({ email: tenant.ownerEmail }),
    });
    for (const { value } of browser.cookies.values()) expect(answer.text).not.toContain(value);
  });

  test('are bound to the host and to https where browsers come by it', async () => {
    const secure = await startTestApp({ settings: { PUBLIC_URL: 'https://rowhouse.example' }, database: app.database });
    try {
      const browser = createBrowser(secure.http);
      const answer = await logIn(browser);
      const cookies = [...setCookiesOf(answer).values()].map((cookie) => [cookie.name, cookie.path, cookie.secure]);
      expect(cookies.sort()).toEqual([
        ['__Host-rowhouse_access', '/', true],
        ['__Host-rowhouse_device', '/', true],
        ['__Secure-rowhouse_refresh', '/api/auth', true],
      ]);
      for (const { domain } of setCookiesOf(answer).values()) expect(domain).toBeUndefined();
      expect((await browser.get('/api/auth/me')).status).toBe(200);
    } finally {
      await secure.close();
    }
  });

  test('are no part of an answer with the tokens in its body, but for the mark of the device', async () => {
    const answer = await logIn(createBrowser(app.http), 'body');
    expect([...setCookiesOf(answer).keys()]).toEqual(['rowhouse_device']);
    expect(answer.body.data).not.toHaveProperty('csrfToken');
    expect(Object.keys(answer.body.data)).toEqual(expect.arrayContaining(['accessToken', 'refreshToken']));
  });

  test('are not set by a sign-in that failed', async () => {
    const answer = await app.http.post('/api/auth/login', {
      email: tenant.ownerEmail,
      password: 'wrong',
      tokenDelivery: 'cookie',
    });
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([401, []]);
  });
});

describe('a request with the cookie', () => {
  test('reads without a CSRF token', async () => {
    const { browser } = await aSignedInBrowser();
    const answer = await browser.get('/api/auth/me');
    expect([answer.status, answer.body.data.user.email]).toEqual([200, tenant.ownerEmail]);
  });

  test('changes nothing without the CSRF token of its own session', async () => {
    const { browser, csrfToken } = await aSignedInBrowser();
    const { csrfToken: ofAnother } = await aSignedInBrowser();
    const attempts = [
      await browser.post('/api/auth/logout'),
      await browser.post('/api/auth/logout', undefined, { 'x-csrf-token': '' }),
      await browser.post('/api/auth/logout', undefined, { 'x-csrf-token': ofAnother }),
      await browser.post('/api/auth/logout', undefined, { 'x-csrf-token': `${csrfToken}x` }),
      await browser.post('/api/revenue/invoices', { items: [] }),
    ];
    expect(attempts.map(codeOf)).toEqual(attempts.map(() => [403, 'CSRF_TOKEN_INVALID']));
    expect((await browser.get('/api/auth/me')).status).toBe(200);
    expect((await browser.post('/api/auth/logout', undefined, { 'x-csrf-token': csrfToken })).status).toBe(204);
  });

  test('counts for nothing beside a bearer token', async () => {
    const { browser } = await aSignedInBrowser();
    const { accessToken } = (await logIn(createBrowser(app.http), 'body')).body.data;
    const answer = await browser.post('/api/auth/logout', undefined, { authorization: `Bearer ${accessToken}` });
    expect(answer.status).toBe(204);
    const wrong = await browser.get('/api/auth/me', { authorization: 'Bearer x.y.z' });
    expect(codeOf(wrong)).toEqual([401, 'TOKEN_INVALID']);
  });

  test('is refused without a session', async () => {
    const answers = [
      await app.http.get('/api/auth/me', { headers: { cookie: 'rowhouse_access=x.y.z' } }),
      await app.http.get('/api/auth/me', { headers: { cookie: 'rowhouse_access=' } }),
      await app.http.get('/api/auth/me', { headers: { cookie: 'other=1' } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
  });
});

test('the CSRF token outlives a rotation of the keys', async () => {
  const ring = (kid: string) =>
    `${kid}:${Buffer.from(Array.from({ length: 32 }, (_none, at) => at * 7 + kid.length)).toString('base64')}`;
  const JWT_KEYS = ring('jwt');
  const settingsOf = (ENCRYPTION_KEYS: string) => ({ settings: { JWT_KEYS, ENCRYPTION_KEYS }, database: app.database });
  const before = await startTestApp(settingsOf(ring('old')));
  const after = await startTestApp(settingsOf(`${ring('newer')},${ring('old')}`));
  try {
    const browser = createBrowser(before.http);
    const { csrfToken } = (await logIn(browser)).body.data;
    const cookie = `rowhouse_access=${browser.cookies.get('rowhouse_access')?.value}`;
    const answer = await after.http.post('/api/auth/logout', undefined, { cookie, 'x-csrf-token': csrfToken });
    expect(answer.status).toBe(204);
  } finally {
    await before.close();
    await after.close();
  }
});

describe('refreshing from the cookie', () => {
  test('puts the new tokens into cookies, and the same CSRF token into the answer', async () => {
    const { browser, csrfToken } = await aSignedInBrowser();
    const old = browser.cookies.get('rowhouse_refresh')?.value;
    const answer = await browser.post('/api/auth/refresh', {});
    expect([answer.status, answer.body.data]).toEqual([200, { tokenType: 'Bearer', expiresIn: 900, csrfToken }]);
    expect([...setCookiesOf(answer).keys()].sort()).toEqual(['rowhouse_access', 'rowhouse_refresh']);
    expect(browser.cookies.get('rowhouse_refresh')?.value).not.toBe(old);
    expect((await browser.get('/api/auth/me')).status).toBe(200);
    expect((await browser.post('/api/auth/refresh', {})).status).toBe(200);
  });

  test('gives a token of the body back in the body', async () => {
    const { browser } = await aSignedInBrowser();
    const { refreshToken } = (await logIn(createBrowser(app.http), 'body')).body.data;
    const answer = await browser.post('/api/auth/refresh', { refreshToken });
    expect(Object.keys(answer.body.data)).toEqual(expect.arrayContaining(['accessToken', 'refreshToken']));
    expect(answer.headers.getSetCookie()).toEqual([]);
  });
});

test('signing out takes the session out of the browser, and leaves the mark of the device', async () => {
  const { browser, csrfToken } = await aSignedInBrowser();
  const answer = await browser.post('/api/auth/logout', undefined, { 'x-csrf-token': csrfToken });
  expect(answer.status).toBe(204);
  const gone = [...setCookiesOf(answer).values()].map(({ name, value, maxAge, path }) => [name, value, maxAge, path]);
  expect(gone.sort()).toEqual([
    ['rowhouse_access', '', 0, '/'],
    ['rowhouse_refresh', '', 0, '/api/auth'],
  ]);
  expect([...browser.cookies.keys()]).toEqual(['rowhouse_device']);
  expect((await browser.get('/api/auth/me')).status).toBe(401);
});
