import type { Context, PlatformScope, TenantContext, TxContext } from '../../types/context.ts';
import type { TenantId } from '../../types/ids.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

export interface StoredAttachment {
  /** See `tenantStorageKey`. */
  readonly storageKey: string;
  readonly filename: string;
  readonly contentType: string;
}

export interface EmailRow {
  readonly id: string;
  readonly status: 'queued' | 'sent' | 'failed';
  readonly recipient: string;
  readonly subject: string;
  readonly textBody: string;
  readonly htmlBody: string | null;
  /** Takes the place of the placeholder in the bodies when it is sent; gone afterwards. */
  readonly sealedSecret: Buffer | null;
  readonly attachments: readonly StoredAttachment[];
}

export interface NewEmailRow extends Omit<EmailRow, 'status'> {
  /** What it is about. */
  readonly kind: string;
  readonly subjectId: string | null;
  readonly deduplicationKey: string;
}

const INSERT = statement(`
  insert into emails (tenant_id, id, kind, subject_id, deduplication_key, recipient, subject, text_body, html_body, attachments,
    sealed_secret, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now())
  on conflict (tenant_id, deduplication_key) do nothing`);

const FIND = statement(`
  select id, status, recipient, subject, text_body as "textBody", html_body as "htmlBody", sealed_secret as "sealedSecret", attachments
  from emails where tenant_id = $1 and id = $2`);

const MARK_SENT = statement(`
  update emails set status = 'sent', provider_message_id = $3, sent_at = now(), attempts = attempts + 1, last_error = null, sealed_secret = null, updated_at = now()
  where tenant_id = $1 and id = $2 and status <> 'sent'`);

const RECORD_FAILURE = statement(`
  update emails
  set attempts = attempts + 1, last_error = $3, status = case when $4::boolean then 'failed' else status end,
    sealed_secret = case when $4::boolean then null else sealed_secret end, updated_at = now()
  where tenant_id = $1 and id = $2 and status <> 'sent'`);

const EXISTS = statement('select 1 from emails where tenant_id = $1 and deduplication_key = $2');

export type EmailRepository = ReturnType<typeof createEmailRepository>;

export function createEmailRepository({ database }: { database: Database }) {
  return {
    /** @returns false when the tenant has an e-mail with this deduplication key already */
    async insert(ctx: TxContext, tenantId: TenantId, email: NewEmailRow): Promise<boolean> {
      const { id, kind, subjectId, deduplicationKey, recipient, subject, textBody, htmlBody, attachments } = email;
      const content = [recipient, subject, textBody, htmlBody, JSON.stringify(attachments), email.sealedSecret];
      const values = [tenantId, id, kind, subjectId, deduplicationKey, ...content];
      return (await database.execute(ctx, INSERT, values)) === 1;
    },

    async exists(ctx: Context<PlatformScope>, tenantId: TenantId, deduplicationKey: string): Promise<boolean> {
      return (await database.query(ctx, EXISTS, [tenantId, deduplicationKey])).length > 0;
    },

    async find(ctx: TenantContext, id: string): Promise<EmailRow | null> {
      const [row] = await database.query<EmailRow & Record<string, unknown>>(ctx, FIND, [ctx.scope.tenantId, id]);
      return row ?? null;
    },

    /** @returns false when it was marked before */
    async markSent(ctx: TenantContext, id: string, providerMessageId: string): Promise<boolean> {
      return (await database.execute(ctx, MARK_SENT, [ctx.scope.tenantId, id, providerMessageId])) === 1;
    },

    /** @param final whether nobody will try again */
    async recordFailure(ctx: TenantContext, id: string, error: string, final: boolean): Promise<void> {
      await database.execute(ctx, RECORD_FAILURE, [ctx.scope.tenantId, id, error, final]);
    },
  };
}
