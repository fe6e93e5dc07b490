import type { z } from 'zod';
import type { OwnSession, OwnSessionService } from '../../services/identity/own-session.service.ts';
import type { Context } from '../../types/context.ts';
import type { OwnSessionList } from '../../validators/identity/account.schema.ts';

type SessionsAnswer = z.input<typeof OwnSessionList>;

export type OwnSessionController = ReturnType<typeof createOwnSessionController>;

export function createOwnSessionController({ ownSessions }: { readonly ownSessions: OwnSessionService }) {
  return {
    async list(ctx: Context): Promise<SessionsAnswer> {
      return (await ownSessions.list(ctx)).map(toSessionAnswer);
    },

    async revoke(ctx: Context, id: string): Promise<undefined> {
      await ownSessions.revoke(ctx, id);
    },

    async revokeOthers(ctx: Context): Promise<undefined> {
      await ownSessions.revokeOthers(ctx);
    },
  };
}

const toSessionAnswer = ({ userAgent: _, ...session }: OwnSession): SessionsAnswer[number] => ({
  ...session,
  impersonated: session.method === 'impersonation',
});
