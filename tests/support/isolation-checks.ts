import type { Catalog, ForeignKeyFacts, TableFacts } from './catalog-reader.ts';
import { tenantColumn, walledTables } from './catalog-rules.ts';
import { insertOf, makeRow, type Row } from './isolation-rows.ts';
import { type IsolationWorld, type Outcome, rowOf, type Session } from './isolation-world.ts';

const NO_PERMISSION_OR_POLICY = '42501';
const MALFORMED = '22P02';
const FOREIGN_KEY = '23503';
const FORBIDDEN_CHANGE = '23000';

const NOBODY = '00000000-0000-4000-8000-000000000000';

/** Everything a check needs to know of one table. */
interface Subject {
  readonly world: IsolationWorld;
  readonly table: TableFacts;
  /** The column that says whose a row is. */
  readonly owner: string;
  readonly a: Row;
  readonly b: Row;
  readonly asA: Session;
}

/** @returns what leaked, a sentence each */
type Check = (subject: Subject) => Promise<string[]>;

const keyPredicate = ({ primaryKey }: TableFacts): string =>
  primaryKey.map((column, index) => `${column} = $${index + 1}`).join(' and ');

const keyValues = ({ primaryKey }: TableFacts, row: Row): unknown[] => primaryKey.map((column) => row[column]);

/** A column that can be set to itself without touching key or tenant. */
const plainColumn = ({ columns, primaryKey, foreignKeys }: TableFacts): string => {
  const special = new Set([...primaryKey, ...foreignKeys.flatMap((key) => key.columns), 'tenant_id']);
  return columns.find(({ name }) => !special.has(name))?.name ?? primaryKey[primaryKey.length - 1] ?? 'tenant_id';
};

const described = (outcome: Outcome): string =>
  outcome.refused === null ? `${outcome.count} rows` : `${outcome.refused} ${outcome.message}`;

const expectRefused = (what: string, outcome: Outcome, codes: readonly string[]): string[] =>
  outcome.refused !== null && codes.includes(outcome.refused) ? [] : [`${what}: ${described(outcome)}`];

/** No row is touched: there is none, or the role may not even try. */
const expectNothing = (what: string, outcome: Outcome): string[] =>
  outcome.refused === NO_PERMISSION_OR_POLICY || (outcome.refused === null && outcome.count === 0)
    ? []
    : [`${what}: ${described(outcome)}`];

const expectRows = (what: string, outcome: Outcome, count: number): string[] =>
  outcome.refused === null && outcome.count === count ? [] : [`${what}: ${described(outcome)}`];

const readsItsOwnRowsOnly: Check = async ({ table, owner, a, b, asA }) => {
  const where = keyPredicate(table);
  const all = await asA.attempt(`select ${owner} as owner from ${table.name}`);
  const counted = await asA.attempt(`select count(*)::int as count from ${table.name}`);
  const others = all.refused === null ? all.rows.filter((row) => row.owner !== a[owner]).length : 1;
  const count = counted.refused === null ? counted.rows[0]?.count : counted.refused;
  return [
    ...expectRows('its own row', await asA.attempt(`select from ${table.name} where ${where}`, keyValues(table, a)), 1),
    ...expectRows(
      "another tenant's row by key",
      await asA.attempt(`select from ${table.name} where ${where}`, keyValues(table, b)),
      0,
    ),
    ...expectRows(
      "another tenant's rows",
      await asA.attempt(`select from ${table.name} where ${owner} = $1`, [b[owner]]),
      0,
    ),
    ...(others === 0 ? [] : [`a list: ${described(all)} of others among them`]),
    ...(count === 1 ? [] : [`a count: ${String(count)} where it has 1`]),
  ];
};

const changesItsOwnRowsOnly: Check = async ({ table, b, asA }) => {
  const column = plainColumn(table);
  const where = keyPredicate(table);
  const update = `update ${table.name} set ${column} = ${column}`;
  const all = await asA.attempt(`${update} returning ${column}`);
  return [
    ...expectNothing(
      "an update of another tenant's row",
      await asA.attempt(`${update} where ${where} returning *`, keyValues(table, b)),
    ),
    ...expectNothing(
      "a delete of another tenant's row",
      await asA.attempt(`delete from ${table.name} where ${where} returning *`, keyValues(table, b)),
    ),
    ...(all.refused === NO_PERMISSION_OR_POLICY || (all.refused === null && all.count === 1)
      ? []
      : [`an update of everything: ${described(all)}`]),
    ...expectRefused('a truncate', await asA.attempt(`truncate ${table.name} cascade`), [NO_PERMISSION_OR_POLICY]),
  ];
};

const writesNothingForAnother: Check = async ({ world, table, owner, a, b, asA }) => {
  const { text, values } = insertOf(table.name, makeRow(table.name, world.b));
  const same = insertOf(table.name, b);
  const column = plainColumn(table);
  const conflict = `on conflict (${table.primaryKey.join(', ')}) do`;
  const given = `update ${table.name} set ${owner} = $${table.primaryKey.length + 1} where ${keyPredicate(table)} returning *`;
  const denied = owner === 'id' ? [NO_PERMISSION_OR_POLICY] : [NO_PERMISSION_OR_POLICY, FORBIDDEN_CHANGE];
  return [
    ...expectRefused('an insert for another tenant', await asA.attempt(`${text} returning *`, values), [
      NO_PERMISSION_OR_POLICY,
    ]),
    ...expectRefused(
      "an upsert of another tenant's row",
      await asA.attempt(`${same.text} ${conflict} update set ${column} = excluded.${column} returning *`, same.values),
      [NO_PERMISSION_OR_POLICY],
    ),
    ...expectRefused(
      "an insert over another tenant's row",
      await asA.attempt(`${same.text} ${conflict} nothing returning *`, same.values),
      [NO_PERMISSION_OR_POLICY],
    ),
    ...expectRefused('giving a row away', await asA.attempt(given, [...keyValues(table, a), b[owner]]), denied),
    ...expectRefused('giving a row to nobody', await asA.attempt(given, [...keyValues(table, a), NOBODY]), denied),
    // Without WHERE and RETURNING the policy's WITH CHECK stands alone: USING is not asked about the new row.
    ...expectRefused(
      'giving everything to nobody',
      await asA.attempt(`update ${table.name} set ${owner} = $1`, [NOBODY]),
      denied,
    ),
  ];
};

const referencesAnotherTenant: Check = async ({ world, table, a, asA }) => {
  const leaks: string[] = [];
  for (const key of walledReferences(table, world.catalog)) {
    const foreign = Object.fromEntries(
      foreignColumns(key).map(([column, target]) => [column, world.b[key.target]?.[target]]),
    );
    const { text, values } = insertOf(table.name, { ...makeRow(table.name, world.a), ...foreign });
    const set = Object.keys(foreign).map((column, index) => `${column} = $${table.primaryKey.length + index + 1}`);
    const update = `update ${table.name} set ${set.join(', ')} where ${keyPredicate(table)}`;
    leaks.push(
      ...expectRefused(`a new row with another tenant's ${key.target}`, await asA.attempt(text, values), [
        FOREIGN_KEY,
        NO_PERMISSION_OR_POLICY,
      ]),
      ...expectRefused(
        `a row moved to another tenant's ${key.target}`,
        await asA.attempt(update, [...keyValues(table, a), ...Object.values(foreign)]),
        [FOREIGN_KEY, NO_PERMISSION_OR_POLICY],
      ),
    );
  }
  return leaks;
};

/** Foreign keys to tables of tenants. */
export const walledReferences = ({ foreignKeys }: TableFacts, catalog: Catalog): ForeignKeyFacts[] => {
  const walled = new Set(walledTables(catalog).map(({ name }) => name));
  return foreignKeys.filter(({ target }) => walled.has(target) && target !== 'tenants');
};

/** The columns of a foreign key besides the tenant, which is the same in both tables. */
const foreignColumns = ({ columns, targetColumns }: ForeignKeyFacts): Array<[string, string]> =>
  columns.flatMap((column, index): Array<[string, string]> => {
    const target = targetColumns[index];
    return column === 'tenant_id' || target === undefined ? [] : [[column, target]];
  });

const needsAContext: Check = async ({ world, table, a }) => {
  const insert = insertOf(table.name, makeRow(table.name, world.a));
  const column = plainColumn(table);
  const leaks: string[] = [];
  for (const [name, setting] of [
    ['without a tenant', null],
    ['with an empty tenant', ''],
    ['with a tenant that does not exist', NOBODY],
  ] as const) {
    const session = world.tenant(setting);
    leaks.push(
      ...expectRows(`${name}: a read`, await session.attempt(`select from ${table.name}`), 0),
      ...expectNothing(`${name}: an update`, await session.attempt(`update ${table.name} set ${column} = ${column}`)),
      ...expectNothing(
        `${name}: a delete`,
        await session.attempt(`delete from ${table.name} where ${keyPredicate(table)}`, keyValues(table, a)),
      ),
      ...expectRefused(`${name}: an insert`, await session.attempt(insert.text, insert.values), [
        NO_PERMISSION_OR_POLICY,
      ]),
    );
  }
  for (const malformed of ["' or true --", '*', `${NOBODY},${NOBODY}`, 'null']) {
    const outcome = await world.tenant(malformed).attempt(`select from ${table.name}`);
    leaks.push(...expectRefused(`with the tenant ${malformed}`, outcome, [MALFORMED]));
  }
  return leaks;
};

const isOpenToThePlatform: Check = async ({ world, table, owner, a, b }) => {
  const both = await world.platform.attempt(`select from ${table.name} where ${owner} = any ($1)`, [
    [a[owner], b[owner]],
  ]);
  return expectRows("the platform's read of both tenants", both, 2);
};

const isClosedToItsOwner: Check = async ({ world, table, a }) => {
  const column = plainColumn(table);
  const insert = insertOf(table.name, makeRow(table.name, world.a));
  return [
    ...expectRows("the table owner's read", await world.owner.attempt(`select from ${table.name}`), 0),
    ...expectRows(
      "the table owner's update",
      await world.owner.attempt(
        `update ${table.name} set ${column} = ${column} where ${keyPredicate(table)}`,
        keyValues(table, a),
      ),
      0,
    ),
    ...expectRefused("the table owner's insert", await world.owner.attempt(insert.text, insert.values), [
      NO_PERMISSION_OR_POLICY,
    ]),
  ];
};

const keepsItsTenantForEverybody: Check = async ({ world, table, owner, a, b }) => {
  const update = `update ${table.name} set ${owner} = $${table.primaryKey.length + 1} where ${keyPredicate(table)}`;
  const outcome = await world.superuser.attempt(update, [...keyValues(table, a), b[owner]]);
  const itself =
    outcome.refused === FORBIDDEN_CHANGE && outcome.message === `a row of ${table.name} never changes its tenant`;
  return itself || APPEND_ONLY.has(table.name)
    ? expectRefused('a change of tenant by a superuser', outcome, [FORBIDDEN_CHANGE])
    : [`a change of tenant by a superuser: ${described(outcome)}`];
};

/** Tables whose rows stay as they are, and a change to try on them. */
const APPEND_ONLY = new Map([
  ['audit_entries', "action = 'other'"],
  ['ledger_transactions', "cause = 'other'"],
  ['ledger_entries', 'amount = 1'],
  ['credit_entries', 'credits = 1'],
]);

const keepsItsHistory: Check = async ({ world, table, a }) => {
  const where = keyPredicate(table);
  const leaks: string[] = [];
  for (const [what, text, values] of [
    ['a change', `update ${table.name} set ${APPEND_ONLY.get(table.name)} where ${where}`, keyValues(table, a)],
    ['a delete', `delete from ${table.name} where ${where}`, keyValues(table, a)],
    ['a truncate', `truncate ${table.name} cascade`, []],
  ] as const) {
    leaks.push(
      ...expectRefused(`${what} by a superuser`, await world.superuser.attempt(text, values), [FORBIDDEN_CHANGE]),
    );
  }
  return leaks;
};

export const tableChecks = {
  'a tenant reads its own rows only': readsItsOwnRowsOnly,
  'a tenant changes its own rows only': changesItsOwnRowsOnly,
  'a tenant writes nothing for another one': writesNothingForAnother,
  "a tenant references no row of another one's": referencesAnotherTenant,
  'there is nothing without a tenant': needsAContext,
  'the platform sees every tenant': isOpenToThePlatform,
  'the owner of the table sees nothing': isClosedToItsOwner,
  'a row keeps its tenant, whoever tries': keepsItsTenantForEverybody,
  'what is append-only keeps its history': keepsItsHistory,
} as const satisfies Record<string, Check>;

export type TableCheck = keyof typeof tableChecks;

/** Whether a table has what a check is about. */
export function appliesTo(check: TableCheck, table: TableFacts, catalog: Catalog): boolean {
  if (check === "a tenant references no row of another one's") return walledReferences(table, catalog).length > 0;
  if (check === 'what is append-only keeps its history') return APPEND_ONLY.has(table.name);
  return check !== 'a row keeps its tenant, whoever tries' || tenantColumn(table) === 'tenant_id';
}

export const checkNames = Object.keys(tableChecks).filter((name): name is TableCheck =>
  Object.hasOwn(tableChecks, name),
);

/** Runs one check on one table. */
export function checkTable(world: IsolationWorld, table: TableFacts, check: TableCheck): Promise<string[]> {
  const [a, b] = [rowOf(world.a, table), rowOf(world.b, table)];
  const owner = tenantColumn(table);
  return tableChecks[check]({ world, table, owner, a, b, asA: world.tenant(String(a[owner])) });
}

/** Runs every check on every table, `first` before all others, until something leaks. */
export async function findLeak(world: IsolationWorld, first: string): Promise<string | null> {
  const tables = [...walledTables(world.catalog)].sort((x, y) => Number(y.name === first) - Number(x.name === first));
  for (const table of tables) {
    for (const name of checkNames.filter((check) => appliesTo(check, table, world.catalog))) {
      const [leak] = await checkTable(world, table, name);
      if (leak !== undefined) return `${table.name}: ${name}: ${leak}`;
    }
  }
  return null;
}
