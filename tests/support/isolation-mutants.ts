import type { Catalog, TableFacts } from './catalog-reader.ts';
import { tenantColumn, walledTables } from './catalog-rules.ts';
import { walledReferences } from './isolation-checks.ts';

/** One way to break the wall. */
export interface Mutant {
  readonly name: string;
  /** The table to look at first. */
  readonly table: string;
  readonly sql: string;
}

/** Triggers that another one stands in front of: alone, neither can be missed. */
const REDUNDANT_TRIGGERS: Readonly<Record<string, string>> = {
  'audit_entries.tenant_is_immutable': 'audit_entries_are_kept',
};

/** Every policy, ENABLE, FORCE, composite key and trigger of a catalog, taken away or weakened one at a time. */
export const mutantsOf = (catalog: Catalog): Mutant[] => [
  ...walledTables(catalog).flatMap((table) => [
    ...securityMutants(table),
    ...policyMutants(table),
    ...referenceMutants(table, catalog),
    ...triggerMutants(table),
  ]),
  ...contextMutants,
];

const securityMutants = ({ name: table }: TableFacts): Mutant[] => [
  { table, name: `${table}: row-level security disabled`, sql: `alter table ${table} disable row level security` },
  { table, name: `${table}: not forced on its owner`, sql: `alter table ${table} no force row level security` },
];

function policyMutants(table: TableFacts): Mutant[] {
  const wall = `${tenantColumn(table)} = (select app_tenant_id())`;
  const mutant = (name: string, sql: string): Mutant => ({ table: table.name, name: `${table.name}: ${name}`, sql });
  const writes = table.grants.some(
    ({ role, privilege }) => role === 'rowhouse_tenant' && (privilege === 'INSERT' || privilege === 'UPDATE'),
  );
  return [
    ...table.policies.map(({ name }) => mutant(`policy ${name} dropped`, `drop policy ${name} on ${table.name}`)),
    mutant('tenant_wall reads all', `alter policy tenant_wall on ${table.name} using (true)`),
    mutant(
      'tenant_wall fails open',
      `alter policy tenant_wall on ${table.name} using (${wall} or (select app_tenant_id()) is null)`,
    ),
    mutant(
      'another policy for the tenant role',
      `create policy more on ${table.name} for select to rowhouse_tenant using (true)`,
    ),
    mutant('platform_access for everybody', `alter policy platform_access on ${table.name} to public`),
    // What a role may not write, no WITH CHECK can let through: there is nothing to see.
    ...(writes
      ? [mutant('tenant_wall writes all', `alter policy tenant_wall on ${table.name} with check (true)`)]
      : []),
  ];
}

function referenceMutants(table: TableFacts, catalog: Catalog): Mutant[] {
  return walledReferences(table, catalog).flatMap(({ name, columns, target, targetColumns }) => {
    const drop = `alter table ${table.name} drop constraint ${name}`;
    const own = columns.filter((column) => column !== 'tenant_id');
    const others = targetColumns.filter((column) => column !== 'tenant_id');
    const plain = `${drop}; alter table ${target} add constraint plain_key unique (${others.join(', ')});
      alter table ${table.name} add constraint ${name} foreign key (${own.join(', ')}) references ${target} (${others.join(', ')})`;
    return [
      { table: table.name, name: `${table.name}: ${name} dropped`, sql: drop },
      { table: table.name, name: `${table.name}: ${name} without the tenant`, sql: plain },
    ];
  });
}

function triggerMutants({ name: table, triggers }: TableFacts): Mutant[] {
  return triggers.map((trigger) => {
    const inFront = REDUNDANT_TRIGGERS[`${table}.${trigger.name}`];
    const names = inFront === undefined ? [trigger.name] : [inFront, trigger.name];
    const sql = names.map((name) => `drop trigger ${name} on ${table}`).join('; ');
    return { table, name: `${table}: ${names.join(' and ')} dropped`, sql };
  });
}

const contextMutants: readonly Mutant[] = [
  {
    table: 'invoices',
    name: 'app_tenant_id: some tenant where none is set',
    sql: `create or replace function app_tenant_id() returns uuid language sql stable as $$
      select coalesce(nullif(current_setting('app.tenant_id', true), '')::uuid, (select tenant_id from memberships limit 1)) $$;
      alter function app_tenant_id() owner to postgres;
      alter function app_tenant_id() security definer`,
  },
  {
    table: 'invoices',
    name: 'app_tenant_id: an empty setting is an error',
    sql: `create or replace function app_tenant_id() returns uuid language sql stable as $$
      select current_setting('app.tenant_id', true)::uuid $$`,
  },
  {
    table: 'invoices',
    name: 'app_tenant_id: a malformed setting is no tenant',
    sql: `create or replace function app_tenant_id() returns uuid language plpgsql stable as $$
      begin return nullif(current_setting('app.tenant_id', true), '')::uuid; exception when others then return null; end $$`,
  },
  {
    table: 'invoices',
    name: 'forbid_tenant_change: lets everything through',
    sql: 'create or replace function forbid_tenant_change() returns trigger language plpgsql as $$ begin return new; end $$',
  },
  {
    table: 'audit_entries',
    name: 'keep_audit_entry: lets everything through',
    sql: 'create or replace function keep_audit_entry() returns trigger language plpgsql as $$ begin return coalesce(new, old); end $$',
  },
];
