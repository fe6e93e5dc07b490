export interface EmailAttachment {
  readonly filename: string;
  /** Media type, such as `application/pdf`. */
  readonly contentType: string;
  readonly content: Buffer;
}

/** Mailboxes are `address@domain` or `Display Name <address@domain>`, in UTF-8. */
export interface EmailMessage {
  /** Our row's id. With the sender's domain it is the Message-ID, so that a repeated delivery is recognisable. */
  readonly messageId: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly replyTo?: string | undefined;
  readonly subject: string;
  readonly text: string;
  readonly html?: string | undefined;
  readonly attachments?: readonly EmailAttachment[] | undefined;
}

export interface EmailReceipt {
  /** The server's name for the message where it gives one, otherwise its Message-ID. */
  readonly providerMessageId: string;
  /** Addresses the server refused for good while it accepted the message for the others. */
  readonly rejectedRecipients: readonly string[];
}

export interface EmailGateway {
  /**
   * Hands a message over for delivery, once: retries are the caller's.
   * @throws EmailDeliveryError
   */
  send(message: EmailMessage): Promise<EmailReceipt>;
  /** Waits for the messages being sent, then lets go of all connections. */
  close(): Promise<void>;
}

/** The message was not taken over. `permanent`: the same message will never be; otherwise a later attempt may succeed. */
export class EmailDeliveryError extends Error {
  readonly permanent: boolean;

  constructor(message: string, { permanent, cause }: { permanent: boolean; cause?: unknown }) {
    super(message, { cause });
    this.name = 'EmailDeliveryError';
    this.permanent = permanent;
  }
}
