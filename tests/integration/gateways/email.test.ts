import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from '@jest/globals';
import { simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { EmailDeliveryError, type EmailGateway, type EmailMessage } from '../../../src/gateways/email/email.gateway.ts';
import { createFileEmailGateway } from '../../../src/gateways/email/file-email.gateway.ts';
import { createSmtpEmailGateway, type SmtpEmailGatewayDeps } from '../../../src/gateways/email/smtp-email.gateway.ts';

const pdf = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 31) % 256));
const message: EmailMessage = {
  messageId: '019a9f00-0000-7000-8000-000000000001',
  from: 'Rowhouse Billing <billing@rowhouse.example>',
  to: ['Ada <ada@tenant.example>', 'grace@tenant.example'],
  replyTo: 'help@rowhouse.example',
  subject: 'Rechnung № 7 – ₹1,499.00 fällig',
  text: 'Grüße,\n.\nein Punkt allein in einer Zeile.\n',
  html: '<p>Grüße</p>',
  attachments: [{ filename: 'Rechnung №7.pdf', contentType: 'application/pdf', content: pdf }],
};

const cleanups: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** An SMTP server that keeps what it accepted; options replace its handlers. */
async function startSmtpServer(options: SMTPServerOptions = {}) {
  const received: Array<{ from: string; to: string[]; content: Buffer }> = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, session, callback) {
      buffer(stream).then((content) => {
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          content,
        });
        callback();
      }, callback);
    },
    ...options,
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  cleanups.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { received, port: portOf(server.server) };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port');
  return (address satisfies AddressInfo).port;
}

async function startTcpServer(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return portOf(server);
}

function smtpGateway(port: number, deps: Partial<SmtpEmailGatewayDeps> = {}): EmailGateway {
  const gateway = createSmtpEmailGateway({ url: `smtp://127.0.0.1:${port}`, timeoutMs: 2_000, ...deps });
  cleanups.push(() => gateway.close());
  return gateway;
}

async function failureOf(sending: Promise<unknown>): Promise<EmailDeliveryError> {
  const outcome = await sending.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(outcome instanceof EmailDeliveryError)) throw new Error(`not an EmailDeliveryError: ${outcome}`);
  return outcome;
}

const smtpError = (responseCode: number, text: string) => Object.assign(new Error(text), { responseCode });

async function expectOriginal(content: Buffer) {
  const mail = await simpleParser(content);
  expect(mail.messageId).toBe(`<${message.messageId}@rowhouse.example>`);
  expect(mail.from?.value).toEqual([{ name: 'Rowhouse Billing', address: 'billing@rowhouse.example' }]);
  expect([mail.to].flat().flatMap((group) => group?.value ?? [])).toEqual([
    { name: 'Ada', address: 'ada@tenant.example' },
    { name: '', address: 'grace@tenant.example' },
  ]);
  expect(mail.replyTo?.value).toEqual([{ name: '', address: 'help@rowhouse.example' }]);
  expect(mail.subject).toBe(message.subject);
  expect(mail.text).toBe(message.text);
  expect(mail.html).toBe(message.html);
  expect(mail.attachments.map(({ filename, contentType }) => ({ filename, contentType }))).toEqual([
    { filename: 'Rechnung №7.pdf', contentType: 'application/pdf' },
  ]);
  expect(mail.attachments[0]?.content.equals(pdf)).toBe(true);
}

describe('SMTP', () => {
  test('delivers text, HTML and attachment byte for byte, under our Message-ID', async () => {
    const { received, port } = await startSmtpServer();
    const receipt = await smtpGateway(port).send(message);
    expect(receipt).toEqual({ providerMessageId: `<${message.messageId}@rowhouse.example>`, rejectedRecipients: [] });
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({
      from: 'billing@rowhouse.example',
      to: ['ada@tenant.example', 'grace@tenant.example'],
    });
    await expectOriginal(received[0]?.content ?? Buffer.alloc(0));
  });

  test('a 4xx is transient: the next attempt with the same message is accepted', async () => {
    let attempts = 0;
    const { received, port } = await startSmtpServer({
      onRcptTo(_address, _session, callback) {
        attempts += 1;
        callback(attempts <= message.to.length ? smtpError(451, 'greylisted, come back later') : null);
      },
    });
    const gateway = smtpGateway(port);
    expect(await failureOf(gateway.send(message))).toMatchObject({ permanent: false });
    await gateway.send(message);
    expect(received).toHaveLength(1);
  });

  test.each([
    [
      'the recipients',
      {
        onRcptTo: (_address: unknown, _session: unknown, callback: (error: Error) => void) =>
          callback(smtpError(550, 'no such user')),
      },
    ],
    [
      'the sender',
      {
        onMailFrom: (_address: unknown, _session: unknown, callback: (error: Error) => void) =>
          callback(smtpError(553, 'not you')),
      },
    ],
    [
      'the content',
      {
        onData(stream: NodeJS.ReadableStream, _session: unknown, callback: (error: Error) => void) {
          stream.resume().on('end', () => callback(smtpError(554, 'spam')));
        },
      },
    ],
  ])('a 5xx to %s is permanent', async (_case, handlers) => {
    const { received, port } = await startSmtpServer(handlers);
    expect(await failureOf(smtpGateway(port).send(message))).toMatchObject({ permanent: true });
    expect(received).toEqual([]);
  });

  test('tells which recipients were refused when others were accepted', async () => {
    const { received, port } = await startSmtpServer({
      onRcptTo({ address }, _session, callback) {
        callback(address.startsWith('grace') ? smtpError(550, 'no such user') : null);
      },
    });
    const { rejectedRecipients } = await smtpGateway(port).send(message);
    expect(rejectedRecipients).toEqual(['grace@tenant.example']);
    expect(received[0]?.to).toEqual(['ada@tenant.example']);
  });

  test("rejected credentials are the operator's problem, not the message's: transient", async () => {
    const { port } = await startSmtpServer({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: (_auth, _session, callback) => callback(smtpError(535, 'wrong password')),
    });
    const gateway = smtpGateway(port, { url: `smtp://user:p%40ss@127.0.0.1:${port}`, requireTls: false });
    expect(await failureOf(gateway.send(message))).toMatchObject({ permanent: false });
  });

  test('credentials from the URL are decoded and used', async () => {
    const seen: unknown[] = [];
    const { received, port } = await startSmtpServer({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      authOptional: false,
      onAuth(auth, _session, callback) {
        seen.push(auth.username, auth.password);
        callback(null, { user: 'user' });
      },
    });
    await smtpGateway(port, { url: `smtp://us%3Aer:p%40ss@127.0.0.1:${port}`, requireTls: false }).send(message);
    expect(seen).toEqual(['us:er', 'p@ss']);
    expect(received).toHaveLength(1);
  });

  test('credentials are never sent in the clear: without STARTTLS the delivery fails', async () => {
    const authenticated: unknown[] = [];
    const { received, port } = await startSmtpServer({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth(auth, _session, callback) {
        authenticated.push(auth);
        callback(null, { user: 'user' });
      },
    });
    const gateway = smtpGateway(port, { url: `smtp://user:secret@127.0.0.1:${port}` });
    expect(await failureOf(gateway.send(message))).toMatchObject({ permanent: false });
    expect([authenticated, received]).toEqual([[], []]);
  });

  test.each([
    ['smtps', { secure: true }],
    ['smtp', { disabledCommands: ['AUTH'] }],
  ])('%s:// does not trust an unknown certificate', async (protocol, options) => {
    const { received, port } = await startSmtpServer(options);
    const gateway = smtpGateway(port, { url: `${protocol}://127.0.0.1:${port}` });
    expect(await failureOf(gateway.send(message))).toMatchObject({
      permanent: false,
      message: expect.stringMatching(/certificate/i),
    });
    expect(received).toEqual([]);
  });

  test.each([
    ['never greets', () => undefined],
    ['hangs after its greeting', (socket: Socket) => void socket.write('220 slow.example ESMTP\r\n')],
    ['hangs up', (socket: Socket) => void socket.end()],
    ['speaks another protocol', (socket: Socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['has no capacity', (socket: Socket) => void socket.end('421 too busy\r\n')],
  ])('a server that %s is a transient failure within the time-out', async (_case, onConnection) => {
    const port = await startTcpServer(onConnection);
    const gateway = smtpGateway(port, { timeoutMs: 250 });
    const started = performance.now();
    expect(await failureOf(gateway.send(message))).toMatchObject({ permanent: false });
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test('a server that stays silent after the content runs into the deadline', async () => {
    const { port } = await startSmtpServer({ onData: (stream) => void stream.resume() });
    const gateway = smtpGateway(port, { timeoutMs: 20_000, deadlineMs: 400 });
    expect(await failureOf(gateway.send(message))).toMatchObject({ permanent: false });
  });

  test('a refused connection is transient', async () => {
    const port = await startTcpServer(() => undefined);
    for (const cleanup of cleanups.splice(0)) await cleanup();
    expect(await failureOf(smtpGateway(port).send(message))).toMatchObject({
      permanent: false,
      cause: expect.objectContaining({ code: 'ESOCKET' }),
    });
  });

  test('the circuit opens while the server is down, and closes when it is back', async () => {
    let connections = 0;
    let down = true;
    const { received, port } = await startSmtpServer({
      onConnect(_session, callback) {
        connections += 1;
        callback(down ? smtpError(421, 'shutting down') : null);
      },
    });
    const gateway = smtpGateway(port, { circuitBreaker: { outagesToOpen: 2, probeAfterMs: 50 } });
    await failureOf(gateway.send(message));
    await failureOf(gateway.send(message));
    const connectionsWhenOpened = connections;

    expect(await failureOf(gateway.send(message))).toMatchObject({
      permanent: false,
      message: expect.stringContaining('not tried'),
    });
    expect(connections).toBe(connectionsWhenOpened);

    down = false;
    const deadline = performance.now() + 5_000;
    while (received.length === 0 && performance.now() < deadline) await gateway.send(message).catch(() => undefined);
    expect(received).toHaveLength(1);
  });

  test('refused messages do not open the circuit', async () => {
    const { received, port } = await startSmtpServer({
      onRcptTo: ({ address }, _session, callback) =>
        callback(address.startsWith('nobody') ? smtpError(550, 'no such user') : null),
    });
    const gateway = smtpGateway(port, { circuitBreaker: { outagesToOpen: 1, probeAfterMs: 60_000 } });
    for (let attempt = 0; attempt < 3; attempt += 1)
      await failureOf(gateway.send({ ...message, to: ['nobody@tenant.example'] }));
    await gateway.send(message);
    expect(received).toHaveLength(1);
  });

  test('close waits for the messages being sent', async () => {
    const { received, port } = await startSmtpServer();
    const gateway = smtpGateway(port);
    const sending = [gateway.send(message), gateway.send(message), gateway.send(message)];
    await gateway.close();
    expect(received).toHaveLength(3);
    await Promise.all(sending);
  });

  test('refuses a URL that is none of a mail server', () => {
    expect(() => createSmtpEmailGateway({ url: 'http://127.0.0.1' })).toThrow(TypeError);
  });
});

describe('files', () => {
  async function temporaryDirectory(): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), 'rowhouse-outbox-'));
    cleanups.push(() => rm(directory, { recursive: true, force: true }));
    return join(directory, 'made', 'on demand');
  }

  test('writes the same MIME to a file named by time and id, and nothing else', async () => {
    const directory = await temporaryDirectory();
    const gateway = createFileEmailGateway({ directory, now: () => new Date('2026-01-31T09:30:00.123Z') });
    const { providerMessageId } = await gateway.send(message);
    expect(providerMessageId).toBe(`<${message.messageId}@rowhouse.example>`);
    expect(await readdir(directory)).toEqual([`20260131T093000.123Z-${message.messageId}.eml`]);
    await expectOriginal(await readFile(join(directory, `20260131T093000.123Z-${message.messageId}.eml`)));
  });

  test('a refused message leaves nothing behind', async () => {
    const directory = await temporaryDirectory();
    const gateway = createFileEmailGateway({ directory });
    expect(await failureOf(gateway.send({ ...message, subject: 'a\r\nBcc: eve@evil.example' }))).toMatchObject({
      permanent: true,
    });
    await expect(readdir(directory)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('a directory that can not be written is a transient failure', async () => {
    const directory = await temporaryDirectory();
    const gateway = createFileEmailGateway({ directory: join(directory, '\0') });
    expect(await failureOf(gateway.send(message))).toMatchObject({ permanent: false });
  });
});
