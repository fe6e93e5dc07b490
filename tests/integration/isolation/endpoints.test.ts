import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { endpoints } from '../../../src/routes/index.ts';
import { permissionSet, systemRoles } from '../../../src/types/access-control.ts';
import type { HttpClient } from '../../support/http-client.ts';
import {
  collectionOf,
  isListOfTenants,
  isTenantEndpoint,
  makeObject,
  recipeFor,
  sharedCollections,
} from '../../support/isolation-endpoints.ts';
import { type BystanderRows, idsOf, snapshotOf } from '../../support/isolation-snapshot.ts';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const tenantEndpoints = endpoints.filter(isTenantEndpoint);
const onOneObject = tenantEndpoints.filter(
  ({ path }) => path.includes('/:') && !Object.hasOwn(sharedCollections, collectionOf(path)),
);
const lists = tenantEndpoints.filter((endpoint) => isListOfTenants(endpoint) && !onOneObject.includes(endpoint));

const ownerPermissions = permissionSet(systemRoles.owner.permissions);

let app: TestApp;
let intruder: TestTenant;
let victim: TestTenant;

beforeAll(async () => {
  app = await startTestApp();
  await aPlan(app);
  const operator = await anOperator(app);
  intruder = await aTenant(app, operator);
  victim = await aTenant(app, operator);
});

afterAll(() => app.close());

interface Caller {
  readonly caller: string;
  readonly client: () => HttpClient;
  /** The answer to a call for one object that needs this permission. */
  readonly statusFor: (permission: string) => number;
  /** The answer to a call for a list. */
  readonly listStatusFor: (permission: string) => number;
}

const callers: readonly Caller[] = [
  {
    caller: 'the owner of another tenant',
    client: () => intruder.owner,
    statusFor: (permission) => (ownerPermissions.has(permission) ? 404 : 403),
    listStatusFor: (permission) => (ownerPermissions.has(permission) ? 200 : 403),
  },
  {
    caller: 'an operator who works on another tenant',
    client: () => intruder.operator,
    statusFor: () => 404,
    listStatusFor: () => 200,
  },
  {
    caller: 'the owner of another tenant who names this one in the header',
    client: () => intruder.owner.with({ 'x-tenant-id': victim.id }),
    statusFor: () => 403,
    listStatusFor: () => 403,
  },
];

const permissionOf = ({ access: { rule } }: Pick<(typeof endpoints)[number], 'access'>): string =>
  'permission' in rule ? rule.permission : '';

test('the tables of endpoints are not empty', () => {
  expect(onOneObject.length).toBeGreaterThan(5);
  expect(lists.length).toBeGreaterThan(2);
});

describe.each(onOneObject.map((endpoint) => ({ name: `${endpoint.method.toUpperCase()} ${endpoint.path}`, endpoint })))(
  '$name',
  ({ endpoint }) => {
    test.each(callers)('$caller finds nothing and changes nothing', async ({ client, statusFor }) => {
      const recipe = recipeFor(endpoint);
      const request = await recipe.prepare(victim);
      const before: BystanderRows = await snapshotOf(app, victim.id);
      const answer = await client().send(endpoint.method.toUpperCase(), request.path, request.options);
      expect({ status: answer.status, body: answer.body }).toMatchObject({
        status: statusFor(permissionOf(endpoint)),
        body: { success: false },
      });
      expect(await snapshotOf(app, victim.id)).toEqual(before);
    });

    test('whoever works on the tenant itself succeeds with the very same request', async () => {
      const recipe = recipeFor(endpoint);
      const request = await recipe.prepare(victim);
      const answer = await victim.operator.send(endpoint.method.toUpperCase(), request.path, request.options);
      expect({ status: answer.status, text: answer.status < 300 ? '' : answer.text }).toEqual({
        status: endpoint.success.status,
        text: '',
      });
    });
  },
);

describe.each(lists.map((endpoint) => ({ name: `GET ${endpoint.path}`, endpoint })))('$name', ({ endpoint }) => {
  const path = `${endpoint.path}?limit=100`;

  beforeAll(async () => {
    for (const tenant of [victim, intruder]) await makeObject(endpoint.path, tenant);
  });

  test.each(callers)('$caller sees none of the rows', async ({ client, listStatusFor }) => {
    const answer = await client().get(path);
    expect(answer.status).toBe(listStatusFor(permissionOf(endpoint)));
    const foreign = (await idsOf(app, victim.id)).filter((id) => answer.text.includes(id));
    expect(foreign).toEqual([]);
  });

  const isShared = Object.hasOwn(sharedCollections, endpoint.path);
  (isShared ? test.skip : test)('whoever works on the tenant itself sees its rows', async () => {
    for (const tenant of [victim, intruder]) {
      const answer = await tenant.operator.get(path);
      const own = (await idsOf(app, tenant.id)).filter((id) => answer.text.includes(id));
      expect(own.length).toBeGreaterThan(0);
      expect(answer.body.data.length).toBeGreaterThan(0);
    }
  });
});
