/** What a check finds, and why it is let pass. */
export interface PlanException {
  readonly problems: readonly string[];
  readonly because: string;
}

/** What an operator asks of all books at once: it reads them whole, however the planner goes about it. */
export const wholeReads: Readonly<Record<string, string>> = {
  'getReconciliation on the platform': 'compares everything that was booked with everything that it was booked for',
  'getLedgerBalances on the platform': 'adds up every entry',
};

const forEach = (checks: readonly string[], exception: PlanException): Record<string, PlanException> =>
  Object.fromEntries(checks.map((check) => [check, exception]));

const callersAnd = (operationId: string, requests: readonly string[]): string[] =>
  ['in a tenant', 'on the platform'].flatMap((caller) =>
    requests.map((request) => `${operationId} ${caller} ${request}`),
  );

/**
 * What the rules of query-plans.ts find and is let pass, by the name of the check. An entry that is no longer true breaks its
 * check as well, and one that names no check breaks the list: it can't outlive what it excuses.
 */
export const planExceptions: Readonly<Record<string, PlanException>> = {
  ...forEach(callersAnd('listMembers', ['by joinedAt', 'by -joinedAt']), {
    problems: ['reads more rows than it needs', 'sorts more than a page'],
    because: "each member brings their user and their roles, and each member's roles are sorted",
  }),
  ...forEach(callersAnd('listTenantUsers', ['by createdAt', 'by -createdAt']), {
    problems: ['reads more rows than it needs', 'sorts more than a page'],
    because: 'they are the members: each brings their user and their roles, and the roles are sorted',
  }),
  ...forEach(callersAnd('listMembers', ['with role', 'with status']), {
    problems: ['sorts more than a page'],
    because: "each member's roles are sorted",
  }),
  ...forEach(callersAnd('listInvitations', ['by createdAt', 'by -createdAt']), {
    problems: ['reads more rows than it needs'],
    because: 'each invitation brings who sent it',
  }),
  ...forEach(callersAnd('listInvitations', ['with status']), {
    problems: ['sorts more than a page'],
    because: "which ones are over depends on the time: a tenant's own are read, of which there are few",
  }),
  'listLedger in a tenant with subjectId': {
    problems: ['enters ledger_transactions_subject_id_idx without its tenant_id'],
    because: 'an id names one row: its bookings are a handful',
  },
  ...forEach(['listLedger in a tenant', 'listLedger on the platform'], {
    problems: ['reads more rows than it needs'],
    because: 'each booking brings its lines',
  }),
  ...forEach(['listPayments on the platform with search', 'listFailedPayments on the platform with search'], {
    problems: ['sorts more than a page'],
    because: 'a search finds its matches by trigrams first, and they come in no order',
  }),
  ...forEach(['listTenants on the platform with search', 'listInvoices on the platform with search'], {
    problems: ['sorts more than a page'],
    because: 'a search finds its matches by trigrams first, and they come in no order',
  }),
  ...forEach(
    ['by blockedUntil', 'by -blockedUntil'].map((order) => `listLockouts in a tenant ${order}`),
    {
      problems: ['reads more rows than it needs', 'sorts more than a page'],
      because: "it is found member by member, so that it costs a tenant nothing if others' members are locked out",
    },
  ),
  ...forEach(
    ['by blockedUntil', 'by -blockedUntil'].map((order) => `listLockouts on the platform ${order}`),
    { problems: ['reads more rows than it needs'], because: 'each lock-out brings its user' },
  ),
  ...forEach(
    ['by createdAt', 'by -createdAt'].map((order) => `listSecuritySessions on the platform ${order}`),
    { problems: ['reads more rows than it needs'], because: 'each session brings its user and its last refresh token' },
  ),
  ...forEach(['exportPlatformUsers in a tenant', 'exportTenant in a tenant'], {
    problems: ['enters data_exports_unfinished without its tenant_id', 'walks along all of data_exports_unfinished'],
    because: 'the index has only those that wait or are being made, of which a tenant has five at the most',
  }),
  ...forEach(
    ['by createdAt', 'by -createdAt'].map((order) => `listExports in a tenant ${order}`),
    {
      problems: ['reads more rows than it needs', 'sorts more than a page'],
      because: 'those of the kinds that the caller may see: a tenant has few, and they are forgotten',
    },
  ),
  'listExports in a tenant with kind': {
    problems: ['sorts more than a page'],
    because: 'as above',
  },
  'listApiKeys in a tenant with status': {
    problems: ['sorts more than a page'],
    because: 'a tenant has up to 100 keys that are active',
  },
  'getSecurityOverview on the platform': {
    problems: ['reads all of users', 'reads all of totp_authenticators', 'reads all of sessions'],
    because: "it counts everybody's second factors and sessions",
  },
  ...forEach(
    ['by createdAt', 'by -createdAt', 'by email', 'by -email'].map((order) => `listUsers on the platform ${order}`),
    { problems: ['reads more rows than it needs'], because: 'each user brings their second factor' },
  ),
  'listAdminUserActivity on the platform': {
    problems: ['reads more rows than it needs'],
    because: 'a page of what they did in their own name, and one of what they did in the place of others, make one',
  },
  'listUsers on the platform with search': {
    problems: ['sorts more than a page'],
    because: 'a search finds its matches by trigrams first, and they come in no order',
  },
  'listTenants on the platform with planId': {
    problems: ['reads all of tenants', 'sorts more than a page'],
    because: "a plan's tenants come in no order, and so many of all tenants have it that reading the table is cheaper",
  },
};
