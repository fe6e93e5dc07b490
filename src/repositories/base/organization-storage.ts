import { sqlStateOf } from '../../config/sql-state.ts';
import { appError } from '../../errors/app-error.ts';
import type { OrganizationScope, TxContext } from '../../types/context.ts';
import { connectionOf } from './transaction.ts';

const STORAGE_NAME = /^org_[0-9a-f]{32}$/;

/** There is no such role, no such table: the storage has been dropped in the meantime. */
const STORAGE_IS_GONE = new Set(['22023', '42P01']);

/** Back to the connection's own role and path; the end of the transaction would do it as well. */
const LEAVE = 'set local role none; set local search_path to default';

/**
 * The name that the schema and the role of an organization have (organization_schema of the migration): made of the id alone, so
 * that it can stand in SQL, and a rename does not touch it.
 * @throws TypeError for what is no lower-case UUID
 */
export function storageNameOf(organizationId: string): string {
  const name = `org_${organizationId.replaceAll('-', '')}`;
  if (!STORAGE_NAME.test(name)) throw new TypeError('An organization id must be a lower-case UUID');
  return name;
}

/**
 * The one way into an organization's storage. `work` runs as the organization's role, which has rights in its own schema and
 * nowhere else, with that schema as the only one besides PostgreSQL's own: a wrong name is an error and never another's row.
 * Before the transaction goes on with anything else, it is the platform's again.
 * @throws AppError ORGANIZATION_NOT_FOUND when the storage is gone
 */
export async function inOrganizationStorage<T>(ctx: TxContext<OrganizationScope>, work: () => Promise<T>): Promise<T> {
  const { wire } = connectionOf(ctx.tx, ctx.scope);
  const name = storageNameOf(ctx.scope.organizationId);
  const enter = wire.query(`set local role ${name}; set local search_path = pg_catalog, ${name}, pg_temp`);
  const [entered, worked] = await Promise.allSettled([enter, work()]);
  // In a transaction that has failed this fails too, and in any other a failure leaves a role that can write nothing else.
  wire.query(LEAVE).catch(() => undefined);
  if (entered.status === 'rejected') throw storageErrorOf(entered.reason);
  if (worked.status === 'rejected') throw storageErrorOf(worked.reason);
  return worked.value;
}

const storageErrorOf = (cause: unknown): unknown =>
  STORAGE_IS_GONE.has(sqlStateOf(cause) ?? '') ? appError('ORGANIZATION_NOT_FOUND', { cause }) : cause;
