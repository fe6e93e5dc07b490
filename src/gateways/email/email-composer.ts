import { domainToASCII } from 'node:url';
import type { SendMailOptions } from 'nodemailer';
import { type EmailAttachment, EmailDeliveryError, type EmailMessage } from './email.gateway.ts';

interface Mailbox {
  readonly name: string;
  readonly address: string;
}

/** Longest address a path of RFC 5321 (4.5.3.1.3) can carry. */
const addressLimit = 254;
/** An RFC 5322 dot-atom address, or an internationalized one; no quoted local parts, comments, groups or address literals. */
const addressPattern = /^[^\s\p{C}@<>()[\]\\,;:"]+@[^\s\p{C}@<>()[\]\\,;:"]+$/u;
const namedMailboxPattern = /^(?<name>[^<>]*)<(?<address>[^<>]*)>$/u;
const controlCharacterPattern = /[\p{Cc}\u2028\u2029]/u;
const messageIdPattern = /^[A-Za-z0-9._-]{1,128}$/;
const mediaTypePattern = /^[\w.+-]+\/[\w.+-]+$/;

const refuse = (what: string): never => {
  throw new EmailDeliveryError(`The message can not be sent: ${what}`, { permanent: true });
};

/** A header's text ends at a line break: one inside it would begin a header of the writer's choice. */
function headerText(text: string, field: string): string {
  return controlCharacterPattern.test(text) ? refuse(`${field} has a control character`) : text;
}

function parseMailbox(text: string, field: string): Mailbox {
  const named = namedMailboxPattern.exec(headerText(text, field).trim());
  const address = (named?.groups?.address ?? text).trim();
  const name = (named?.groups?.name ?? '').trim().replace(/^"(.*)"$/, '$1');
  if (address.length > addressLimit || !addressPattern.test(address)) refuse(`${field} is no mailbox`);
  return { name, address };
}

function composeAttachment({ filename, contentType, content }: EmailAttachment) {
  if (!mediaTypePattern.test(contentType)) refuse('an attachment has no valid media type');
  return { filename: headerText(filename, 'the name of an attachment'), contentType, content };
}

/**
 * Turns a message into what nodemailer composes MIME from. Addresses are handed over parsed, so that none can add another, and
 * neither files nor URLs are read.
 * @throws EmailDeliveryError (permanent) if a header value has a line break or another control character, or is malformed
 */
export function composeEmail(message: EmailMessage): SendMailOptions {
  if (!messageIdPattern.test(message.messageId)) refuse('its id can not be part of a Message-ID');
  if (message.to.length === 0) refuse('it has no recipient');
  const from = parseMailbox(message.from, 'the sender');
  const domain = domainToASCII(from.address.slice(from.address.lastIndexOf('@') + 1));
  if (domain === '') refuse('the domain of the sender is malformed');
  return {
    messageId: `<${message.messageId}@${domain}>`,
    from,
    to: message.to.map((recipient) => parseMailbox(recipient, 'a recipient')),
    replyTo: message.replyTo === undefined ? undefined : parseMailbox(message.replyTo, 'the reply address'),
    subject: headerText(message.subject, 'the subject'),
    text: message.text,
    html: message.html,
    attachments: message.attachments?.map(composeAttachment),
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
