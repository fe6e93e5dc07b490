import type { DescribedEndpoint } from '../../../src/http/openapi/described-endpoint.ts';
import type { HttpClient } from '../../support/http-client.ts';
import { fieldsOf } from '../../support/input-rules.ts';
import type { TestApp } from '../../support/test-app.ts';
import { callEndpoint, inputOf } from './endpoint-calls.ts';
import type { Scene } from './scene.ts';

/** Rows of a page when nothing else is asked for. */
export const PAGE_SIZE = 20;

/** Lists of few rows, which are paged where they are kept. */
const PAGED_IN_MEMORY = new Set(['listConfigurations']);

const isList = ({ operationId, success }: DescribedEndpoint): boolean =>
  ('page' in success || 'slice' in success) && !PAGED_IN_MEMORY.has(operationId);

/** What an organization's admin reads is in a storage of its own: organization-isolation.test.ts looks at its plans. */
const isInTables = ({ access: { rule } }: DescribedEndpoint): boolean => rule.kind !== 'organizationAdmin';

export const listsAmong = (endpoints: readonly DescribedEndpoint[]): DescribedEndpoint[] =>
  endpoints.filter((endpoint) => isInTables(endpoint) && isList(endpoint));
export const othersAmong = (endpoints: readonly DescribedEndpoint[]): DescribedEndpoint[] =>
  endpoints.filter((endpoint) => isInTables(endpoint) && !isList(endpoint));

/** Every order that a list can be asked for, as its schema has them; one that has no choice has its own. */
export function ordersOf({ query }: DescribedEndpoint): (string | undefined)[] {
  const orders = fieldsOf(query).sort?.enum;
  return Array.isArray(orders) ? orders.map(String) : [undefined];
}

const NO_FILTERS = new Set(['page', 'limit', 'sort']);

export const filtersOf = ({ query }: DescribedEndpoint): string[] =>
  Object.keys(fieldsOf(query)).filter((name) => !NO_FILTERS.has(name));

type FilterValue = (app: TestApp) => string | Promise<string>;

/** The same filter of every list of a tenant's people. */
function forPeople(filter: string, value: FilterValue): Record<string, FilterValue> {
  const lists = ['listPlatformUsers', 'listOwners', 'listStudents', 'listParents', 'listStaff'];
  return Object.fromEntries(lists.map((list) => [`${list}.${filter}`, value]));
}

/** A value that some of the large database's rows have, by filter, or by list and filter where lists differ. */
const filterValues: Readonly<Record<string, FilterValue>> = {
  'listTenants.search': () => 'library 17',
  'listTenants.status': () => 'trial',
  'listAdminUsers.search': () => 'colleague',
  'listAdminUsers.role': () => 'admin',
  'listAdminUsers.status': () => 'active',
  'listUsers.search': () => 'person 17',
  'listUsers.role': () => 'staff',
  'listUsers.status': () => 'active',
  'listUsers.type': () => 'PLATFORM_USER',
  'listInvoices.search': () => 'customer-17',
  'listPlans.search': () => 'price 1',
  'listInvoices.status': () => 'open',
  'listPlans.status': () => 'active',
  'listRoles.search': () => 'desk 1',
  'listLibraries.search': () => 'branch 1',
  'listLibraries.status': () => 'active',
  'listPlatformUsers.kind': () => 'parent',
  ...forPeople('search', () => 'patron 1'),
  ...forPeople('status', () => 'active'),
  libraryId: (app) => idFrom(app, "select id from libraries where name = 'Branch 1' limit 1"),
  'listPayments.search': () => 'payment 17',
  'listTenantPayments.search': () => 'payment 17',
  'listFailedPayments.search': () => 'payment 17',
  'listPayments.status': () => 'succeeded',
  'listTenantPayments.status': () => 'succeeded',
  purpose: () => 'collection',
  gateway: () => 'sandbox',
  state: () => 'processed',
  method: () => 'card',
  account: () => 'receivable',
  currency: () => 'INR',
  subjectType: () => 'invoice',
  'listLedger.subjectId': (app) => idFrom(app, 'select subject_id as id from ledger_transactions limit 1'),
  'listRefunds.status': () => 'succeeded',
  paymentId: (app) => idFrom(app, 'select payment_id as id from refunds limit 1'),
  'listSubscriptions.status': () => 'canceled',
  'listTaxRates.country': () => 'US',
  'listTaxRates.active': () => 'true',
  'listCoupons.search': () => 'large-17',
  'listCoupons.status': () => 'active',
  'listExports.kind': () => 'platform_users',
  'listExports.status': () => 'succeeded',
  'listFiles.search': () => 'library 17',
  'listMembers.search': () => 'regular',
  'listTenantUsers.search': () => 'regular',
  'listTenantInvoices.search': () => 'customer-17',
  'listTenantInvoices.status': () => 'open',
  'listMembers.role': () => 'staff',
  'listMembers.status': () => 'active',
  'listInvitations.status': () => 'pending',
  'listSecuritySessions.search': () => 'wayfarer-',
  'listSecurityEvents.type': () => 'password.changed',
  'listSecurityEvents.userId': wayfarerId,
  'listLoginAttempts.userId': wayfarerId,
  outcome: () => 'failed',
  'listApiKeys.search': () => 'machine 17',
  'listApiKeys.status': () => 'active',
  'listIpRules.action': () => 'deny',
  planId: (app) =>
    idFrom(
      app,
      `select plan_id as id from subscriptions join tenants on tenants.id = tenant_id
       where tenants.name = 'Library 17 at the lake' and ended_at is null`,
    ),
  channel: () => 'sms',
  'listCreditTransactions.kind': () => 'deduct',
  'listWalletTransactions.kind': () => 'deduct',
  reference: () => 'campaign-17',
  createdFrom: () => daysAgo(30),
  createdTo: () => daysAgo(10),
  from: () => daysAgo(5),
  to: () => daysAgo(2),
  action: () => 'invoice.sent',
  actorId: (app) => idFrom(app, "select actor_id as id from audit_entries where actor_name = 'Person' limit 1"),
  resourceType: () => 'invoice',
  resourceId: () => 'resource-7',
};

function wayfarerId(app: TestApp): Promise<string> {
  return idFrom(app, "select id from users where name = 'Wayfarer' limit 1");
}

const DAY_MS = 86_400_000;

const daysAgo = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString();

async function idFrom(app: TestApp, text: string): Promise<string> {
  const [row] = await app.rows<{ id: string }>(text);
  if (row === undefined) throw new Error(`There is no row: ${text}`);
  return row.id;
}

/** @throws Error for a filter that is new and has no value above */
export async function filterValueOf(
  endpoint: DescribedEndpoint,
  filter: string,
  scene: Scene,
  client: HttpClient,
): Promise<string> {
  if (filter === 'cursor') {
    const { params } = await inputOf(endpoint, scene);
    return (await callEndpoint(endpoint, client, params === undefined ? {} : { params })).body.meta.nextCursor;
  }
  const value = filterValues[`${endpoint.operationId}.${filter}`] ?? filterValues[filter];
  if (value === undefined) throw new Error(`${endpoint.operationId} has a new filter: give ${filter} a value above`);
  return value(scene.app);
}
