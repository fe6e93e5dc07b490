import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DescribedEndpoint } from '../../../src/http/openapi/described-endpoint.ts';
import { endpoints as mounted } from '../../../src/routes/index.ts';
import type { Standing } from '../../../src/services/identity/active-context.ts';
import { rolePermissions } from '../../../src/services/identity/effective-permissions.ts';
import { asTenantId, PLATFORM_ID, type TenantId } from '../../../src/types/ids.ts';
import { anOperator, aPlan, aTenant } from '../../support/people.ts';
import { type Audience, audienceOf, audiences } from '../../support/role-matrix.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const endpoints: readonly DescribedEndpoint[] = mounted.filter(({ success }) => !('site' in success));

/** Refusals by who somebody is; every other answer means that they got past the door. */
const REFUSALS = new Set([
  'UNAUTHENTICATED',
  'TOKEN_INVALID',
  'FORBIDDEN',
  'TENANT_ACCESS_DENIED',
  'SESSION_RESTRICTED',
  'IMPERSONATION_FORBIDDEN',
]);

type Headers = Readonly<Record<string, string>>;

let app: TestApp;
let tenantId: TenantId;
let operatorId: string;

beforeAll(async () => {
  app = await startTestApp();
  const operator = await anOperator(app);
  await aPlan(app);
  tenantId = asTenantId((await aTenant(app, operator)).id);
  operatorId = await aUser('admin', 'admin');
});
afterAll(() => app.close());

async function aUser(role: string, platformRole: string | null = null): Promise<string> {
  const id = randomUUID();
  await app.rows(
    `insert into users (id, email, name, type, platform_role, updated_at)
     values ($1, $2, $3, $4::user_type, $5, now())`,
    [id, `${id}@rowhouse.example`, role, platformRole === null ? 'PLATFORM_USER' : 'ADMIN_USER', platformRole],
  );
  return id;
}

/** Somebody in a session that nobody else uses: what one call ends, another one does not need. */
async function headersOf(audience: Audience): Promise<Headers> {
  if (audience === 'anonymous') return {};
  const isOperator = audience === 'super_admin' || audience === 'admin';
  const isMember = ['owner', 'manager', 'staff', 'member'].includes(audience);
  const role = isOperator || isMember ? audience : audience === 'singer' ? 'singer' : 'owner';
  const userId = await aUser(role, isOperator ? audience : null);
  const inTenant = !isOperator && audience !== 'singer';
  if (inTenant) {
    await app.rows(
      'insert into memberships (tenant_id, id, user_id, role, updated_at) values ($1, $2, $3, $4, now())',
      [tenantId, randomUUID(), userId, role],
    );
  }
  const sessionId = randomUUID();
  await app.rows(
    `insert into sessions (id, user_id, is_restricted, last_used_at, expires_at)
     values ($1, $2, $3, now(), now() + interval '20 minutes')`,
    [sessionId, userId, audience === 'restricted'],
  );
  const impersonated = audience === 'impersonator';
  if (impersonated) {
    await app.rows(
      `insert into impersonations (tenant_id, id, impersonator_id, user_id, session_id, mode, reason, expires_at)
       values ($1, $2, $3, $4, $5, 'full', 'A reason to look', now() + interval '20 minutes')`,
      [tenantId, randomUUID(), operatorId, userId, sessionId],
    );
  }
  const context: Standing['context'] = isOperator
    ? { type: 'platform', id: PLATFORM_ID }
    : inTenant
      ? { type: 'tenant', id: tenantId }
      : { type: 'self', id: userId };
  const { accessToken } = app.container.services.accessTokens.sign({
    user: { id: userId, email: `${userId}@rowhouse.example`, name: role, type: 'PLATFORM_USER' },
    standing: { context, role, permissions: rolePermissions(role) },
    sessionId,
    ...(impersonated && { impersonatorId: operatorId }),
  });
  return { authorization: `Bearer ${accessToken}` };
}

/** Calls an endpoint with nothing in it: whoever gets past the door learns what is missing. */
async function passes(endpoint: DescribedEndpoint, audience: Audience): Promise<boolean> {
  const { method, path, access, body } = endpoint;
  const isOperator = audience === 'super_admin' || audience === 'admin';
  const needsTenant = access.rule.kind === 'tenant' && !access.rule.platformWide;
  const headers = {
    ...(await headersOf(audience)),
    ...(isOperator && needsTenant && { 'x-tenant-id': tenantId }),
  };
  const answer = await app.http.send(
    method.toUpperCase(),
    path.replaceAll(/:\w+/g, () => randomUUID()),
    { headers, ...(body !== undefined && { body: { nothing: 'known' } }) },
  );
  return !REFUSALS.has(answer.body?.error?.code);
}

test('every endpoint stands in the matrix, and nothing else', () => {
  const operations = endpoints.map(({ operationId }) => operationId);
  expect([...audienceOf.keys()].sort()).toEqual([...operations].sort());
});

describe.each(audiences)('%s', (audience) => {
  test('gets past the doors that the matrix says, and past no other', async () => {
    const wrong: string[] = [];
    for (const endpoint of endpoints) {
      if (endpoint.access.rule.kind === 'signature') continue;
      const expected = audienceOf.get(endpoint.operationId)?.has(audience) ?? false;
      if ((await passes(endpoint, audience)) !== expected) {
        wrong.push(`${endpoint.operationId} ${expected ? 'refuses' : 'lets pass'}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
