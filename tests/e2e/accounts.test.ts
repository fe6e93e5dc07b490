import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { simpleParser } from 'mailparser';
import { generate } from 'otplib';
import { demoLogins, seed } from '../../prisma/seed.ts';
import { eventually } from '../support/eventually.ts';
import type { HttpAnswer } from '../support/http-client.ts';
import { type ServerProcess, serverEnvironment, startServer } from '../support/server-process.ts';
import { type ClonedDatabase, cloneTemplateDatabase } from '../support/template-database.ts';

const PASSWORD = 'seventeen quiet herons by the lake';
const NEW_PASSWORD = 'eighteen loud herons on the shore';
const LINK = /http:\/\/\S+\/account\/([a-z-]+)#token=(\S+)/;

let database: ClonedDatabase;
let server: ServerProcess;

beforeAll(async () => {
  database = await cloneTemplateDatabase();
  const environment = serverEnvironment(database);
  await seed(environment);
  server = await startServer(environment);
}, 60_000);

afterAll(async () => {
  await server.stop();
  await database.drop();
});

async function mailsTo(address: string): Promise<{ subject: string; text: string }[]> {
  const directory = join(server.varDirectory, 'outbox');
  if (!existsSync(directory)) return [];
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.eml'));
  const mails = await Promise.all(names.sort().map((name) => simpleParser(readFileSync(join(directory, name)))));
  return mails
    .filter(({ to }) => to !== undefined && 'text' in to && to.text.includes(address))
    .map(({ subject = '', text = '' }) => ({ subject, text }));
}

/** The page and the token of the link in the newest e-mail with this subject. */
const linkIn = (address: string, subject: string): Promise<{ page: string; token: string }> =>
  eventually(async () => {
    const mail = (await mailsTo(address)).findLast((candidate) => candidate.subject === subject);
    const [, page, token] = LINK.exec(mail?.text ?? '') ?? [];
    return page !== undefined && token !== undefined && { page, token };
  }, `${address} gets "${subject}"`);

const post = (path: string, body: unknown, headers?: Record<string, string>): Promise<HttpAnswer> =>
  server.http.post(path, body, headers);

const login = (email: string, password: string) => post('/api/auth/login', { email, password });
const bearer = ({ body }: HttpAnswer) => ({ authorization: `Bearer ${body.data.accessToken}` });

test('from signing up to a second factor, a lost password and a mailed link', async () => {
  const email = 'nila@lakeside.example';
  expect((await post('/api/auth/signup', { email, name: 'Nila', password: PASSWORD })).status).toBe(202);
  expect((await login(email, PASSWORD)).body.error.code).toBe('EMAIL_NOT_VERIFIED');
  const confirmation = await linkIn(email, 'Confirm your e-mail address');
  expect(confirmation.page).toBe('verify-email');
  expect((await server.http.get('/account/verify-email')).text).toContain('account.js');
  expect((await post('/api/auth/verify-email', { token: confirmation.token })).status).toBe(204);

  const session = await login(email, PASSWORD);
  expect(session.body.data).toMatchObject({ status: 'signed_in', user: { email, role: 'singer' } });
  const setup = await post('/api/auth/2fa/setup', { password: PASSWORD }, bearer(session));
  const { secret, challengeToken } = setup.body.data;
  const enabled = await post('/api/auth/2fa/verify', { challengeToken, code: await generate({ secret }) });
  expect(enabled.body.data.status).toBe('two_factor_enabled');
  const { recoveryCodes } = enabled.body.data;
  expect(recoveryCodes).toHaveLength(10);
  await linkless(email, 'Two-factor sign-in is on');

  expect((await post('/api/auth/forgot-password', { email })).status).toBe(202);
  const reset = await linkIn(email, 'Choose a new password');
  const resetting = { token: reset.token, password: NEW_PASSWORD };
  expect((await post('/api/auth/reset-password', resetting)).status).toBe(204);
  expect((await post('/api/auth/reset-password', resetting)).status).toBeGreaterThanOrEqual(400);
  expect((await server.http.with(bearer(session)).get('/api/auth/me')).body.error.code).toBe('SESSION_REVOKED');
  await linkless(email, 'Your password has been changed');

  const challenged = await login(email, NEW_PASSWORD);
  expect(challenged.body.data.status).toBe('two_factor_required');
  const recovered = await post('/api/auth/2fa/verify', {
    challengeToken: challenged.body.data.challengeToken,
    recoveryCode: recoveryCodes[0],
  });
  expect(recovered.body.data.status).toBe('signed_in');
  await linkless(email, 'A recovery code has been used');

  const asked = await post('/api/auth/magic-link', { email });
  const magic = await linkIn(email, 'Your link to sign in');
  const elsewhere = await post('/api/auth/magic-link/verify', { token: magic.token });
  expect(elsewhere.body.error.code).toBe('CONFIRMATION_CODE_REQUIRED');
  const { confirmationCode } = asked.body.data;
  const linked = await post('/api/auth/magic-link/verify', { token: magic.token, confirmationCode });
  expect(linked.body.data.status).toBe('two_factor_required');
}, 60_000);

const demoLogin = (role: string) => {
  const found = demoLogins.find((candidate) => candidate.role === role);
  if (found === undefined) throw new Error(`The demo has no ${role}`);
  return found;
};

/** Waits for an e-mail that only tells something. */
const linkless = (address: string, subject: string) =>
  eventually(
    async () => (await mailsTo(address)).some((mail) => mail.subject === subject && !LINK.test(mail.text)),
    `${address} is told "${subject}"`,
  );

test('an owner invites somebody, and an operator who works in their place is announced', async () => {
  const operator = demoLogin('operator');
  const owner = demoLogin('owner');
  const ownerSession = await login(owner.email, owner.password);
  const asOwner = server.http.with(bearer(ownerSession));
  const { tenantId } = await asOwner.get('/api/auth/me').then(({ body }) => ({ tenantId: body.data.activeContext.id }));

  const email = 'newcomer@lakeside.example';
  const invited = await asOwner.post(`/api/tenants/${tenantId}/members/invite`, { email, role: 'staff' });
  expect(invited.status).toBe(201);
  const invitation = await eventually(async () => {
    const mail = (await mailsTo(email)).at(-1);
    return LINK.exec(mail?.text ?? '')?.[2];
  }, 'the invitation arrives');
  const accepted = await post('/api/auth/accept-invitation', {
    token: invitation,
    name: 'New Comer',
    password: PASSWORD,
  });
  expect(accepted.body.data).toMatchObject({ created: true, user: { email } });
  expect((await login(email, PASSWORD)).body.data.user).toMatchObject({ role: 'staff' });

  const asOperator = server.http.with(bearer(await login(operator.email, operator.password)));
  const grant = await asOperator.post(`/api/tenants/${tenantId}/impersonate`, {
    reason: 'They can not find an invoice',
  });
  expect(grant.status).toBe(201);
  const asBoth = server.http.with(bearer(grant));
  expect((await asBoth.get('/api/auth/me')).body.data.impersonation).toMatchObject({ mode: 'read_only' });
  expect((await asBoth.get('/api/revenue/invoices')).status).toBe(200);
  expect((await asBoth.put(`/api/tenants/${tenantId}`, { phone: '+91 80 4718 2200' })).status).toBe(403);
  await eventually(
    async () =>
      (await mailsTo(owner.email)).some(({ subject }) => subject.startsWith('An operator works in the place of')),
    'the owner is told of the operator',
  );
}, 60_000);
