import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { createTransport } from 'nodemailer';
import { EmailDeliveryError, type EmailMessage } from '../../../src/gateways/email/email.gateway.ts';
import { composeEmail } from '../../../src/gateways/email/email-composer.ts';

const message: EmailMessage = {
  messageId: '019a9f00-0000-7000-8000-000000000001',
  from: 'Rowhouse <billing@rowhouse.example>',
  to: ['ada@tenant.example'],
  subject: 'Your invoice',
  text: 'Hello',
};
const attachment = { filename: 'a.pdf', contentType: 'application/pdf', content: Buffer.from('x') };

async function headersOf(composed: ReturnType<typeof composeEmail>): Promise<string[]> {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  const { message: mime } = await transport.sendMail(composed);
  const [head = ''] = mime.toString().split('\r\n\r\n');
  return head
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
    .map((header) => header.slice(0, header.indexOf(':')).toLowerCase());
}

describe('composeEmail', () => {
  test.each<[string, Partial<EmailMessage>]>([
    ['a line feed in the subject', { subject: 'Hi\nBcc: eve@evil.example' }],
    ['a carriage return in the subject', { subject: 'Hi\rBcc: eve@evil.example' }],
    ['a NUL in the subject', { subject: 'Hi\0' }],
    ['a Unicode line separator in the subject', { subject: 'Hi\u2028Bcc: eve@evil.example' }],
    ["a line break in the sender's name", { from: 'Row\r\nBcc: eve@evil.example\r\n <a@b.example>' }],
    ["a line break in the sender's address", { from: 'a@b.example\r\nBcc: eve@evil.example' }],
    ['a line break in a recipient', { to: ['ada@tenant.example', 'a@b.example\r\nDATA'] }],
    ['a line break in the reply address', { replyTo: 'a@b.example\nBcc: eve@evil.example' }],
    ['a line break in the name of an attachment', { attachments: [{ ...attachment, filename: 'a\r\nX: y.pdf' }] }],
    ['a line break in a media type', { attachments: [{ ...attachment, contentType: 'text/plain\r\nX: y' }] }],
    ['a line break in the id', { messageId: 'id>\r\nBcc: <eve@evil.example' }],
    ['two addresses in one recipient', { to: ['ada@tenant.example, eve@evil.example'] }],
    ['a group', { to: ['all: ada@tenant.example;'] }],
    ['a route', { to: ['<@relay.example:ada@tenant.example>'] }],
    ['two mailboxes with names', { to: ['Ada <ada@tenant.example>, Eve <eve@evil.example>'] }],
    ['an SMTP parameter', { to: ['ada@tenant.example> NOTIFY=NEVER <x'] }],
    ['a recipient without a domain', { to: ['ada'] }],
    ['an address of 255 characters', { to: [`${'a'.repeat(242)}@tenant.exampl`] }],
    ['no recipient', { to: [] }],
    ['an empty recipient', { to: [''] }],
  ])('refuses %s for good', (_case, change) => {
    expect(() => composeEmail({ ...message, ...change })).toThrow(EmailDeliveryError);
    expect(() => composeEmail({ ...message, ...change })).toThrow(expect.objectContaining({ permanent: true }));
  });

  test.each([
    ['Ada <ada@tenant.example>', 'Ada', 'ada@tenant.example'],
    ['"Lovelace, Ada" <ada@tenant.example>', 'Lovelace, Ada', 'ada@tenant.example'],
    ['Acme, Inc. <ada@tenant.example>', 'Acme, Inc.', 'ada@tenant.example'],
    ['आदा लवलेस <ada@tenant.example>', 'आदा लवलेस', 'ada@tenant.example'],
    ['ada+x@tenant.example', '', 'ada+x@tenant.example'],
  ])('%s reaches the reader unchanged', async (mailbox, name, address) => {
    const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
    const { message: mime } = await transport.sendMail(composeEmail({ ...message, from: mailbox }));
    const parsed = await simpleParser(mime);
    expect(parsed.from?.value).toEqual([{ name, address }]);
  });

  test("derives the Message-ID from the row's id and the sender's domain, in ASCII", () => {
    expect(composeEmail(message).messageId).toBe(`<${message.messageId}@rowhouse.example>`);
    expect(composeEmail({ ...message, from: 'a@bücher.example' }).messageId).toBe(
      `<${message.messageId}@xn--bcher-kva.example>`,
    );
  });

  test('no text makes a header of its own: it is refused, or the headers are the same', async () => {
    const expected = await headersOf(composeEmail(message));
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .tuple(fc.string(), fc.constantFrom('\r\n', '\n', '\r', '\u0085', '\u2028', '\r\n '), fc.string())
        .map((parts) => parts.join('')),
    );
    await fc.assert(
      fc.asyncProperty(hostile, fc.constantFrom('subject', 'name'), async (text, field) => {
        const change = field === 'subject' ? { subject: text } : { from: `${text} <billing@rowhouse.example>` };
        let composed: ReturnType<typeof composeEmail>;
        try {
          composed = composeEmail({ ...message, ...change });
        } catch (error) {
          expect(error).toBeInstanceOf(EmailDeliveryError);
          return;
        }
        expect(await headersOf({ ...composed })).toEqual(
          field === 'subject' && text === '' ? expected.filter((name) => name !== 'subject') : expected,
        );
      }),
    );
  });
});
