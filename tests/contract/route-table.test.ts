import { describe, expect, test } from '@jest/globals';
import { errorRegistry } from '../../src/errors/registry.ts';
import { tagDescriptions } from '../../src/http/openapi/tags.ts';
import { endpoints } from '../../src/routes/index.ts';
import { permissionCatalogue } from '../../src/types/access-control.ts';
import { exportedEndpoints } from '../support/exported-endpoints.ts';
import { routeRules } from '../support/route-rules.ts';

/** Whoever opens an endpoint to everybody writes it down here. */
const publicOperations = [
  'login',
  'refreshTokens',
  'signUp',
  'verifyEmail',
  'resendVerification',
  'requestPasswordReset',
  'resetPassword',
  'requestMagicLink',
  'verifyMagicLink',
  'signUpSinger',
  'requestSingerPasswordReset',
  'resetSingerPassword',
  'verifySingerEmail',
  'requestSingerMagicLink',
  'signInSinger',
  'refreshSingerTokens',
  'acceptInvitation',
  'createOrganization',
  'getOrganization',
  'signInOrganizationAdmin',
  'verifyTwoFactor',
  'verifySingerTwoFactor',
  'checkLiveness',
  'checkReadiness',
  'getDocs',
  'getAccountPages',
  'getSandboxPages',
  'getOpenApiDocument',
];

const expected = {
  permissions: Object.keys(permissionCatalogue),
  errorCodes: Object.keys(errorRegistry),
  tags: Object.keys(tagDescriptions),
  publicOperations,
};

describe('the table of routes', () => {
  test('what is posted without an audit entry, since it only asks, is on this list', () => {
    expect(endpoints.filter(({ isQuestion }) => isQuestion).map(({ operationId }) => operationId)).toEqual([
      'checkPermissions',
      'previewSubscriptionChange',
    ]);
  });

  test.each(Object.entries(routeRules))('%s', (_name, rule) => {
    expect(rule(endpoints, expected)).toEqual([]);
  });

  test('holds every endpoint that a routes file exports, once', async () => {
    const exported = await exportedEndpoints();
    const named = (list: readonly { readonly operationId: string }[]) =>
      list.map(({ operationId }) => operationId).sort();
    expect(named(endpoints)).toEqual(named(exported));
    expect(exported.length).toBeGreaterThan(0);
  });
});
