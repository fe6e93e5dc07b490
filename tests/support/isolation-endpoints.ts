import { randomUUID } from 'node:crypto';
import type { DescribedEndpoint } from '../../src/http/openapi/described-endpoint.ts';
import type { RequestOptions } from './http-client.ts';
import type { TestTenant } from './people.ts';

/** Collections that belong to nobody: what one tenant may see of them, the others may too. */
export const sharedCollections: Readonly<Record<string, string>> = {
  '/api/revenue/plans': "the platform's price list",
};

/** How to make an object that belongs to a tenant, and what to ask of it. */
interface ObjectRecipe {
  /** @returns the values of the path's parameters */
  make(tenant: TestTenant): Promise<Readonly<Record<string, string>>>;
  /** What an operation needs to have happened before. */
  readonly before?: Readonly<
    Record<string, (tenant: TestTenant, params: Readonly<Record<string, string>>) => Promise<void>>
  >;
  /** The body of each operation that takes one. */
  readonly bodies?: Readonly<Record<string, unknown>>;
}

const invoiceBody = { items: [{ description: 'Seat', quantity: '1', unitPrice: '10.00', taxRate: '0' }] };

async function post(tenant: TestTenant, path: string, body?: unknown): Promise<string> {
  const answer = await tenant.operator.post(path, body, { 'idempotency-key': randomUUID() });
  if (answer.status >= 300) throw new Error(`POST ${path} failed: ${answer.text}`);
  return answer.body.data.id;
}

/** By collection: the path in front of the first parameter. Whoever adds an endpoint with a parameter adds its object here. */
const recipes: Readonly<Record<string, ObjectRecipe>> = {
  '/api/tenants': {
    make: async ({ id }) => ({ id }),
    bodies: { updateTenant: { name: 'Another name' } },
  },
  '/api/revenue/invoices': {
    make: async (tenant) => ({ id: await post(tenant, '/api/revenue/invoices', invoiceBody) }),
    before: {
      downloadInvoice: async (tenant, { id }) => void (await post(tenant, `/api/revenue/invoices/${id}/send`)),
    },
    bodies: { updateInvoice: { notes: 'Touched' } },
  },
};

type EndpointFacts = Pick<DescribedEndpoint, 'method' | 'path' | 'operationId' | 'body'>;

export const collectionOf = (path: string): string =>
  path.slice(0, path.indexOf('/:') === -1 ? undefined : path.indexOf('/:'));

/** Endpoints whose rows are those of the tenant in context. */
export const isTenantEndpoint = ({ access }: Pick<DescribedEndpoint, 'access'>): boolean =>
  access.rule.kind === 'tenant';

export const isListOfTenants = ({ success }: Pick<DescribedEndpoint, 'success'>): boolean =>
  'page' in success || 'slice' in success;

/** Gives a tenant something to find in a collection; what no recipe makes is there already, or belongs to nobody. */
export const makeObject = async (collection: string, tenant: TestTenant): Promise<void> =>
  void (await recipes[collection]?.make(tenant));

/** @throws Error that says what to add where, for an endpoint whose object nobody can make yet */
export function recipeFor({ path, operationId, body }: EndpointFacts) {
  const recipe = recipes[collectionOf(path)];
  if (recipe === undefined) {
    throw new Error(
      `${operationId}: say in tests/support/isolation-endpoints.ts how to make an object of ${collectionOf(path)}, or why it is shared`,
    );
  }
  const content = recipe.bodies?.[operationId];
  if (body !== undefined && content === undefined) {
    throw new Error(
      `${operationId}: add its body to the recipe of ${collectionOf(path)} in tests/support/isolation-endpoints.ts`,
    );
  }
  return {
    /** Makes an object of the tenant and the request that works on it. */
    async prepare(tenant: TestTenant): Promise<{ path: string; options: RequestOptions }> {
      const params = await recipe.make(tenant);
      await recipe.before?.[operationId]?.(tenant, params);
      const filled = path.replace(/:([a-zA-Z]+)/g, (parameter, name: string) => {
        const value = params[name];
        if (value === undefined) throw new Error(`${operationId}: its recipe gives no value for ${parameter}`);
        return value;
      });
      const headers = { 'idempotency-key': randomUUID() };
      return { path: filled, options: content === undefined ? { headers } : { headers, body: content } };
    },
  };
}
