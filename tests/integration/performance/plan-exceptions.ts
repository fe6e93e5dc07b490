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
};
