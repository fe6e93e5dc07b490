import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DescribedEndpoint } from '../../../src/http/openapi/described-endpoint.ts';
import { endpoints as mounted } from '../../../src/routes/index.ts';
import { type RecordedStatement, recordStatements } from '../../support/statement-recorder.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';
import { backgroundWork } from './background-work.ts';
import { type Caller, callEndpoint, callersOf, inputOf, inTenant } from './endpoint-calls.ts';
import { fillDatabase } from './large-database.ts';
import { filtersOf, filterValueOf, listsAmong, ordersOf, othersAmong, PAGE_SIZE } from './list-requests.ts';
import { planExceptions, wholeReads } from './plan-exceptions.ts';
import {
  accessProblems,
  type Explainer,
  indexesOf,
  openExplainer,
  readingProblems,
  readTableFacts,
  sortingProblems,
  type TableFacts,
} from './query-plans.ts';
import { type Scene, setScene } from './scene.ts';

const endpoints: readonly DescribedEndpoint[] = mounted;

let app: TestApp;
let scene: Scene;
let explainer: Explainer;
let facts: TableFacts;

beforeAll(async () => {
  app = await startTestApp();
  scene = await setScene(app, 1);
  await fillDatabase(app);
  explainer = await openExplainer(app.database, scene.tenantId);
  facts = await readTableFacts(app.rows);
}, 120_000);

afterAll(async () => {
  await explainer.close();
  await app.close();
});

const checked = new Set<string>();

const expectReviewed = (check: string, problems: readonly string[]): void => {
  checked.add(check);
  expect([...new Set(problems)]).toEqual(planExceptions[check]?.problems ?? []);
};

const callsOf = (some: readonly DescribedEndpoint[]) =>
  some.flatMap((endpoint) => callersOf(endpoint).map((caller) => ({ endpoint, caller })));

interface ListRequest {
  readonly endpoint: DescribedEndpoint;
  readonly caller: Caller;
  readonly order?: string | undefined;
  readonly filter?: string;
}

/** The statement that fetches the rows, and the one that counts them where there is one. */
async function statementsOf({ endpoint, caller, order, filter }: ListRequest) {
  const client = await caller.signIn(scene);
  const query = {
    ...(order !== undefined && { sort: order }),
    ...(filter !== undefined && { [filter]: await filterValueOf(endpoint, filter, scene, client) }),
  };
  const { params } = await inputOf(endpoint, scene);
  const input = { query, ...(params !== undefined && { params }) };
  const { result, statements } = await recordStatements(() => callEndpoint(endpoint, client, input));
  expect(result.body.data).not.toHaveLength(0);
  const [page, ...more] = statements.filter(({ text }) => / limit \$/i.test(text));
  if (page === undefined || more.length > 0)
    throw new Error(`Which of these is the page? ${JSON.stringify(statements)}`);
  return { page, total: statements.find((statement) => statement !== page) };
}

const lists = listsAmong(endpoints);

/**
 * Whatever a list is sorted by, a page is read from an index in that order: no more rows than the page shows, and the one that
 * tells whether another page follows.
 */
describe('a page', () => {
  const requests = callsOf(lists).flatMap(({ endpoint, caller }) =>
    ordersOf(endpoint).map((order): [string, ListRequest] => [
      `${endpoint.operationId} ${caller.name}${order === undefined ? '' : ` by ${order}`}`,
      { endpoint, caller, order },
    ]),
  );

  test.each(requests)('%s', async (check, request) => {
    const { page } = await statementsOf(request);
    const plan = await explainer.analyze(page);
    expectReviewed(check, [
      ...accessProblems(plan, page.role, facts),
      ...readingProblems(plan, PAGE_SIZE + 1, facts),
      ...sortingProblems(plan, PAGE_SIZE, facts),
    ]);
  });
});

/** A filter narrows what an index finds, or what a walk in the list's own order shows: it never makes a page sort all it finds. */
describe('a filtered page', () => {
  const requests = callsOf(lists).flatMap(({ endpoint, caller }) =>
    filtersOf(endpoint).map((filter): [string, ListRequest] => [
      `${endpoint.operationId} ${caller.name} with ${filter}`,
      { endpoint, caller, filter },
    ]),
  );

  test.each(requests)('%s', async (check, request) => {
    const { page, total } = await statementsOf(request);
    const plan = await explainer.analyze(page);
    expectReviewed(check, [...accessProblems(plan, page.role, facts), ...sortingProblems(plan, PAGE_SIZE, facts)]);
    const countsEverybody = total?.role === 'platform' && request.filter !== 'search';
    if (total === undefined || countsEverybody) return;
    expectReviewed(`${check}, total`, accessProblems(await explainer.explain(total), total.role, facts));
  });
});

/** A tenant's total counts the tenant's entries of an index. An operator's is exact too, and so counts everybody's. */
describe('a total', () => {
  const requests = callsOf(lists.filter(({ success }) => 'page' in success))
    .filter(({ caller }) => caller === inTenant)
    .map(({ endpoint, caller }): [string, ListRequest] => [`${endpoint.operationId}, total`, { endpoint, caller }]);

  test.each(requests)('%s', async (check, request) => {
    const { total } = await statementsOf(request);
    if (total === undefined) throw new Error(`${request.endpoint.operationId} counts nothing`);
    expectReviewed(check, accessProblems(await explainer.explain(total), total.role, facts));
  });
});

const findProblems = async (statements: readonly RecordedStatement[]): Promise<string[]> => {
  const problems: string[] = [];
  for (const statement of statements) {
    problems.push(...accessProblems(await explainer.explain(statement), statement.role, facts));
  }
  return problems;
};

describe('everything else finds its rows by an index', () => {
  const calls = callsOf(othersAmong(endpoints))
    .map(({ endpoint, caller }) => [`${endpoint.operationId} ${caller.name}`, endpoint, caller] as const)
    .filter(([check]) => !Object.hasOwn(wholeReads, check));

  test.each(calls)('%s', async (check, endpoint, caller) => {
    const client = await caller.signIn(scene);
    const input = await inputOf(endpoint, scene);
    const { statements } = await recordStatements(() => callEndpoint(endpoint, client, input));
    expectReviewed(check, await findProblems(statements));
  });

  test('a token and a tenant that the process sees for the first time', async () => {
    const stranger = (await scene.signInOperator()).with({ 'x-tenant-id': await scene.aTenantOfItsOwn() });
    const { statements } = await recordStatements(() => stranger.get('/api/tenants'));
    expect(statements.length).toBeGreaterThan(3);
    expectReviewed('a token and a tenant that the process sees for the first time', await findProblems(statements));
  });
});

/** Work that nobody waits for still must not read what is done in order to find what waits. */
describe('background work', () => {
  test.each(backgroundWork)('$name', async ({ name, run, indexes, most }) => {
    const { statements } = await recordStatements(() => run(app.container, scene.tenantId));
    const problems: string[] = [];
    const used: string[] = [];
    for (const statement of statements) {
      const plan = await explainer.analyze(statement);
      problems.push(...accessProblems(plan, statement.role, facts), ...readingProblems(plan, most, facts));
      used.push(...indexesOf(plan));
    }
    expectReviewed(name, problems);
    expect(used).toEqual(expect.arrayContaining([...indexes]));
  });
});

test('every exception belongs to a check', () => {
  expect(Object.keys(planExceptions).filter((check) => !checked.has(check))).toEqual([]);
});
