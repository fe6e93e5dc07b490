import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import type { EmailGateway } from './email.gateway.ts';
import { EmailDeliveryError } from './email.gateway.ts';
import { composeEmail } from './email-composer.ts';

export interface FileEmailGatewayDeps {
  /** Made where it is missing. */
  readonly directory: string;
  readonly now?: () => Date;
}

/** Names sort by time: `20260131T093000.123Z-<message id>.eml`. */
const fileName = (time: Date, messageId: string): string =>
  `${time.toISOString().replace(/[-:]/g, '')}-${messageId}.eml`;

async function writeAtomically(directory: string, name: string, content: Buffer): Promise<void> {
  await mkdir(directory, { recursive: true });
  const temporary = join(directory, `.${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, join(directory, name));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Writes each message as an RFC 5322 file that mail programs open, byte for byte what SMTP would have carried. A file appears
 * complete or not at all. For development, demos and tests.
 */
export function createFileEmailGateway({ directory, now = () => new Date() }: FileEmailGatewayDeps): EmailGateway {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });

  return {
    async send(message) {
      const time = now();
      const { message: content, messageId } = await transport.sendMail({ ...composeEmail(message), date: time });
      if (!Buffer.isBuffer(content)) throw new TypeError('the composed message is no buffer');
      try {
        await writeAtomically(directory, fileName(time, message.messageId), content);
      } catch (error) {
        throw new EmailDeliveryError('The message could not be written', { permanent: false, cause: error });
      }
      return { providerMessageId: messageId, rejectedRecipients: [] };
    },

    async close() {
      transport.close();
    },
  };
}
