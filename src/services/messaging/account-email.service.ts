import type { z } from 'zod';
import { PermanentJobFailure } from '../../queues/job-failure.ts';
import type { OutboxEvent, OutboxRepository } from '../../repositories/base/outbox.repository.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { Context, PlatformScope, TenantContext } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { OneTimeTokenPurpose } from '../../types/identity/one-time-token.ts';
import type { User } from '../../types/identity/user.ts';
import { asTenantId, type TenantId } from '../../types/ids.ts';
import { type EventPayload, type EventType, eventCatalogue } from '../base/event-catalogue.ts';
import type { BrowserBinding, OneTimeTokenService } from '../identity/one-time-token.service.ts';
import type { UserService } from '../identity/user.service.ts';
import type {
  AccountEmailContent,
  DeviceFacts,
  ImpersonationNotice,
  InvitationFacts,
} from './account-email-content.ts';
import * as words from './account-email-content.ts';
import type { EmailDeliveryService } from './email-delivery.service.ts';
import { renderEmail } from './email-layout.ts';

export interface AccountEmailDeps {
  readonly users: Pick<UserService, 'findById'>;
  readonly sessions: { originOf(ctx: Context, sessionId: string): Promise<DeviceFacts | null> };
  readonly invitations: {
    find(ctx: Context, tenantId: TenantId, id: string): Promise<(InvitationFacts & { readonly email: string }) | null>;
  };
  readonly impersonations: {
    find(ctx: Context, tenantId: TenantId, id: string): Promise<ImpersonationNotice | null>;
    ownersOf(ctx: Context, tenantId: TenantId): Promise<readonly { readonly name: string; readonly email: string }[]>;
  };
  readonly oneTimeTokens: Pick<OneTimeTokenService, 'issue'>;
  readonly emails: Pick<EmailDeliveryService, 'queueForPlatform' | 'wasQueued'>;
  readonly outbox: Pick<OutboxRepository, 'find'>;
  readonly tx: TransactionRunner;
  /** Where the pages are that links lead to, without a slash at its end. */
  readonly accountUrl: string;
  /** Who signs. */
  readonly productName: string;
}

/** An e-mail to one person. */
interface Letter {
  readonly recipient: string;
  readonly content: AccountEmailContent;
  /** The secret that its link brings. */
  readonly token?: {
    readonly purpose: OneTimeTokenPurpose;
    readonly subjectId: string;
    readonly binding?: BrowserBinding;
  };
}

interface LetterWriter {
  readonly type: EventType;
  write(ctx: Context<PlatformScope>, event: OutboxEvent): Promise<readonly Letter[]>;
}

const payloadSchemas: { readonly [Type in EventType]: z.ZodType<EventPayload<Type>> } = eventCatalogue;

const on = <Type extends EventType>(
  type: Type,
  write: (ctx: Context<PlatformScope>, payload: EventPayload<Type>, event: OutboxEvent) => Promise<readonly Letter[]>,
): LetterWriter => ({
  type,
  write: (ctx, event) => write(ctx, payloadSchemas[type].parse(event.payload), event),
});

const fromBase64 = (text: string): Buffer => Buffer.from(text, 'base64url');

export type AccountEmailService = ReturnType<typeof createAccountEmailService>;

export function createAccountEmailService(deps: AccountEmailDeps) {
  const { users, sessions, invitations, impersonations, oneTimeTokens, emails, outbox, tx, accountUrl, productName } =
    deps;

  /** An e-mail to the user whom an event is about, unless they are gone or the event means nothing to them any more. */
  const toUser =
    <Payload extends { readonly userId: string }>(
      write: (user: User, payload: Payload, event: OutboxEvent) => Omit<Letter, 'recipient'> | null,
    ) =>
    async (ctx: Context<PlatformScope>, payload: Payload, event: OutboxEvent): Promise<readonly Letter[]> => {
      const user = await users.findById(ctx, payload.userId);
      const letter = user && write(user, payload, event);
      return user === null || letter === null ? [] : [{ recipient: user.email, ...letter }];
    };

  const withLink = (
    page: words.AccountPage,
    purpose: OneTimeTokenPurpose,
    subjectId: string,
    content: (url: string) => AccountEmailContent,
    binding?: BrowserBinding,
  ): Omit<Letter, 'recipient'> => ({
    content: content(words.linkTo(accountUrl, page)),
    token: { purpose, subjectId, ...(binding !== undefined && { binding }) },
  });

  const verification = toUser((user) =>
    user.status === 'pending'
      ? withLink('verify-email', 'email_verification', user.id, (url) => words.verification(user.name, url))
      : null,
  );

  const writers: readonly LetterWriter[] = [
    on('user.signed_up', verification),
    on('user.verification_requested', verification),
    on(
      'user.sign_up_repeated',
      toUser(({ name }) => ({ content: words.repeatedSignUp(name) })),
    ),
    on(
      'user.password_reset_requested',
      toUser(({ id, name, status }) =>
        status === 'active' || status === 'pending'
          ? withLink('reset-password', 'password_reset', id, (url) => words.passwordReset(name, url))
          : null,
      ),
    ),
    on(
      'user.magic_link_requested',
      toUser(({ id, name }, { browserHash, confirmationCodeHash }: EventPayload<'user.magic_link_requested'>) =>
        withLink('magic-link', 'magic_link', id, (url) => words.magicLink(name, url), {
          browserHash: fromBase64(browserHash),
          confirmationCodeHash: fromBase64(confirmationCodeHash),
        }),
      ),
    ),
    on(
      'user.password_changed',
      toUser(({ name }, _payload, { occurredAt }) => ({ content: words.passwordChanged(name, occurredAt) })),
    ),
    on(
      'user.two_factor_enabled',
      toUser(({ name }, _payload, { occurredAt }) => ({ content: words.twoFactorEnabled(name, occurredAt) })),
    ),
    on(
      'user.two_factor_disabled',
      toUser(({ name }, _payload, { occurredAt }) => ({ content: words.twoFactorDisabled(name, occurredAt) })),
    ),
    on(
      'user.recovery_code_used',
      toUser(({ name }, { remaining }: EventPayload<'user.recovery_code_used'>) => ({
        content: words.recoveryCodeUsed(name, remaining),
      })),
    ),
    on(
      'user.sign_ins_throttled',
      toUser(({ name }) => ({ content: words.signInsThrottled(name) })),
    ),
    on(
      'user.second_factor_throttled',
      toUser(({ name }) => ({ content: words.secondFactorThrottled(name) })),
    ),
    on(
      'session.reuse_detected',
      toUser(({ name }) => ({ content: words.sessionReused(name) })),
    ),
    on('session.opened_on_new_device', async (ctx, { userId, sessionId }, { occurredAt }) => {
      const [user, origin] = await Promise.all([users.findById(ctx, userId), sessions.originOf(ctx, sessionId)]);
      const device = origin ?? { ipAddress: null, userAgent: null, at: occurredAt };
      return user === null ? [] : [{ recipient: user.email, content: words.newDevice(user.name, device) }];
    }),
    on(
      'operator.invited',
      toUser(({ id, name, status }) =>
        status === 'pending'
          ? withLink('accept-invitation', 'operator_invitation', id, (url) => words.operatorInvited(name, url))
          : null,
      ),
    ),
    on('invitation.created', async (ctx, { tenantId, invitationId }) => {
      const facts = await invitations.find(ctx, asTenantId(tenantId), invitationId);
      if (facts === null) return [];
      const letter = withLink('accept-invitation', 'invitation', invitationId, (url) => words.invitation(facts, url));
      return [{ recipient: facts.email, ...letter }];
    }),
    on('impersonation.started', async (ctx, { tenantId, impersonationId }) => {
      const [notice, owners] = await Promise.all([
        impersonations.find(ctx, asTenantId(tenantId), impersonationId),
        impersonations.ownersOf(ctx, asTenantId(tenantId)),
      ]);
      if (notice === null) return [];
      return owners.map(({ name, email }) => ({
        recipient: email,
        content: words.impersonationStarted(name, notice),
      }));
    }),
  ];
  const writerOf = new Map<string, LetterWriter>(writers.map((writer) => [writer.type, writer]));

  const queueLetter = async (ctx: Context<PlatformScope>, event: OutboxEvent, letter: Letter): Promise<void> => {
    const { recipient, content, token } = letter;
    const { subject, ...rest } = content;
    const tenantId = asTenantId(event.tenantId);
    const deduplicationKey = `${event.type}:${event.id}:${recipient}`;
    await tx.run(ctx, async (txCtx) => {
      if (await emails.wasQueued(txCtx, tenantId, deduplicationKey)) return;
      const secret =
        token === undefined ? null : await oneTimeTokens.issue(txCtx, token.purpose, token.subjectId, token.binding);
      const { text, html } = renderEmail({ ...rest, signature: productName });
      const email = {
        kind: event.type,
        subjectId: null,
        deduplicationKey,
        recipient,
        subject,
        textBody: text,
        htmlBody: html,
      };
      await emails.queueForPlatform(txCtx, tenantId, email, secret);
    });
  };

  return {
    /**
     * Queues the e-mails that an event calls for. May run twice: one event makes one e-mail for each of its readers, and the
     * secret of a link comes into being with the e-mail that brings it.
     * @throws PermanentJobFailure when the event is not there any more
     */
    async queue(ctx: TenantContext, eventId: string): Promise<void> {
      const event = await outbox.find(ctx, eventId);
      if (event === null) throw new PermanentJobFailure(`There is no event ${eventId}`);
      const platformCtx = rescoped(ctx, platformScope);
      const letters = (await writerOf.get(event.type)?.write(platformCtx, event)) ?? [];
      for (const letter of letters) await queueLetter(platformCtx, event, letter);
    },
  };
}
