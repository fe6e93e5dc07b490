import type { RequestHandler } from 'express';
import { publicBecause } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';

export interface SandboxPagesRouteDeps {
  readonly sandboxPages: readonly RequestHandler[];
}

const endpoint = endpointsFor<SandboxPagesRouteDeps>();

export const getSandboxPages = endpoint({
  method: 'get',
  path: '/sandbox',
  operationId: 'getSandboxPages',
  summary: 'Pay in the sandbox',
  description: 'Where the sandbox has payers pay: `/sandbox/checkout/{session}`. In production there is nothing here.',
  tags: ['Payments'],
  access: publicBecause('payers have no account here; they come with the address of their page'),
  success: { status: 200, site: { description: 'A page for people' } },
  site: ({ sandboxPages }) => sandboxPages,
  handler: () => undefined,
});

export const sandboxPagesEndpoints = [getSandboxPages] as const;
