/** What a check finds, and why it is let pass. */
export interface PlanException {
  readonly problems: readonly string[];
  readonly because: string;
}

const forEach = (checks: readonly string[], exception: PlanException): Record<string, PlanException> =>
  Object.fromEntries(checks.map((check) => [check, exception]));

/**
 * What the rules of query-plans.ts find and is let pass, by the name of the check. An entry that is no longer true breaks its
 * check as well, and one that names no check breaks the list: it can't outlive what it excuses.
 */
export const planExceptions: Readonly<Record<string, PlanException>> = {
  ...forEach(['listTenants on the platform with search', 'listInvoices on the platform with search'], {
    problems: ['sorts more than a page'],
    because: 'a search finds its matches by trigrams first, and they come in no order',
  }),
  'listTenants on the platform with planId': {
    problems: ['reads all of tenants', 'sorts more than a page'],
    because: "a plan's tenants come in no order, and so many of all tenants have it that reading the table is cheaper",
  },
  ...forEach(
    ['dueAt', '-dueAt', 'number', '-number'].map((order) => `listInvoices in a tenant by ${order}`),
    {
      problems: ['reads more rows than it needs', 'sorts more than a page'],
      because: 'no index has the nulls where the list wants them',
    },
  ),
  ...forEach(
    ['dueAt', '-dueAt', 'total', '-total', 'number', '-number'].map(
      (order) => `listInvoices on the platform by ${order}`,
    ),
    {
      problems: ['reads all of invoices', 'reads more rows than it needs', 'sorts more than a page'],
      because: 'only createdAt has an index over all tenants',
    },
  ),
  'listAuditEntries in a tenant with resourceType': {
    problems: ['sorts more than a page'],
    because: 'the index of resources is not in the order of time',
  },
  ...forEach(['getInvoice on the platform', 'downloadInvoice on the platform'], {
    problems: ['enters invoices_pkey without its tenant_id'],
    because: 'the key begins with the tenant, which an operator does not name: it is searched once per tenant',
  }),
  'the relay takes events and marks them': {
    problems: ['reads more rows than it needs'],
    because: 'all that waits is joined with what was taken',
  },
  'published events are deleted': {
    problems: ['reads all of outbox_events', 'reads more rows than it needs'],
    because: 'all events are joined with those to delete',
  },
  "a tenant's entries are sealed": {
    problems: ['reads more rows than it needs'],
    because: "all of the tenant's entries are joined with those to seal",
  },
};
