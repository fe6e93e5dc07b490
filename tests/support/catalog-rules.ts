import {
  definerFunctions,
  everyGrant,
  globalTables,
  looseReferences,
  reviewedGrants,
  reviewedPowers,
  sharedUniques,
  unledIndexes,
} from './catalog-exceptions.ts';
import type { Catalog, IndexFacts, PolicyFacts, TableFacts } from './catalog-reader.ts';

type Rule = (catalog: Catalog) => string[];

const TENANT = 'tenant_id';
const TENANT_ROLE = 'rowhouse_tenant';
const PLATFORM_ROLE = 'rowhouse_platform';

/** Roles with rights in one organization's storage; they belong to the whole server, and a request takes one on. */
const ORGANIZATION_ROLE = /^org_[0-9a-f]{32}$/;

const isGlobal = ({ name }: TableFacts): boolean => Object.hasOwn(globalTables, name);

/** Tables that hold rows of tenants: every one that is not on the list. */
export const tenantTables = ({ tables }: Catalog): TableFacts[] => tables.filter((table) => !isGlobal(table));

/** The column that says whose a row is. */
export const tenantColumn = ({ name }: Pick<TableFacts, 'name'>): string => (name === 'tenants' ? 'id' : TENANT);

/** Tables behind the wall: those of tenants, and the tenants themselves. */
export const walledTables = (catalog: Catalog): TableFacts[] =>
  catalog.tables.filter((table) => !isGlobal(table) || table.name === 'tenants');

const each =
  (
    tablesOf: (catalog: Catalog) => readonly TableFacts[],
    check: (table: TableFacts, catalog: Catalog) => readonly string[],
  ): Rule =>
  (catalog) =>
    tablesOf(catalog).flatMap((table) => check(table, catalog).map((problem) => `${table.name} ${problem}`));

const every = (catalog: Catalog): readonly TableFacts[] => catalog.tables;

const beginsWith = (columns: readonly string[], prefix: readonly string[]): boolean =>
  prefix.every((column) => columns.slice(0, prefix.length).includes(column));

const MONEY = /(?:^|_)(?:price|amount|subtotal|total|paid|fee|balance|cost)$/;

/** A moment without its zone, and the type that PostgreSQL itself advises against (a time of day with one). */
const NAIVE_TIME = /^timestamp(?:\(\d\))? without time zone$|^time(?:\(\d\))? with time zone$/;

/** Rules that the Prisma schema alone has to keep. */
export const structureRules = {
  'a table has a tenant or is on the list': each(tenantTables, ({ columns }) => {
    const tenant = columns.find(({ name }) => name === TENANT);
    return tenant?.type === 'uuid' && tenant.notNull ? [] : ['has no tenant_id (uuid, not null), and is on no list'];
  }),
  'the list of global tables is current': ({ tables }) =>
    Object.keys(globalTables).flatMap((name) => {
      if (name.startsWith('_')) return [];
      const table = tables.find((candidate) => candidate.name === name);
      if (table === undefined) return [`${name} is on the list and does not exist`];
      return table.columns.some((column) => column.name === TENANT)
        ? [`${name} is on the list and has a tenant_id`]
        : [];
    }),
  'primary keys begin with the tenant': each(tenantTables, ({ primaryKey }) =>
    primaryKey[0] === TENANT ? [] : [`has the primary key (${primaryKey.join(', ')})`],
  ),
  'indexes begin with the tenant': each(tenantTables, ({ indexes }) =>
    indexes
      .filter((index) => index.columns[0] !== TENANT && !Object.hasOwn(unledIndexes, index.name))
      .map((index) => `has the index ${index.name} (${index.columns.join(', ')})`),
  ),
  'uniques begin with the tenant': each(tenantTables, ({ indexes }) =>
    indexes
      .filter((index) => index.unique && index.columns[0] !== TENANT && !Object.hasOwn(sharedUniques, index.name))
      .map((index) => `has ${index.name}, which tells tenants of each other's values`),
  ),
  'foreign keys between tables of tenants are composite': each(every, (table, catalog) => {
    const walled = new Set(tenantTables(catalog).map(({ name }) => name));
    return table.foreignKeys.flatMap(({ name, columns, target, targetColumns }) => {
      if (target === 'tenants')
        return columns.join() === TENANT ? [] : [`references tenants by ${name}, not by its tenant_id`];
      if (!walled.has(target)) return [];
      const place = columns.indexOf(TENANT);
      return place !== -1 && targetColumns[place] === TENANT
        ? []
        : [`references ${target} by ${name} without the tenant`];
    });
  }),
  'what names a row has a foreign key': each(tenantTables, ({ name: table, columns, foreignKeys }) =>
    columns
      .filter(({ name, type }) => type === 'uuid' && name.endsWith('_id') && name !== TENANT)
      .filter(
        ({ name }) =>
          !foreignKeys.some((key) => key.columns.includes(name)) && !Object.hasOwn(looseReferences, `${table}.${name}`),
      )
      .map(({ name }) => `has ${name} without a foreign key`),
  ),
  'every foreign key has an index': each(every, ({ indexes, foreignKeys }) =>
    foreignKeys
      .filter(({ columns }) => !indexes.some((index) => !index.partial && beginsWith(index.columns, columns)))
      .map(({ name }) => `has no index for ${name}`),
  ),
  'times have a zone': each(every, ({ columns }) =>
    columns.filter(({ type }) => NAIVE_TIME.test(type)).map(({ name, type }) => `has ${name} of type ${type}`),
  ),
  'numbers are exact': each(every, ({ columns }) =>
    columns
      .filter(
        ({ name, type }) =>
          /^(?:real|double precision|money)$/.test(type) || (MONEY.test(name) && !type.startsWith('numeric(')),
      )
      .map(({ name, type }) => `has ${name} of type ${type}`),
  ),
} as const satisfies Record<string, Rule>;

const wallOf = (table: TableFacts): string => `(${tenantColumn(table)} = ( SELECT app_tenant_id() AS app_tenant_id))`;

const policiesOf = (table: TableFacts): PolicyFacts[] => [
  { name: 'platform_access', permissive: true, roles: [PLATFORM_ROLE], command: '*', using: 'true', check: 'true' },
  {
    name: 'tenant_wall',
    permissive: true,
    roles: [TENANT_ROLE],
    command: '*',
    using: wallOf(table),
    check: wallOf(table),
  },
];

const IMMUTABLE =
  /^CREATE TRIGGER tenant_is_immutable BEFORE UPDATE OF tenant_id ON .* FOR EACH ROW EXECUTE FUNCTION forbid_tenant_change\(\)$/;

const asText = (value: unknown): string => JSON.stringify(value);

const grantsOf = ({ grants }: TableFacts, role: string): string[] =>
  grants
    .filter((grant) => grant.role === role)
    .map(({ privilege, columns }) => (columns === null ? privilege : `${privilege} (${columns.join(', ')})`));

const TENANT_FUNCTION = "return (nullif(current_setting('app.tenant_id', true), ''))::uuid";

const foldedSource = (source: string): string =>
  source
    .replace(/\s+/g, ' ')
    .replace(/::text/g, '')
    .trim()
    .toLowerCase();

/** Rules that the migrations have to keep on top of those of the structure. */
export const protectionRules = {
  'row-level security is on and forced': each(walledTables, ({ rowSecurity, forced }) => [
    ...(rowSecurity ? [] : ['has no row-level security']),
    ...(forced ? [] : ['does not force row-level security on its owner']),
  ]),
  'policies are the two of the template': each(walledTables, (table) =>
    asText(table.policies.map(sortedFields)) === asText(policiesOf(table).map(sortedFields))
      ? []
      : [`has the policies ${asText(table.policies)}`],
  ),
  'a row never changes its tenant': each(tenantTables, ({ triggers }) =>
    triggers.some(({ definition, enabled }) => enabled && IMMUTABLE.test(definition))
      ? []
      : ['lacks the trigger tenant_is_immutable'],
  ),
  'grants are the reviewed ones': each(every, (table) => {
    const reviewed = reviewedGrants[table.name] ?? { tenant: everyGrant, platform: everyGrant };
    const roles = new Set(table.grants.map(({ role }) => role));
    const expected: Readonly<Record<string, readonly string[]>> = {
      [TENANT_ROLE]: reviewed.tenant,
      [PLATFORM_ROLE]: reviewed.platform,
    };
    return [...new Set([...roles, ...Object.keys(expected)])].flatMap((role) => {
      const has = grantsOf(table, role).sort().join(', ');
      const may = [...(expected[role] ?? [])].sort().join(', ');
      return has === may ? [] : [`grants ${role} (${has}) where (${may}) is reviewed`];
    });
  }),
  'the reviewed lists are current': ({ tables }) => {
    const indexes = new Set(tables.flatMap((table) => table.indexes.map((index: IndexFacts) => index.name)));
    const names = new Set(tables.map(({ name }) => name));
    const columns = new Set(tables.flatMap((table) => table.columns.map((column) => `${table.name}.${column.name}`)));
    return [
      ...Object.keys(looseReferences)
        .filter((name) => !columns.has(name))
        .map((name) => `the column ${name} does not exist`),
      ...Object.keys(unledIndexes)
        .filter((name) => !indexes.has(name))
        .map((name) => `the index ${name} does not exist`),
      ...Object.keys(reviewedGrants)
        .filter((name) => !names.has(name))
        .map((name) => `the table ${name} does not exist`),
    ];
  },
  'tables belong to the owner': each(every, ({ owner }) => (owner === 'rowhouse_owner' ? [] : [`belongs to ${owner}`])),
  'views show what their reader may see': ({ views }) =>
    views.flatMap(({ name, materialized, securityInvoker, grantees }) => {
      if (materialized) return grantees.map((role) => `${name} is materialized and granted to ${role}`);
      return securityInvoker ? [] : [`${name} is no security_invoker view`];
    }),
  'functions run with the rights of their caller': ({ functions }) => [
    ...functions.flatMap(({ name, securityDefiner, leakproof }) => [
      ...(securityDefiner && !Object.hasOwn(definerFunctions, name) ? [`${name} is security definer`] : []),
      ...(leakproof ? [`${name} claims to be leakproof`] : []),
    ]),
    ...Object.keys(definerFunctions).filter(
      (name) => !functions.some((known) => known.name === name && known.securityDefiner),
    ),
  ],
  'the tenant in context is read by one function': ({ functions }) => {
    const source = functions.find(({ name }) => name === 'app_tenant_id')?.source ?? '';
    return foldedSource(source) === TENANT_FUNCTION ? [] : [`app_tenant_id is ${source}`];
  },
  'roles have no power over the wall': ({ roles }) =>
    roles.flatMap(({ name, powers, memberOf, schemas, createsIn }) => [
      ...powers.map((power) => `${name} has ${power}`).filter((problem) => !Object.hasOwn(reviewedPowers, problem)),
      ...memberOf.filter((role) => !ORGANIZATION_ROLE.test(role)).map((role) => `${name} is a member of ${role}`),
      ...(name === TENANT_ROLE || name === PLATFORM_ROLE
        ? [
            ...schemas.filter((schema) => schema !== 'public').map((schema) => `${name} may use ${schema}`),
            ...createsIn.map((schema) => `${name} may create in ${schema}`),
          ]
        : []),
    ]),
  'the serving roles exist': ({ roles }) =>
    [TENANT_ROLE, PLATFORM_ROLE]
      .filter((name) => !roles.some((role) => role.name === name))
      .map((name) => `${name} does not exist`),
} as const satisfies Record<string, Rule>;

function sortedFields(policy: PolicyFacts): unknown {
  const { name, permissive, roles, command, using, check } = policy;
  return [name, permissive, roles, command, using, check];
}

export const structureProblems = (catalog: Catalog): string[] => problemsOf(structureRules, catalog);
export const protectionProblems = (catalog: Catalog): string[] => problemsOf(protectionRules, catalog);

function problemsOf(rules: Record<string, Rule>, catalog: Catalog): string[] {
  return Object.entries(rules).flatMap(([name, rule]) => rule(catalog).map((problem) => `${name}: ${problem}`));
}
