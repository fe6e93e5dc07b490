import { describe, expect, test } from '@jest/globals';
import type { Request, Response } from 'express';
import express from 'express';
import {
  type Access,
  platform,
  publicBecause,
  signature,
  tenant,
  tenantOrPlatform,
  user,
} from '../../../src/http/access.ts';
import { createRoleMiddleware } from '../../../src/middleware/role.middleware.ts';
import { permissionSet } from '../../../src/types/access-control.ts';
import type { Context } from '../../../src/types/context.ts';
import { anonymousContext } from '../../../src/types/context-factory.ts';

/** What the middleware passes on for a request with these permissions. */
function verdict(access: Access<Context>, patterns: readonly string[], isOperator: boolean): unknown {
  const base = anonymousContext('request', { ipAddress: null, userAgent: null }, null);
  const permissions = permissionSet(patterns);
  const ctx = { ...base, permissions };
  const principal = { actor: base.actor, permissions, tenantId: null, isOperator };
  const req: Request = Object.create(express.request);
  const res: Response = Object.create(express.response);
  req.state = { ctx, principal, operationId: 'test', startedAt: 0 };
  let passed: unknown = 'nothing';
  createRoleMiddleware(access.rule)(req, res, (error?: unknown) => {
    passed = error;
  });
  return passed;
}

const forbidden = expect.objectContaining({ code: 'FORBIDDEN', statusCode: 403 });

describe('an endpoint with a permission', () => {
  test.each([[tenant('invoices:read')], [tenantOrPlatform('invoices:read')]])('lets its holders pass', (access) => {
    for (const held of ['invoices:read', 'invoices:*', '*']) expect(verdict(access, [held], false)).toBeUndefined();
    for (const held of ['invoices:write', 'plans:*', 'invoices', 'invoices:rea', '']) {
      expect(verdict(access, [held], false)).toEqual(forbidden);
    }
    expect(verdict(access, [], true)).toEqual(forbidden);
  });

  test('of the platform lets operators pass only', () => {
    expect(verdict(platform('plans:write'), ['plans:*'], true)).toBeUndefined();
    expect(verdict(platform('plans:write'), ['plans:read'], true)).toEqual(forbidden);
    expect(verdict(platform('plans:write'), ['*'], false)).toEqual(forbidden);
  });
});

test('an endpoint without one lets everybody pass', () => {
  for (const access of [publicBecause('of the test'), user(), signature('metrics-token')]) {
    expect(verdict(access, [], false)).toBeUndefined();
  }
});
