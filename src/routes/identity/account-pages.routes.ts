import type { RequestHandler } from 'express';
import { publicBecause } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';

export interface AccountPagesRouteDeps {
  readonly accountPages: readonly RequestHandler[];
}

const endpoint = endpointsFor<AccountPagesRouteDeps>();

export const getAccountPages = endpoint({
  method: 'get',
  path: '/account',
  operationId: 'getAccountPages',
  summary: 'Open a link of an e-mail',
  description:
    'Pages under this path confirm an address, choose a password, sign in or accept an invitation. Opening one changes nothing: its button does.',
  tags: ['Authentication'],
  access: publicBecause('people come from their mailbox, with a token that the page sends on'),
  success: { status: 200, site: { description: 'A page for people' } },
  site: ({ accountPages }) => accountPages,
  handler: () => undefined,
});

export const accountPagesEndpoints = [getAccountPages] as const;
