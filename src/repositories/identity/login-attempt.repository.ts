import type { Context, PlatformScope } from '../../types/context.ts';
import type { LoginAttemptEntry, LoginAttemptFilter, LoginOutcome } from '../../types/identity/login-attempt.ts';
import type { SignInMethod } from '../../types/identity/sign-in-method.ts';
import { PLATFORM_ID, type TenantId } from '../../types/ids.ts';
import type { SlicePart } from '../../types/page.ts';
import type { Database } from '../base/database.ts';
import { createFilters } from '../base/filters.ts';
import { statement, statementFamily } from '../base/statement.ts';
import { writeAtCommit } from '../base/transaction.ts';

export interface NewLoginAttempt {
  readonly tenantId: TenantId;
  readonly id: string;
  readonly userId: string | null;
  /** Of an unknown account no more than its beginning and its domain: people also type passwords here. */
  readonly email: string;
  readonly method: SignInMethod;
  readonly outcome: LoginOutcome;
  readonly knownDevice: boolean;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
}

const INSERT = statement(`
  insert into login_attempts (tenant_id, id, user_id, email, method, outcome, known_device, ip_address, user_agent)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`);

const filters = createFilters({
  tenantId: 'tenant_id = ?',
  outcome: 'outcome = ?',
  userId: 'user_id = ?',
  from: 'occurred_at >= ?',
  to: 'occurred_at < ?',
  after: '(occurred_at, id) < (?, ?)',
});

/** Values: the filters', then the limit. */
const listStatement = statementFamily((given: string) => {
  const { text, next } = filters.clause(given);
  return `
    select id, tenant_id as "tenantId", user_id as "userId", email, method, outcome, known_device as "knownDevice",
      ip_address as "ipAddress", user_agent as "userAgent", occurred_at as "occurredAt"
    from login_attempts where ${text} order by occurred_at desc, id desc limit $${next}`;
});

type LoginAttemptRow = Omit<LoginAttemptEntry, 'tenantId'> & { readonly tenantId: TenantId };

export type LoginAttemptRepository = ReturnType<typeof createLoginAttemptRepository>;

export function createLoginAttemptRepository({ database }: { database: Database }) {
  return {
    /** In a transaction it rides with the commit. */
    async append(ctx: Context<PlatformScope>, attempt: NewLoginAttempt): Promise<void> {
      const values = [
        attempt.tenantId,
        attempt.id,
        attempt.userId,
        attempt.email,
        attempt.method,
        attempt.outcome,
        attempt.knownDevice,
        attempt.ipAddress,
        attempt.userAgent,
      ];
      if (ctx.tx === null) await database.execute(ctx, INSERT, values);
      else writeAtCommit(ctx.tx, INSERT, values);
    },

    /** The newest tries first, at most `limit` of them; with `after`, those that follow this position. */
    async list(ctx: Context, filter: LoginAttemptFilter, { limit, after }: SlicePart): Promise<LoginAttemptEntry[]> {
      const { names, values } = filters.given({
        ...filter,
        tenantId: ctx.scope.kind === 'tenant' ? ctx.scope.tenantId : undefined,
        after: after && [after.occurredAt, after.id],
      });
      const rows = await database.query<LoginAttemptRow>(ctx, listStatement(names), [...values, limit]);
      return rows.map((row) => ({ ...row, tenantId: row.tenantId === PLATFORM_ID ? null : row.tenantId }));
    },
  };
}
