import type { z } from 'zod';
import type { SecuritySessionService } from '../../services/identity/security-session.service.ts';
import type { Context } from '../../types/context.ts';
import type { LiveSession } from '../../types/identity/live-session.ts';
import type { Page } from '../../types/page.ts';
import type {
  ListSecuritySessionsQuery,
  SecuritySessionResponse,
} from '../../validators/identity/security-session.schema.ts';

type SessionAnswer = z.input<typeof SecuritySessionResponse>;

export type SecuritySessionController = ReturnType<typeof createSecuritySessionController>;

export function createSecuritySessionController({ sessions }: { readonly sessions: SecuritySessionService }) {
  return {
    async list(ctx: Context, query: z.output<typeof ListSecuritySessionsQuery>): Promise<Page<SessionAnswer>> {
      const page = await sessions.list(ctx, query);
      return { ...page, items: page.items.map(toSessionAnswer) };
    },

    async revoke(ctx: Context, id: string): Promise<undefined> {
      await sessions.revoke(ctx, id);
    },
  };
}

const toSessionAnswer = (session: LiveSession): SessionAnswer => session;
