import { buffer } from 'node:stream/consumers';
import { uuidv7 } from 'uuidv7';
import { type EmailAttachment, EmailDeliveryError, type EmailGateway } from '../../gateways/email/email.gateway.ts';
import { type StorageGateway, StorageObjectNotFoundError } from '../../gateways/storage/storage.gateway.ts';
import { StorageKeyError, tenantStorageKey } from '../../gateways/storage/storage-key.ts';
import { PermanentJobFailure } from '../../queues/job-failure.ts';
import type {
  EmailRepository,
  EmailRow,
  NewEmailRow,
  StoredAttachment,
} from '../../repositories/messaging/email.repository.ts';
import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import type { DomainEvents } from '../base/domain-events.ts';

export interface EmailDeliveryDeps {
  readonly emails: EmailRepository;
  readonly events: DomainEvents;
  readonly gateway: Pick<EmailGateway, 'send'>;
  readonly storage: Pick<StorageGateway, 'get'>;
  /** The sender: `address@domain` or `Display Name <address@domain>`. */
  readonly from: string;
}

export type NewEmail = Omit<NewEmailRow, 'id'>;

/** Which try this is, of how many. */
export interface DeliveryAttempt {
  readonly attempt: number;
  readonly attempts: number;
}

/** What most mail servers take, once it is encoded for the way. */
const MOST_ATTACHED_BYTES = 20 * 1024 * 1024;
const LONGEST_ERROR = 500;

export type EmailDeliveryService = ReturnType<typeof createEmailDeliveryService>;

export function createEmailDeliveryService({ emails, events, gateway, storage, from }: EmailDeliveryDeps) {
  const loadAttachments = async (attachments: readonly StoredAttachment[]): Promise<EmailAttachment[]> => {
    const loaded: EmailAttachment[] = [];
    let bytes = 0;
    for (const { storageKey, filename, contentType } of attachments) {
      const { body, size } = await storage.get(storageKey);
      bytes += size;
      if (bytes > MOST_ATTACHED_BYTES) {
        body.destroy();
        throw new PermanentJobFailure(`The attachments have more than ${MOST_ATTACHED_BYTES} bytes`);
      }
      loaded.push({ filename, contentType, content: await buffer(body) });
    }
    return loaded;
  };

  const send = async ({ id, recipient, subject, textBody, htmlBody, attachments }: EmailRow): Promise<string> => {
    const receipt = await gateway.send({
      messageId: id,
      from,
      to: [recipient],
      subject,
      text: textBody,
      html: htmlBody ?? undefined,
      attachments: await loadAttachments(attachments),
    });
    return receipt.providerMessageId;
  };

  return {
    /**
     * Commits an e-mail to be sent with the change it tells of. The same deduplication key again does nothing.
     * @throws StorageKeyError when an attachment is not the tenant's own
     */
    async queue(ctx: TenantTxContext, email: NewEmail): Promise<void> {
      for (const { storageKey } of email.attachments) assertOwnKey(ctx, storageKey);
      const id = uuidv7();
      if (await emails.insert(ctx, { ...email, id })) events.publish(ctx, 'email.queued', id, { emailId: id });
    },

    /**
     * Sends a queued e-mail, unless it was sent before. A server that took it right before this process died gets it again, with
     * the same Message-ID. Each failure is on the row; after the last attempt, or one that no other mends, the row says `failed`.
     * @throws PermanentJobFailure when a later attempt can't succeed
     * @throws EmailDeliveryError, StorageUnavailableError when it may
     */
    async deliver(ctx: TenantContext, emailId: string, { attempt, attempts }: DeliveryAttempt): Promise<void> {
      const email = await emails.find(ctx, emailId);
      if (email === null) throw new PermanentJobFailure(`There is no e-mail ${emailId}`);
      if (email.status === 'sent') return;
      const providerMessageId = await send(email).catch(async (error: unknown) => {
        const permanent = isPermanent(error);
        await emails.recordFailure(ctx, emailId, describe(error), permanent || attempt >= attempts);
        throw permanent ? new PermanentJobFailure(describe(error), { cause: error }) : error;
      });
      await emails.markSent(ctx, emailId, providerMessageId);
    },
  };
}

function assertOwnKey(ctx: TenantTxContext, storageKey: string): void {
  const segments = storageKey.split('/').slice(2);
  if (tenantStorageKey(ctx.scope.tenantId, ...segments) !== storageKey)
    throw new StorageKeyError("An attachment must be one of the tenant's own files");
}

const isPermanent = (error: unknown): boolean =>
  (error instanceof EmailDeliveryError && error.permanent) ||
  error instanceof PermanentJobFailure ||
  error instanceof StorageObjectNotFoundError ||
  error instanceof StorageKeyError;

const describe = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, LONGEST_ERROR);
