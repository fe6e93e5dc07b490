import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { createSmtpEmailGateway } from '../../../src/gateways/email/smtp-email.gateway.ts';
import { createFilesystemStorageGateway } from '../../../src/gateways/storage/filesystem-storage.gateway.ts';
import type { StorageGateway } from '../../../src/gateways/storage/storage.gateway.ts';
import { tenantStorageKey } from '../../../src/gateways/storage/storage-key.ts';
import { deliverEmail } from '../../../src/jobs/messaging/deliver-email.job.ts';
import { subscriptions } from '../../../src/jobs/subscriptions.ts';
import { createEmailRepository } from '../../../src/repositories/messaging/email.repository.ts';
import { createEmailDeliveryService, type NewEmail } from '../../../src/services/messaging/email-delivery.service.ts';
import { systemContext, tenantScope } from '../../../src/types/context-factory.ts';
import { asTenantId, type TenantId } from '../../../src/types/ids.ts';
import { createSecretBox } from '../../../src/utils/secret-box.ts';
import { createSite, eventually, type Site } from '../jobs/job-harness.ts';

const pdf = Buffer.from(Array.from({ length: 90_000 }, (_, index) => (index * 31) % 256));
const MEBIBYTE = 1024 * 1024;
/** The job as it is, in a hurry. */
const hurriedDelivery = { ...deliverEmail, attempts: 3, backoff: { type: 'exponential' as const, delayMs: 10 } };

type Verdict = 'accept' | 451 | 550;

/** A mail server that keeps what it accepts; `verdicts` decide about the next messages. */
async function startMailServer() {
  const received: Buffer[] = [];
  const verdicts: Verdict[] = [];
  let seen = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, _session, callback) {
      buffer(stream).then((content) => {
        seen += 1;
        const verdict = verdicts.shift() ?? 'accept';
        if (verdict !== 'accept') {
          callback(Object.assign(new Error('the server does not want it'), { responseCode: verdict }));
          return;
        }
        received.push(content);
        callback();
      }, callback);
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.server.address();
  if (address === null || typeof address === 'string') throw new Error('The mail server has no port');
  return {
    url: `smtp://127.0.0.1:${address.port}`,
    received,
    verdicts,
    get seen() {
      return seen;
    },
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

let site: Site;
let storage: StorageGateway;
let mail: Awaited<ReturnType<typeof startMailServer>>;
let gateway: ReturnType<typeof createSmtpEmailGateway>;
let tenantId: TenantId;

beforeAll(async () => {
  site = await createSite('postgresql');
  storage = createFilesystemStorageGateway({ rootDirectory: join(site.settings.VAR_DIRECTORY, 'storage') });
});

beforeEach(async () => {
  tenantId = asTenantId(randomUUID());
  await site.admin.query('truncate emails, outbox_events');
  mail = await startMailServer();
  gateway = createSmtpEmailGateway({ url: mail.url, timeoutMs: 2000 });
});

afterEach(async () => {
  await site.closeProcesses();
  await gateway.close();
  await mail.close();
});

afterAll(async () => {
  await storage.close();
  await site.close();
});

const secrets = createSecretBox({ keys: [{ kid: 'k1', secret: randomBytes(32) }], purpose: 'email' });

const createService = () =>
  createEmailDeliveryService({
    emails: createEmailRepository({ database: site.database }),
    events: site.events,
    gateway,
    storage,
    secrets,
    from: 'Rowhouse <no-reply@rowhouse.example>',
  });

const tenantContext = (tenant = tenantId) => systemContext(tenantScope(tenant), 'a-request');

const anEmail = (changes: Partial<NewEmail> = {}): NewEmail => ({
  kind: 'invoice',
  subjectId: randomUUID(),
  deduplicationKey: randomUUID(),
  recipient: 'asha@lakeside.example',
  subject: 'Rechnung INV-7 über ₹1,499.00',
  textBody: 'Grüße aus dem Rowhouse',
  htmlBody: '<p>Grüße aus dem Rowhouse</p>',
  attachments: [],
  ...changes,
});

const queueEmail = (email: NewEmail) => site.tx.run(tenantContext(), (ctx) => createService().queue(ctx, email));

const storeFile = async (name: string, body: Buffer): Promise<string> => {
  const key = tenantStorageKey(tenantId, 'invoices', name);
  await storage.put({ key, body, contentType: 'application/pdf' });
  return key;
};

const storedEmails = async () => {
  const { rows } = await site.admin.query(
    `select id, status, attempts, last_error as "lastError", provider_message_id as "providerMessageId", sent_at as "sentAt"
     from emails where tenant_id = $1`,
    [tenantId],
  );
  return rows;
};

const queuedEvents = async (): Promise<number> => {
  const { rows } = await site.admin.query(
    "select count(*)::int as count from outbox_events where tenant_id = $1 and type = 'email.queued'",
    [tenantId],
  );
  return rows[0].count;
};

const emailWithStatus = (status: string) =>
  eventually(`an e-mail is ${status}`, async () => (await storedEmails()).find((email) => email.status === status));

const openWorkers = () =>
  site.open({ catalogue: [hurriedDelivery], deps: { emails: createService() }, subscriptions: hurried });

/** The product's own subscriptions, for the job in a hurry. */
const hurried = subscriptions
  .filter(({ job }) => job.name === deliverEmail.name)
  .map((subscription) => ({ ...subscription, job: hurriedDelivery }));

describe('queueing an e-mail', () => {
  test('stores it once per occasion, with one event', async () => {
    const email = anEmail();
    await queueEmail(email);
    await queueEmail(email);
    expect(await storedEmails()).toEqual([expect.objectContaining({ status: 'queued', attempts: 0 })]);
    expect(await queuedEvents()).toBe(1);
  });

  test('leaves nothing behind when the transaction fails', async () => {
    const failing = site.tx.run(tenantContext(), async (ctx) => {
      await createService().queue(ctx, anEmail());
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect([await storedEmails(), await queuedEvents()]).toEqual([[], 0]);
  });

  test("refuses another tenant's file", async () => {
    for (const storageKey of [
      tenantStorageKey(randomUUID(), 'invoices', 'theirs.pdf'),
      'platform/secrets.pdf',
      `tenants/${tenantId}/../${randomUUID()}/theirs.pdf`,
    ]) {
      const attachments = [{ storageKey, filename: 'theirs.pdf', contentType: 'application/pdf' }];
      await expect(queueEmail(anEmail({ attachments }))).rejects.toMatchObject({ name: 'StorageKeyError' });
    }
    expect(await storedEmails()).toEqual([]);
  });
});

describe('delivering an e-mail', () => {
  test('goes from the outbox through the queue to the mail server, with its file', async () => {
    const process = openWorkers();
    await process.start();
    const storageKey = await storeFile('INV-7.pdf', pdf);
    await queueEmail(
      anEmail({ attachments: [{ storageKey, filename: 'Rechnung INV-7.pdf', contentType: 'application/pdf' }] }),
    );
    const row = await emailWithStatus('sent');
    expect(row).toMatchObject({
      attempts: 1,
      lastError: null,
      sentAt: expect.any(Date),
      providerMessageId: expect.any(String),
    });
    expect(mail.received).toHaveLength(1);
    const message = await simpleParser(mail.received[0] ?? '');
    expect(message).toMatchObject({
      messageId: `<${row.id}@rowhouse.example>`,
      subject: 'Rechnung INV-7 über ₹1,499.00',
      text: expect.stringContaining('Grüße aus dem Rowhouse'),
      to: expect.objectContaining({ text: 'asha@lakeside.example' }),
    });
    const [attachment] = message.attachments;
    expect(attachment).toMatchObject({ filename: 'Rechnung INV-7.pdf', contentType: 'application/pdf' });
    expect(attachment?.content.equals(pdf)).toBe(true);
    await process.close();
  });

  test('tries again what the server puts off', async () => {
    mail.verdicts.push(451);
    const process = openWorkers();
    await process.start();
    await queueEmail(anEmail());
    expect(await emailWithStatus('sent')).toMatchObject({ attempts: 2, lastError: null });
    expect(mail.received).toHaveLength(1);
    await process.close();
  });

  test('gives up at once what the server refuses', async () => {
    mail.verdicts.push(550);
    const process = openWorkers();
    await process.start();
    await queueEmail(anEmail());
    const row = await emailWithStatus('failed');
    expect(row).toMatchObject({ attempts: 1, lastError: expect.stringContaining('does not want it'), sentAt: null });
    const letter = await eventually('the dead letter', async () =>
      (await process.queues.deadLetters('email', 10)).find(({ payload }) => isAbout(payload, row.id)),
    );
    expect(letter).toMatchObject({ attempts: 1, reason: expect.stringContaining('does not want it') });
    expect(mail.seen).toBe(1);
    await process.close();
  });

  test('gives up after the last attempt while the server is down, and sends it when an operator tries again', async () => {
    await mail.close();
    const process = openWorkers();
    await process.start();
    await queueEmail(anEmail());
    const row = await emailWithStatus('failed');
    expect(row).toMatchObject({
      attempts: 3,
      lastError: expect.stringContaining('ECONNREFUSED'),
      providerMessageId: null,
    });
    const letter = await eventually('the dead letter', async () =>
      (await process.queues.deadLetters('email', 10)).find(({ payload }) => isAbout(payload, row.id)),
    );
    expect(letter.attempts).toBe(3);
    mail = await startMailServer();
    await gateway.close();
    gateway = createSmtpEmailGateway({ url: mail.url });
    await createService().deliver(tenantContext(), row.id, { attempt: 1, attempts: 1 });
    expect(await storedEmails()).toMatchObject([{ status: 'sent', attempts: 4, lastError: null }]);
    await process.close();
  });

  test('sends an e-mail that was sent before not again', async () => {
    await queueEmail(anEmail());
    const [{ id }] = await storedEmails();
    await createService().deliver(tenantContext(), id, { attempt: 1, attempts: 8 });
    await createService().deliver(tenantContext(), id, { attempt: 2, attempts: 8 });
    expect(mail.received).toHaveLength(1);
    expect(await storedEmails()).toMatchObject([{ status: 'sent', attempts: 1 }]);
  });

  test('does not find the e-mail of another tenant', async () => {
    await queueEmail(anEmail());
    const [{ id }] = await storedEmails();
    const stranger = tenantContext(asTenantId(randomUUID()));
    const delivery = createService().deliver(stranger, id, { attempt: 1, attempts: 8 });
    await expect(delivery).rejects.toMatchObject({ name: 'PermanentJobFailure' });
    expect(mail.seen).toBe(0);
    expect(await storedEmails()).toMatchObject([{ status: 'queued', attempts: 0, lastError: null }]);
  });

  test.each([
    ['is gone', [], 'There is no object'],
    ['are too large', [12 * MEBIBYTE, 9 * MEBIBYTE], 'The attachments have more than 20971520 bytes'],
  ])('gives up when its files %s', async (_what, sizes, reason) => {
    const keys = await Promise.all(sizes.map((size) => storeFile(`${size}.pdf`, Buffer.alloc(size))));
    const storageKeys = keys.length > 0 ? keys : [tenantStorageKey(tenantId, 'invoices', 'gone.pdf')];
    const attachments = storageKeys.map((storageKey) => ({
      storageKey,
      filename: 'a.pdf',
      contentType: 'application/pdf',
    }));
    await queueEmail(anEmail({ attachments }));
    const [{ id }] = await storedEmails();
    const delivery = createService().deliver(tenantContext(), id, { attempt: 1, attempts: 8 });
    await expect(delivery).rejects.toMatchObject({
      name: 'PermanentJobFailure',
      message: expect.stringContaining(reason),
    });
    expect(await storedEmails()).toMatchObject([
      { status: 'failed', attempts: 1, lastError: expect.stringContaining(reason) },
    ]);
    expect(mail.seen).toBe(0);
  });
});

const isAbout = (payload: unknown, emailId: string): boolean =>
  typeof payload === 'object' && payload !== null && 'emailId' in payload && payload.emailId === emailId;
