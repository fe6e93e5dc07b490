import { randomUUID } from 'node:crypto';
import { createAccessTokens } from '../../src/services/identity/access-token.ts';
import { rolePermissions } from '../../src/services/identity/effective-permissions.ts';
import { systemClock } from '../../src/types/clock.ts';
import { asTenantId, PLATFORM_ID } from '../../src/types/ids.ts';
import * as data from './data-set.ts';
import type { NextRequest } from './load.ts';

/** What is asked of a server, and what it has to reach. */
export interface Workload {
  readonly name: string;
  readonly title: string;
  readonly expectedStatus: number;
  /** Part of the limit's rate that is wanted. */
  readonly goal: number;
  /** A new stream of requests, which begins somewhere else each time. */
  requests(): NextRequest;
}

export interface JwtKey {
  readonly kid: string;
  readonly secret: Buffer<ArrayBuffer>;
}

export const PASSWORD = 'correct horse battery staple';

/** Longer than any run. */
const TOKEN_MINUTES = 60;
const PREPARED_REQUESTS = 4000;

export interface Tokens {
  readonly users: readonly string[];
  readonly operators: readonly string[];
}

/** Tokens of all users and operators, as the product signs them. */
export function signTokens(key: JwtKey): Tokens {
  const { sign } = createAccessTokens({
    settings: {
      JWT_KEYS: [key],
      JWT_ISSUER: 'rowhouse',
      JWT_AUDIENCE: 'rowhouse-api',
      ACCESS_TOKEN_MINUTES: TOKEN_MINUTES,
    },
    clock: systemClock,
  });
  const tokenOfUser = (user: number): string =>
    sign({
      user: { id: data.userId(user), email: data.emailOf(user), name: `User ${user}`, type: 'PLATFORM_USER' },
      standing: {
        context: { type: 'tenant', id: asTenantId(data.tenantId(data.tenantOfUser(user))) },
        role: 'owner',
        permissions: rolePermissions('owner'),
      },
      sessionId: data.sessionId(user),
    }).accessToken;
  const tokenOfOperator = (operator: number): string =>
    sign({
      user: { id: data.operatorId(operator), email: 'operator@bench.example', name: 'Operator', type: 'ADMIN_USER' },
      standing: {
        context: { type: 'platform', id: PLATFORM_ID },
        role: 'admin',
        permissions: rolePermissions('admin'),
      },
      sessionId: data.operatorSessionId(operator),
    }).accessToken;
  return {
    users: Array.from({ length: data.USERS }, (_, index) => tokenOfUser(index + 1)),
    operators: Array.from({ length: data.OPERATORS }, (_, index) => tokenOfOperator(index + 1)),
  };
}

const randomUpTo = (most: number): number => 1 + Math.floor(Math.random() * most);

const headOf = (method: string, path: string, headers: readonly string[]): string =>
  [`${method} ${path} HTTP/1.1`, 'Host: 127.0.0.1', 'User-Agent: rowhouse-bench', ...headers, '', ''].join('\r\n');

function repeating(requests: readonly Buffer[]): NextRequest {
  let at = randomUpTo(requests.length);
  return () => {
    at = (at + 1) % requests.length;
    return requests[at] ?? Buffer.alloc(0);
  };
}

function prepared(requestOf: (user: number) => string): () => NextRequest {
  const requests = Array.from({ length: PREPARED_REQUESTS }, () => Buffer.from(requestOf(randomUpTo(data.USERS))));
  return () => repeating(requests);
}

const draft = JSON.stringify({
  currency: 'INR',
  customer: {
    name: 'Kaveri Coaching Centre',
    email: 'accounts@kaveri.example',
    taxId: '29ABCDE1234F1Z5',
    addressLines: ['14 Lake Road', 'Bengaluru 560001', 'India'],
  },
  paymentTerms: 14,
  items: [
    { description: 'Reading room, reserved seat, month', quantity: '12', unitPrice: '1120.00', taxRate: '18' },
    { description: 'Silent cabin, day', quantity: '3', unitPrice: '280.00', taxRate: '18' },
    { description: 'Locker, month', quantity: '12', unitPrice: '192.50', taxRate: '18' },
  ],
});

const withBody = (method: string, path: string, headers: readonly string[], body: string): string =>
  headOf(method, path, [...headers, 'Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`]) +
  body;

/** W1, W2 and W4 by all users of all tenants, W3 by operators for all tenants: it is they who bill. */
export function createWorkloads(key: JwtKey): Workload[] {
  const tokens = signTokens(key);
  const bearer = (user: number): string => `Authorization: Bearer ${tokens.users[user - 1]}`;
  const operatorsBearer = (operator: number): string => `Authorization: Bearer ${tokens.operators[operator - 1]}`;
  const invoices = '/api/revenue/invoices';
  return [
    {
      name: 'W1',
      title: 'the 20 newest invoices with the total',
      expectedStatus: 200,
      goal: 0.4,
      requests: prepared((user) => headOf('GET', `${invoices}?page=1&limit=20&sort=-createdAt`, [bearer(user)])),
    },
    {
      name: 'W2',
      title: 'one invoice with its items',
      expectedStatus: 200,
      goal: 0.35,
      requests: prepared((user) => {
        const id = data.invoiceId(data.tenantOfUser(user), randomUpTo(data.INVOICES_PER_TENANT));
        return headOf('GET', `${invoices}/${id}`, [bearer(user)]);
      }),
    },
    {
      name: 'W3',
      title: 'create an invoice with 3 items (idempotent, audited)',
      expectedStatus: 201,
      goal: 0.5,
      requests: () => () => {
        const headers = [
          operatorsBearer(randomUpTo(data.OPERATORS)),
          `X-Tenant-Id: ${data.tenantId(randomUpTo(data.TENANTS))}`,
          `Idempotency-Key: ${randomUUID()}`,
        ];
        return withBody('POST', invoices, headers, draft);
      },
    },
    {
      name: 'W4',
      title: 'sign in (bcrypt, cost 12)',
      expectedStatus: 200,
      goal: 0.9,
      requests: () => () => {
        const body = JSON.stringify({ email: data.emailOf(randomUpTo(data.USERS)), password: PASSWORD });
        return withBody('POST', '/api/auth/login', [], body);
      },
    },
  ];
}
