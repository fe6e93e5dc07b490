import type { DescribedEndpoint } from '../../../src/http/openapi/described-endpoint.ts';
import type { HttpAnswer, HttpClient } from '../../support/http-client.ts';
import type { Scene } from './scene.ts';

/** What is sent to an endpoint besides its address. */
export interface EndpointInput {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const onDraft = async ({ aDraft }: Scene): Promise<EndpointInput> => ({ params: { id: await aDraft() } });
const onTenant = async ({ aTenantOfItsOwn }: Scene): Promise<EndpointInput> => ({
  params: { id: await aTenantOfItsOwn() },
});

/** What makes a call of an endpoint succeed, by operationId; an endpoint without parameters and body needs nothing. */
const inputs: Readonly<Record<string, (scene: Scene) => EndpointInput | Promise<EndpointInput>>> = {
  login: ({ credentials }) => ({ body: credentials }),
  refreshTokens: async ({ openSession }) => ({ body: { refreshToken: (await openSession()).refreshToken } }),
  createTenant: ({ tenantFields }) => ({ body: tenantFields() }),
  getTenant: ({ tenantId }) => ({ params: { id: tenantId } }),
  updateTenant: ({ tenantId }) => ({ params: { id: tenantId }, body: { phone: '+91 80 4718 2200' } }),
  deleteTenant: onTenant,
  suspendTenant: async (scene) => ({ ...(await onTenant(scene)), body: { reason: 'Overdue' } }),
  activateTenant: onTenant,
  createPlan: ({ planFields }) => ({ body: planFields() }),
  getPlan: ({ planId }) => ({ params: { id: planId } }),
  updatePlan: ({ planId }) => ({ params: { id: planId }, body: { trialDays: 14 } }),
  deletePlan: async ({ aPlanOfItsOwn }) => ({ params: { id: await aPlanOfItsOwn() } }),
  createInvoice: ({ invoice }) => ({ body: invoice }),
  getInvoice: onDraft,
  updateInvoice: async (scene) => ({ ...(await onDraft(scene)), body: { items: scene.invoice.items } }),
  deleteInvoice: onDraft,
  sendInvoice: onDraft,
  downloadInvoice: async ({ aRenderedInvoice }) => ({ params: { id: await aRenderedInvoice() } }),
};

/** @throws Error for an endpoint that needs something and is not described above */
export async function inputOf(endpoint: DescribedEndpoint, scene: Scene): Promise<EndpointInput> {
  const { operationId, params, body } = endpoint;
  const make = inputs[operationId];
  if (make !== undefined) return make(scene);
  if (params !== undefined || body !== undefined) {
    throw new Error(`${operationId} is new: say in endpoint-calls.ts what a call of it needs to succeed`);
  }
  return 'page' in endpoint.success || 'slice' in endpoint.success ? { query: { limit: '100' } } : {};
}

/** A way to be somebody who may call an endpoint. */
export interface Caller {
  readonly name: string;
  signIn(scene: Scene): HttpClient | Promise<HttpClient>;
}

export const inTenant: Caller = { name: 'in a tenant', signIn: (scene) => scene.inTenant };
const onPlatform: Caller = { name: 'on the platform', signIn: (scene) => scene.onPlatform };

/** Everybody whose call of an endpoint may take a way of its own. */
export function callersOf({ access: { rule } }: DescribedEndpoint): readonly Caller[] {
  switch (rule.kind) {
    case 'public':
      return [{ name: 'by anybody', signIn: ({ app }) => app.http }];
    case 'signature': {
      const authorization = 'Bearer metrics-token-of-a-test';
      return [{ name: 'by a machine', signIn: ({ app }) => app.http.with({ authorization }) }];
    }
    case 'user':
      return [{ name: 'by a member', signIn: (scene) => scene.signInMember() }];
    case 'tenant':
      return rule.platformWide ? [inTenant, onPlatform] : [inTenant];
    case 'platform':
      return [onPlatform];
  }
}

/** Calls an endpoint over HTTP. @throws Error unless it answers its success */
export async function callEndpoint(
  { method, path, operationId, success }: DescribedEndpoint,
  client: HttpClient,
  { params = {}, query = {}, body }: EndpointInput,
  headers: Record<string, string> = {},
): Promise<HttpAnswer> {
  const filled = path.replace(/:(\w+)/g, (_, name: string) => params[name] ?? '');
  const search = new URLSearchParams(query).toString();
  const answer = await client.send(method.toUpperCase(), search === '' ? filled : `${filled}?${search}`, {
    headers,
    body,
  });
  const isSite = 'site' in success && answer.status === 301;
  if (answer.status !== success.status && !isSite) {
    throw new Error(`${operationId} answered ${answer.status}: ${answer.text.slice(0, 500)}`);
  }
  return answer;
}
