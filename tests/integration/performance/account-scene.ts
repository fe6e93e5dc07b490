import { randomUUID } from 'node:crypto';
import { platformScope, systemContext } from '../../../src/types/context-factory.ts';
import type { OneTimeTokenPurpose } from '../../../src/types/identity/one-time-token.ts';
import type { TestApp } from '../../support/test-app.ts';

const NEW_PASSWORD = 'seventeen quiet herons by the lake';

/** What the calls of accounts and passwords need to succeed. */
export function accountScene(app: TestApp, memberEmail: string) {
  const { tx } = app.container.infrastructure;
  const { oneTimeTokens } = app.container.services;

  const newEmail = () => `newcomer-${randomUUID()}@rowhouse.example`;

  /** @returns the id of somebody who has signed up and not verified the address */
  const insertWaiting = async (email: string): Promise<string> => {
    const id = randomUUID();
    await app.rows(
      `insert into users (id, email, name, type, status, updated_at) values ($1, $2, 'Newcomer', 'PLATFORM_USER', 'pending', now())`,
      [id, email],
    );
    return id;
  };

  const forgetMails = () => app.rows(`delete from throttles where kind in ('mail_account', 'mail_address')`);

  const aMailedToken = async (purpose: OneTimeTokenPurpose): Promise<string> => {
    const userId = await insertWaiting(newEmail());
    const ctx = systemContext(platformScope, 'mail', 'mail.made');
    return tx.run(ctx, (txCtx) => oneTimeTokens.issue(txCtx, purpose, userId));
  };

  return {
    /** Somebody new; the mails asked for so far are forgotten. */
    async newcomer() {
      await forgetMails();
      return { email: newEmail(), name: 'Asha Rao', password: NEW_PASSWORD };
    },
    /** The address of somebody who may have any mail; the mails asked for so far are forgotten. */
    async somebodyWaiting(): Promise<string> {
      const email = newEmail();
      await insertWaiting(email);
      await forgetMails();
      return email;
    },
    aMailedToken,
    aPasswordReset: async () => ({ token: await aMailedToken('password_reset'), password: NEW_PASSWORD }),
    /** A session of the member's that nobody uses. */
    async anOwnSession(): Promise<string> {
      const id = randomUUID();
      await app.rows(
        `insert into sessions (id, user_id, last_used_at, expires_at)
         select $1, id, now(), now() + interval '1 day' from users where email = $2`,
        [id, memberEmail],
      );
      return id;
    },
  };
}
