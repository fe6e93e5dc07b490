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
import type { Context, PlatformScope, TenantContext, TenantTxContext, TxContext } from '../../types/context.ts';
import type { TenantId } from '../../types/ids.ts';
import type { SecretBox } from '../../utils/secret-box.ts';
import type { DomainEvents } from '../base/domain-events.ts';

export interface EmailDeliveryDeps {
  readonly emails: EmailRepository;
  readonly events: DomainEvents;
  readonly gateway: Pick<EmailGateway, 'send'>;
  readonly storage: Pick<StorageGateway, 'get'>;
  /** For what must not be read in the table: the secrets of links. */
  readonly secrets: SecretBox;
  /** The sender: `address@domain` or `Display Name <address@domain>`. */
  readonly from: string;
}

export type NewEmail = Omit<NewEmailRow, 'id' | 'sealedSecret'>;

/** Stands in the bodies of an e-mail where its secret goes when it is sent. */
export const SECRET_PLACEHOLDER = 'one-time-secret-goes-here';

/** Which try this is, of how many. */
export interface DeliveryAttempt {
  readonly attempt: number;
  readonly attempts: number;
}

/** What most mail servers take, once it is encoded for the way. */
const MOST_ATTACHED_BYTES = 20 * 1024 * 1024;
const LONGEST_ERROR = 500;

export type EmailDeliveryService = ReturnType<typeof createEmailDeliveryService>;

export function createEmailDeliveryService(deps: EmailDeliveryDeps) {
  const { emails, events, gateway, storage, secrets, from } = deps;

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

  const send = async (email: EmailRow): Promise<string> => {
    const { id, recipient, subject, textBody, htmlBody, sealedSecret, attachments } = email;
    const secret = sealedSecret === null ? null : secrets.open(sealedSecret, id).toString();
    const reveal = (body: string) => (secret === null ? body : body.replaceAll(SECRET_PLACEHOLDER, secret));
    const receipt = await gateway.send({
      messageId: id,
      from,
      to: [recipient],
      subject,
      text: reveal(textBody),
      html: htmlBody === null ? undefined : reveal(htmlBody),
      attachments: await loadAttachments(attachments),
    });
    return receipt.providerMessageId;
  };

  const insert = async (ctx: TxContext, tenantId: TenantId, email: NewEmail, secret: string | null): Promise<void> => {
    const id = uuidv7();
    const sealedSecret = secret === null ? null : secrets.seal(Buffer.from(secret), id);
    if (await emails.insert(ctx, tenantId, { ...email, id, sealedSecret })) {
      events.publish(ctx, 'email.queued', id, { emailId: id }, tenantId);
    }
  };

  return {
    /**
     * Commits an e-mail to be sent with the change it tells of. The same deduplication key again does nothing.
     * @throws StorageKeyError when an attachment is not the tenant's own
     */
    async queue(ctx: TenantTxContext, email: NewEmail): Promise<void> {
      for (const { storageKey } of email.attachments) assertOwnKey(ctx, storageKey);
      await insert(ctx, ctx.scope.tenantId, email, null);
    },

    /**
     * Commits an e-mail of the platform's, in the name of a tenant or of nobody (nil UUID), with the secret that it brings: that
     * is sealed until it is sent, and gone afterwards.
     * @param secret takes the place of SECRET_PLACEHOLDER
     */
    async queueForPlatform(
      ctx: TxContext<PlatformScope>,
      tenantId: TenantId,
      email: Omit<NewEmail, 'attachments'>,
      secret: string | null,
    ): Promise<void> {
      await insert(ctx, tenantId, { ...email, attachments: [] }, secret);
    },

    /** Whether an e-mail with this deduplication key has been queued. */
    wasQueued: (ctx: Context<PlatformScope>, tenantId: TenantId, deduplicationKey: string): Promise<boolean> =>
      emails.exists(ctx, tenantId, deduplicationKey),

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
