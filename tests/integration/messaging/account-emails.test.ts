import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ParsedMail, simpleParser } from 'mailparser';
import { subscriptions } from '../../../src/jobs/subscriptions.ts';
import { type EventPayload, type EventType, eventCatalogue } from '../../../src/services/base/event-catalogue.ts';
import { platformScope, systemContext, tenantScope } from '../../../src/types/context-factory.ts';
import { asTenantId, PLATFORM_ID, type TenantId } from '../../../src/types/ids.ts';
import { identityEvents } from '../../../src/validators/identity/identity.events.ts';
import { eventually } from '../../support/eventually.ts';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';
import { startWorkers } from '../../support/workers.ts';

const TOKEN = /#token=([0-9a-f-]{36}\.[A-Za-z0-9_-]{43})/;
const ctx = systemContext(platformScope, 'a-request');

let app: TestApp;
let tenant: TestTenant;
let workers: Awaited<ReturnType<typeof startWorkers>>;

beforeAll(async () => {
  app = await startTestApp();
  workers = await startWorkers(app);
  await aPlan(app);
  tenant = await aTenant(app, await anOperator(app));
}, 60_000);

afterAll(async () => {
  await workers.close(5000);
  await app.close();
});

async function aUser(name: string, status = 'active'): Promise<{ id: string; email: string }> {
  const user = { id: randomUUID(), email: `${randomUUID()}@lakeside.example` };
  await app.rows(
    `insert into users (id, email, name, type, status, updated_at) values ($1, $2, $3, 'PLATFORM_USER', $4::user_status, now())`,
    [user.id, user.email, name, status],
  );
  return user;
}

const isEventType = (type: string): type is keyof typeof identityEvents => Object.hasOwn(identityEvents, type);

function asEventType(type: string): keyof typeof identityEvents {
  if (!isEventType(type)) throw new Error(`${type} is no event of identity`);
  return type;
}

const publish = <Type extends EventType>(type: Type, payload: EventPayload<Type>, tenantId: TenantId = PLATFORM_ID) =>
  app.container.infrastructure.tx.run(ctx, async (txCtx) =>
    app.container.infrastructure.events.publish(txCtx, type, randomUUID(), payload, tenantId),
  );

async function mailsTo(address: string): Promise<ParsedMail[]> {
  const directory = join(app.container.infrastructure.settings.VAR_DIRECTORY, 'outbox');
  const names = await readdir(directory, { recursive: true }).catch(() => []);
  const files = names.filter((name) => name.endsWith('.eml'));
  const mails = await Promise.all(files.map(async (name) => simpleParser(await readFile(join(directory, name)))));
  return mails.filter((mail) => mail.to !== undefined && 'text' in mail.to && mail.to.text.includes(address));
}

const firstMailTo = (address: string): Promise<ParsedMail> =>
  eventually(async () => (await mailsTo(address))[0], `an e-mail to ${address}`);

const tokenIn = (mail: ParsedMail): string => TOKEN.exec(mail.text ?? '')?.[1] ?? '';

describe('a link that is mailed', () => {
  test('brings a token that works, and that stands nowhere else', async () => {
    const user = await aUser('Asha');
    await publish('user.password_reset_requested', { userId: user.id });
    const mail = await firstMailTo(user.email);
    const token = tokenIn(mail);
    expect(mail.text).toContain('/account/reset-password#token=');
    expect(mail.html).toContain(`/account/reset-password#token=${token}`);
    const { oneTimeTokens } = app.container.services;
    expect(await oneTimeTokens.find(ctx, token, ['password_reset'])).toMatchObject({ subjectId: user.id });
    expect(await oneTimeTokens.find(ctx, token, ['magic_link', 'invitation'])).toBeNull();

    const [, secret = ''] = token.split('.');
    const [email] = await eventually(async () => {
      const rows = await app.rows("select * from emails where recipient = $1 and status = 'sent'", [user.email]);
      return rows.length > 0 && rows;
    }, 'the e-mail is marked as sent');
    expect(email).toMatchObject({ sealed_secret: null });
    expect(JSON.stringify(email)).not.toContain(secret);
    expect(JSON.stringify(await app.rows('select * from outbox_events'))).not.toContain(secret);
  });

  test('is made once for one event, however often its job runs', async () => {
    const user = await aUser('Binu');
    await publish('user.password_reset_requested', { userId: user.id });
    const token = tokenIn(await firstMailTo(user.email));
    const [event] = await app.rows<{ id: string }>(`select id from outbox_events where payload->>'userId' = $1`, [
      user.id,
    ]);
    const { accountEmails, oneTimeTokens } = app.container.services;
    await accountEmails.queue(systemContext(tenantScope(PLATFORM_ID), 'a-request'), event?.id ?? '');
    expect(await app.rows('select id from emails where recipient = $1', [user.email])).toHaveLength(1);
    expect(await oneTimeTokens.find(ctx, token, ['password_reset'])).not.toBeNull();
  });

  test('replaces the one that was mailed before', async () => {
    const user = await aUser('Chitra');
    await publish('user.password_reset_requested', { userId: user.id });
    const first = tokenIn(await firstMailTo(user.email));
    await publish('user.password_reset_requested', { userId: user.id });
    const both = await eventually(async () => {
      const mails = await mailsTo(user.email);
      return mails.length === 2 && mails;
    }, 'a second e-mail');
    const second = both.map(tokenIn).find((token) => token !== first) ?? '';
    const { oneTimeTokens } = app.container.services;
    expect(await oneTimeTokens.find(ctx, first, ['password_reset'])).toBeNull();
    expect(await oneTimeTokens.find(ctx, second, ['password_reset'])).not.toBeNull();
  });

  test('is not sent to confirm an address that is confirmed', async () => {
    const confirmed = await aUser('Dev');
    const waiting = await aUser('Esha', 'pending');
    await publish('user.verification_requested', { userId: confirmed.id });
    await publish('user.verification_requested', { userId: waiting.id });
    expect((await firstMailTo(waiting.email)).text).toContain('/account/verify-email#token=');
    expect(await mailsTo(confirmed.email)).toEqual([]);
  });
});

test('a name is shown as it is, and runs nothing', async () => {
  const user = await aUser('<img src=x onerror=alert(1)> & Söhne');
  await publish('user.password_changed', { userId: user.id });
  const mail = await firstMailTo(user.email);
  expect(mail.text).toContain('Hello <img src=x onerror=alert(1)> & Söhne,');
  expect(mail.html).toContain('Hello &lt;img src=x onerror=alert(1)&gt; &amp; Söhne,');
});

test('wrong codes do not read as if nobody had got past the password', async () => {
  const user = await aUser('Hari');
  await publish('user.second_factor_throttled', { userId: user.id });
  const mail = await firstMailTo(user.email);
  const words = mail.text?.replaceAll(/\s+/g, ' ');
  expect(words).toContain('somebody knows your password');
  expect(words).not.toContain('You need not do anything');
});

test.each([
  [0, 'It was the last one'],
  [1, 'One is left.'],
  [2, '2 are left.'],
])('with %i recovery codes left it says so', async (remaining, words) => {
  const user = await aUser('Indu');
  await publish('user.recovery_code_used', { userId: user.id, remaining });
  expect((await firstMailTo(user.email)).text?.replaceAll(/\s+/g, ' ')).toContain(words);
});

test('every event of identity is mailed to somebody', async () => {
  const hash = Buffer.alloc(32, 1).toString('base64url');
  const sessionId = randomUUID();
  const invitationId = randomUUID();
  const impersonationId = randomUUID();
  const operator = await aUser('Operator');
  const subject = await aUser('Farah');
  await app.rows(`insert into sessions (id, user_id, last_used_at, expires_at) values ($1, $2, now(), now())`, [
    sessionId,
    subject.id,
  ]);
  await app.rows(
    `insert into invitations (tenant_id, id, email, role, invited_by, expires_at, updated_at)
     values ($1, $2, $3, 'staff', $4, now() + interval '7 days', now())`,
    [tenant.id, invitationId, `${invitationId}@lakeside.example`, operator.id],
  );
  await app.rows(
    `insert into impersonations (tenant_id, id, impersonator_id, user_id, session_id, mode, reason, expires_at)
     values ($1, $2, $3, $4, $5, 'read_only', 'They asked for help', now() + interval '10 minutes')`,
    [tenant.id, impersonationId, operator.id, subject.id, sessionId],
  );
  const tenantId = asTenantId(tenant.id);
  const special: Readonly<Record<string, { facts: Record<string, unknown>; to: string }>> = {
    'invitation.created': { facts: { tenantId, invitationId }, to: `${invitationId}@lakeside.example` },
    'impersonation.started': { facts: { tenantId, impersonationId }, to: tenant.ownerEmail },
  };
  for (const [type, schema] of Object.entries(identityEvents)) {
    const pending = ['user.signed_up', 'user.verification_requested', 'operator.invited'].includes(type);
    const user = await aUser('Gita', pending ? 'pending' : 'active');
    const { facts, to } = special[type] ?? {
      facts: { userId: user.id, sessionId, remaining: 3, browserHash: hash, confirmationCodeHash: hash },
      to: user.email,
    };
    await publish(asEventType(type), schema.parse(facts), tenantId);
    expect(await firstMailTo(to)).toMatchObject({ subject: expect.stringMatching(/\w/) });
    expect(await app.rows('select 1 from emails where recipient = $1', [to])).toHaveLength(1);
    expect(subscriptions.filter((subscription) => subscription.event === type)).toHaveLength(1);
  }
  expect(Object.keys(eventCatalogue)).toEqual(expect.arrayContaining(Object.keys(identityEvents)));
});
