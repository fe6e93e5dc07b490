import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import type { Page, PageRequest } from '../../types/page.ts';
import type { Database } from '../base/database.ts';
import { offsetOf, parseSort } from '../base/order.ts';
import { statement, statementFamily } from '../base/statement.ts';

/** A signed-in device of an operator. Times are ISO 8601. */
export interface OperatorSession {
  readonly id: string;
  readonly method: string;
  /** Whether the second factor has been proved. */
  readonly twoFactor: boolean;
  readonly isRestricted: boolean;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  readonly createdAt: string;
}

const IS_LIVE = 'user_id = $1 and revoked_at is null and expires_at > now()';

const listStatement = statementFamily(
  (direction: 'asc' | 'desc') => `
    select id, method, two_factor_at is not null as "twoFactor", is_restricted as "isRestricted", ip_address as "ipAddress",
      user_agent as "userAgent", last_used_at as "lastUsedAt", expires_at as "expiresAt", created_at as "createdAt"
    from sessions where ${IS_LIVE} order by created_at ${direction}, id ${direction} limit $2 offset $3`,
);

const COUNT = statement(`select count(*) as total from sessions where ${IS_LIVE}`);

const IS_LIVE_OF = statement(`select 1 from sessions where id = $2 and ${IS_LIVE}`);

export type OperatorSessionRepository = ReturnType<typeof createOperatorSessionRepository>;

export function createOperatorSessionRepository({ database }: { database: Database }) {
  return {
    /** The sessions of a user that are neither revoked nor over. */
    async list(ctx: Context<PlatformScope>, userId: string, request: PageRequest): Promise<Page<OperatorSession>> {
      const { direction } = parseSort(request.sort, ['createdAt']);
      const [items, counted] = await Promise.all([
        database.query<Pick<OperatorSession, keyof OperatorSession>>(ctx, listStatement(direction), [
          userId,
          request.limit,
          offsetOf(request),
        ]),
        database.query<{ total: number }>(ctx, COUNT, [userId]),
      ]);
      return { items, page: request.page, limit: request.limit, total: counted[0]?.total ?? 0 };
    },

    async isLiveOf(ctx: TxContext<PlatformScope>, userId: string, sessionId: string): Promise<boolean> {
      return (await database.query(ctx, IS_LIVE_OF, [userId, sessionId])).length > 0;
    },
  };
}
