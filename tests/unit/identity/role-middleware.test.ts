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
import type { Actor, Context } from '../../../src/types/context.ts';
import { anonymousContext } from '../../../src/types/context-factory.ts';
import type { Principal } from '../../../src/types/principal.ts';

/** What the middleware passes on for a request of a user with these permissions. */
function verdict(
  access: Access<Context>,
  patterns: readonly string[],
  { isOperator = false, isRestricted = false, type = 'user', impersonatorId = null }: Partial<Principal & Actor> = {},
): unknown {
  const base = anonymousContext('request', { ipAddress: null, userAgent: null }, null);
  const permissions = permissionSet(patterns);
  const ctx = { ...base, permissions };
  const actor = { ...base.actor, type, impersonatorId };
  const principal = { actor, permissions, tenantId: null, isOperator, isRestricted };
  const req: Request = Object.create(express.request);
  const res: Response = Object.create(express.response);
  req.state = { ctx, principal, operationId: 'test', startedAt: 0 };
  let passed: unknown = 'nothing';
  createRoleMiddleware(access.rule)(req, res, (error?: unknown) => {
    passed = error;
  });
  return passed;
}

const refusing = (code: string) => expect.objectContaining({ code, statusCode: 403 });
const forbidden = refusing('FORBIDDEN');

describe('an endpoint with a permission', () => {
  test.each([[tenant('invoices:read')], [tenantOrPlatform('invoices:read')]])('lets its holders pass', (access) => {
    for (const held of ['invoices:read', 'invoices:*', '*']) expect(verdict(access, [held])).toBeUndefined();
    for (const held of ['invoices:write', 'plans:*', 'invoices', 'invoices:rea', '']) {
      expect(verdict(access, [held])).toEqual(forbidden);
    }
    expect(verdict(access, [], { isOperator: true })).toEqual(forbidden);
  });

  test('of the platform lets operators pass only', () => {
    expect(verdict(platform('plans:write'), ['plans:*'], { isOperator: true })).toBeUndefined();
    expect(verdict(platform('plans:write'), ['plans:read'], { isOperator: true })).toEqual(forbidden);
    expect(verdict(platform('plans:write'), ['*'])).toEqual(forbidden);
  });
});

test('an endpoint without one lets everybody pass', () => {
  for (const access of [publicBecause('of the test'), user(), signature('metrics-token')]) {
    expect(verdict(access, [])).toBeUndefined();
  }
});

describe('a session that lacks its second factor', () => {
  const restricted = { isRestricted: true, isOperator: true };

  test('does nothing but set it up', () => {
    for (const access of [
      tenant('invoices:read'),
      tenantOrPlatform('invoices:read'),
      platform('plans:write'),
      user(),
    ]) {
      expect(verdict(access, ['*'], restricted)).toEqual(refusing('SESSION_RESTRICTED'));
    }
    expect(verdict(user({ duringEnrolment: true }), [], restricted)).toBeUndefined();
  });
});

test('an operator in the place of a user is stopped where it says so', () => {
  const impersonated = { impersonatorId: '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11' };
  expect(verdict(user(), [], impersonated)).toEqual(refusing('IMPERSONATION_FORBIDDEN'));
  expect(verdict(user({ impersonated: true }), [], impersonated)).toBeUndefined();
  expect(verdict(tenant('invoices:read'), ['invoices:read'], impersonated)).toBeUndefined();
});

test('an API key is no user', () => {
  expect(verdict(user(), ['*'], { type: 'api_key' })).toEqual(forbidden);
  expect(verdict(user({ duringEnrolment: true, impersonated: true }), ['*'], { type: 'api_key' })).toEqual(forbidden);
  expect(verdict(tenant('invoices:read'), ['invoices:read'], { type: 'api_key' })).toBeUndefined();
});
