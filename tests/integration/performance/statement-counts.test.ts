import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DescribedEndpoint } from '../../../src/http/openapi/described-endpoint.ts';
import { endpoints as mounted } from '../../../src/routes/index.ts';
import type { HttpClient } from '../../support/http-client.ts';
import { recordStatements } from '../../support/statement-recorder.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';
import { callEndpoint, callersOf, type EndpointInput, inputOf } from './endpoint-calls.ts';
import { type Scene, setScene } from './scene.ts';

const endpoints: readonly DescribedEndpoint[] = mounted;

/**
 * SQL statements of each operation once token and tenant are known, however many rows there are. Transaction control is not
 * counted. A higher number, or a new one, is written down here by somebody who knows what each statement is for.
 */
const reviewedCounts: Readonly<Record<string, number>> = {
  /**
   * user, two throttles, their refund, memberships, authenticator, policy; throttle of the account cleared, session with its token,
   * last sign-in, event and security event of a new device, sign-in, audit
   */
  login: 14,
  signInSinger: 14,
  /** lock, token, user, memberships, policy; rotation, audit */
  refreshTokens: 7,
  refreshSingerTokens: 7,
  /** user, memberships, session, policy; audit */
  switchContext: 5,
  /** session, notification, audit */
  logout: 3,
  signOutSinger: 3,
  /** user, memberships, session */
  getMe: 3,

  /** user, session, two throttles, both cleared; secret, older set-ups, challenge; audit */
  setUpTwoFactor: 9,
  setUpSingerTwoFactor: 9,
  /**
   * attempt, user, throttle, memberships, authenticator, policy; secret, step, challenge; session with its token, last sign-in,
   * throttles of the account, event, security event, sign-in, audit; throttle cleared
   */
  verifyTwoFactor: 17,
  verifySingerTwoFactor: 17,
  /**
   * authenticator, user, memberships, policy, two throttles, both cleared, throttle; recovery code, how many are left, event,
   * security event; authenticator, codes, challenges, other sessions; this session, notification, event, security event, audit;
   * throttle cleared
   */
  disableTwoFactor: 22,
  /** authenticator, user, two throttles, both cleared; lock, codes out, codes in; security event, audit */
  createRecoveryCodes: 10,

  /** policy, waiting password, two throttles; account, its owner; audit, event */
  signUp: 8,
  signUpSinger: 8,
  /** token, account; notification, security event, audit */
  verifyEmail: 5,
  verifySingerEmail: 5,
  /** user, two throttles; audit, event */
  resendVerification: 5,
  requestPasswordReset: 5,
  requestSingerPasswordReset: 5,
  /**
   * token, user, memberships, policy; token, password, sessions, other tokens, challenges; notification, throttles, security
   * event, event, audit
   */
  resetPassword: 14,
  resetSingerPassword: 14,
  /** user, memberships, policy, two throttles; audit, event */
  requestMagicLink: 7,
  requestSingerMagicLink: 7,
  /**
   * token, user, memberships, authenticator, policy; token, account, token of the sign-up; notification, security event, session
   * with its token, last sign-in, throttles of the account, sign-in, audit
   */
  verifyMagicLink: 15,
  /**
   * user, two throttles, both taken back, memberships, policy, names of the tenants; password, sessions, tokens, challenges;
   * notification, throttles, security event, event, audit
   */
  changePassword: 16,
  /** user, update, user; audit */
  updateMe: 4,
  listOwnSessions: 1,
  /** lock; session, notification, audit, security event */
  revokeOwnSession: 5,
  /** sessions; notification, security event, audit */
  revokeOtherSessions: 4,

  listPermissions: 0,
  checkPermissions: 0,
  /** page, total */
  listRoles: 2,
  /** lock, how many there are, insert; security event, audit */
  createRole: 5,
  getRole: 1,
  /** lock, role, update; security event, audit */
  updateRole: 5,
  /** lock, role, who has it, update; notifications, security event, audit */
  setRolePermissions: 7,
  /** lock, role, who has it, delete; security event, audit */
  deleteRole: 6,
  /** membership, roles */
  listMemberRoles: 2,
  /** lock, membership, role, assignment, membership, roles; notification, security event, audit */
  assignRole: 9,
  /** lock, membership, update; notification, security event, audit */
  removeMemberRole: 6,
  /** page, total */
  listMembers: 2,
  /** lock, membership, update, member; notification, security event, audit */
  updateMember: 7,
  /** lock, membership, delete, sessions; notification, security event, audit */
  removeMember: 7,
  /** lock, invitee, sent today, sent to the address, invitation, older links, invitation; event, security event, audit */
  inviteMember: 10,
  /** page, total */
  listInvitations: 2,
  /** lock, invitation, update, links; audit */
  revokeInvitation: 5,
  /**
   * token, invitation, user; lock, token, invitation, inviter, user, address, standing, membership, invitation; notification,
   * security event, audit
   */
  acceptInvitation: 15,

  /** page, total, names of those who made them */
  listApiKeys: 3,
  /** lock, key; audit, security event */
  createApiKey: 4,
  /** lock, update, who made it; notification, audit, security event */
  rotateApiKey: 6,
  /** lock, update; notification, audit, security event */
  revokeApiKey: 5,
  /** page, total */
  listIpRules: 2,
  /** lock, rules, rule; notification, audit, security event */
  createIpRule: 6,
  /** lock, rules, delete; notification, audit, security event */
  deleteIpRule: 6,

  /** known */
  listConfigurations: 0,
  getConfigurationValue: 0,
  /** configuration; one more row than the slice shows */
  listConfigurationVersions: 2,
  /** lock, configuration, configuration with its version; notification, audit */
  setConfiguration: 5,
  /** lock, configuration, version, configuration with its version; notification, audit */
  restoreConfiguration: 6,
  /** lock, configuration, delete; notification, audit */
  deleteConfiguration: 5,

  /** page, total */
  listTenants: 2,
  /** policy; tenant, owner, membership, choice of plan, plan, subscription, wallet; change, notification, audit, two events */
  createTenant: 13,
  getTenant: 1,
  /** lock, update; audit */
  updateTenant: 3,
  /** lock, update; notification, audit, event */
  deleteTenant: 5,
  suspendTenant: 5,
  activateTenant: 5,
  getTenantSettings: 1,
  /** lock, settings, replace; audit */
  updateTenantSettings: 4,
  getTenantBranding: 1,
  /** lock, branding, replace; audit */
  updateTenantBranding: 4,
  /** tenant; lock, branding, replace; audit */
  uploadTenantLogo: 5,
  downloadTenantLogo: 1,
  /** what tenancy knows, subscription */
  getOnboarding: 2,
  /** lock, what tenancy knows, subscription, step; audit */
  completeOnboardingStep: 5,
  /** inventory, new people, invoices */
  getTenantAnalytics: 3,
  /** page, total */
  listTenantUsers: 2,
  /** page, total, tenant */
  listTenantInvoices: 3,

  /** page, total */
  listLibraries: 2,
  /** tenant, library; audit */
  createLibrary: 3,
  getLibrary: 1,
  /** lock, update; audit */
  updateLibrary: 3,
  /** lock, its people, delete; audit */
  deleteLibrary: 4,
  /** page, total */
  listPlatformUsers: 2,
  listOwners: 2,
  listStudents: 2,
  listParents: 2,
  listStaff: 2,
  /** person, relatives */
  getPlatformUser: 2,
  getOwner: 2,
  getStudent: 2,
  getParent: 2,
  getStaffMember: 2,
  /** library, students, person, guardianships; audit */
  createPlatformUser: 5,
  /** lock, relatives, library, students, update, guardianships; audit */
  updatePlatformUser: 7,
  /** lock, relatives, update; audit */
  activatePlatformUser: 4,
  deactivatePlatformUser: 4,
  /** lock, relatives, delete; audit */
  deletePlatformUser: 4,
  /** by kind, by month, by library */
  getPlatformUserAnalytics: 3,
  /** person, relatives; one more row than the slice shows */
  listPlatformUserActivity: 3,
  /** lock, abandoned ones, unfinished ones, export; audit, event */
  exportPlatformUsers: 6,
  /** lock, abandoned ones, the newest, unfinished ones, export; audit, event */
  exportTenant: 7,
  /** page, total */
  listExports: 2,
  getExport: 1,
  downloadExport: 1,
  /** export, delete; audit, event */
  deleteExport: 4,
  getTenantPurge: 1,
  /** the coming file; import, file, audit, event */
  importPlatformUsers: 5,
  /** page, total */
  listPlatformUserImports: 2,
  getPlatformUserImport: 1,
  /** import; one more row than the slice shows */
  listPlatformUserImportErrors: 2,
  /** import, report */
  downloadPlatformUserImportErrors: 2,

  /** what is taken; organization with its admin, storage; audit */
  createOrganization: 4,
  getOrganization: 1,
  /** admin, organization; into its storage, documents, and back; rename, audit */
  updateOrganization: 7,
  /** admin, organization; delete, audit, event */
  deleteOrganization: 5,
  /** admin, two throttles, their refund; last sign-in, throttle of the account, audit */
  signInOrganizationAdmin: 7,
  /** admin; into its storage, page, total, and back */
  listOrganizationDocuments: 5,
  /** admin; into its storage, documents, and back; audit */
  createOrganizationDocuments: 5,
  /** admin; into its storage, document, and back */
  getOrganizationDocument: 4,
  /** admin; into its storage, lock, and back; again with the document; audit */
  replaceOrganizationDocument: 8,
  patchOrganizationDocument: 8,
  deleteOrganizationDocument: 8,
  /** admin; into its storage, documents, and back, for each batch, and once to see that there are no more */
  exportOrganizationDocuments: 7,

  /** page, total */
  listPlans: 2,
  /** plan; audit */
  createPlan: 2,
  getPlan: 1,
  /** read, update; audit, and what other processes are to forget */
  updatePlan: 4,
  /** read, its subscriptions, delete or archive; audit */
  deletePlan: 4,

  /** page, total */
  listCoupons: 2,
  /** coupon; audit */
  createCoupon: 2,
  /** lock, delete; audit */
  deleteCoupon: 3,
  /** page, total */
  listSubscriptions: 2,
  getSubscription: 1,
  /**
   * plan, coupon, redemption counted, earlier trials, subscription, redemption, what is pending; tenant, tax rates, invoice, tenant,
   * number, update, booking; what was pending, last movement, movement; change, two events, two audit entries, notification
   */
  createSubscription: 21,
  /** lock, what is written; then as changeSubscriptionPlan without its lock */
  updateSubscription: 24,
  /**
   * lock, plan, coupon, what is pending, usage; tenant, tax rates, invoice, tenant, number, update, booking, what is given back;
   * update, last movement, movement; change, two events, two audit entries, notification
   */
  cancelSubscription: 22,
  /** lock, coupon, update, last movement; change, event, audit, notification */
  pauseSubscription: 8,
  resumeSubscription: 8,
  /** as cancelSubscription; what was pending is taken up */
  changeSubscriptionPlan: 22,
  /** subscription, plan, coupon, what is pending, usage; tenant, tax rates */
  previewSubscriptionChange: 7,
  renewSubscription: 22,
  /** subscription; one more row than the slice shows */
  listSubscriptionChanges: 2,
  /** subscription; page, total */
  listSubscriptionInvoices: 3,
  /** subscription, plan, sums */
  getSubscriptionUsage: 3,
  /** lock, known events, plan, events; audit */
  addSubscriptionUsage: 5,

  /** page, total */
  listTaxRates: 2,
  /** rate; audit */
  createTaxRate: 2,
  /** lock, update; audit */
  updateTaxRate: 3,

  /** page, total */
  listInvoices: 2,
  listFiles: 2,
  getFile: 1,
  downloadFile: 1,
  /** limits, the coming file with what is stored; lock, row, audit */
  uploadFile: 5,
  /** row; audit, event */
  deleteFile: 3,
  /** tenant, tax rates, invoice with its items; audit */
  createInvoice: 4,
  /** invoice, items, credit notes, payments */
  getInvoice: 4,
  /** lock, items, tenant, tax rates, update, items out, items in, invoice, items; audit */
  updateInvoice: 10,
  /** lock, items, delete; audit */
  deleteInvoice: 4,
  /** lock, items, tenant, number, update, booking; event, audit */
  sendInvoice: 8,
  /** lock, items, payments, update, booking, its reversal, credit notes, payments; event, audit */
  voidInvoice: 10,
  /** lock, items, payments, what was credited, tenant, number, note, invoice, booking; two events, audit */
  createCreditNote: 12,
  /** invoice, items, note */
  downloadCreditNote: 3,
  /** invoice, items */
  downloadInvoice: 2,

  /** page, total */
  /** page, total */
  listPaymentMethods: 2,
  /** methods, default, row; audit */
  createPaymentMethod: 4,
  /** methods, lock, update; audit */
  updatePaymentMethod: 4,
  /** methods, lock, subscriptions, row; audit */
  deletePaymentMethod: 5,
  /** tenant, payment, page, audit; page, its address, attempt, page */
  createCheckout: 8,
  /** row; event, audit */
  receiveGatewayEvent: 3,
  /** page, total */
  listGatewayEvents: 2,
  /** lock, row; event, audit */
  replayGatewayEvent: 4,
  listPayments: 2,
  listTenantPayments: 2,
  listFailedPayments: 2,
  listRefunds: 2,
  /** one more row than the page tells whether another follows */
  listLedger: 1,
  getLedgerBalances: 1,
  /** a statement each check; four of them are the credits' */
  getReconciliation: 20,
  /** payment, attempts, refunds, disputes */
  getPayment: 4,
  /** lock, disputes, insert, reserve, audit; refund, payment; refund, invoice, payment and refund locked, attempt, update, what is owed, booking, refund; event */
  createRefund: 17,
  /** payment, lock of its invoice, newer ones, its method; then as a payment of an invoice */
  retryPayment: 25,
  /** lock, others, method, insert; audit; payment, method; payment, lock of invoice and payment, attempt, own fees, update, booking, the invoice's lock, items and update, payment; two events, audit */
  payInvoice: 21,
  getPaymentAnalytics: 1,
  getPaymentReport: 1,
  /** own fees, settlements; the platform's are known */
  getPaymentSettings: 2,
  /** lock, insert or update; audit, notification */
  setPaymentFees: 4,

  /** wallet, balances, grants */
  getMasterWallet: 3,
  getCreditWallet: 3,
  /** wallet, booking, operation; event, audit */
  topUpMasterWallet: 5,
  /** page, total, balances */
  listCreditWallets: 3,
  /** wallet, stock, booking, operation; event, audit of both sides */
  addCredits: 7,
  /** wallet, booking, operation; audit */
  deductCredits: 4,
  /** both wallets, booking, operation; event, audit of both sides */
  transferCredits: 7,
  /** wallet; one more row than the slice shows */
  listWalletTransactions: 2,
  listCreditTransactions: 1,

  /** one more row than the page tells whether another follows */
  listAuditEntries: 1,

  /** sign-ins, events, second factors, lock-outs, sessions */
  getSecurityOverview: 5,
  /** one more row than the page tells whether another follows */
  listSecurityEvents: 1,
  listLoginAttempts: 1,
  /** page, total */
  listLockouts: 2,
  /** lock; delete, audit, security event */
  removeLockout: 4,
  getSecurityPolicy: 1,
  /** what it stands under, lock, insert or update; audit, security event */
  updateSecurityPolicy: 5,
  /** page, total */
  listSecuritySessions: 2,
  /** lock; session, notification, audit, security event */
  revokeSecuritySession: 5,

  /** page, total */
  listAdminUsers: 2,
  /** lock, insert; event, security event, audit */
  createAdminUser: 5,
  getAdminUserAnalytics: 1,
  getAdminUserPermissions: 0,
  getAdminUser: 1,
  /** lock, update; audit */
  updateAdminUser: 3,
  /** lock, update, sessions, mailed links; notification, security event, audit */
  deleteAdminUser: 7,
  /** lock, update, sessions; notification, security event, audit */
  setAdminUserPermissions: 6,
  /** operator; one more row than the slice shows */
  listAdminUserActivity: 2,
  /** lock; event, audit */
  inviteAdminUser: 3,
  resetAdminUserPassword: 3,
  /** lock, update, sessions; notification, security event, audit */
  setAdminUserTwoFactor: 6,
  /** operator, page, total */
  listAdminUserSessions: 3,
  /** lock, session; session, notification, security event, audit */
  revokeAdminUserSession: 6,
  /** page, total */
  listUsers: 2,
  /** user, memberships */
  getUser: 2,
  /** lock, update, memberships; audit */
  updateUser: 4,
  /** lock, owned tenants, sessions; authenticator, codes, challenges, mailed links; memberships, user; notification, audit */
  deleteUser: 11,
  /** operator, tenant, user; session, impersonation, audit, security event, event */
  startImpersonation: 8,

  checkLiveness: 0,
  checkReadiness: 1,
  /** backlog of the relay, backlog of the sealer */
  getMetrics: 2,
  getOpenApiDocument: 0,
  getDocs: 0,
  getAccountPages: 0,
  getSandboxPages: 0,
};

const textsDuring = async (work: () => Promise<unknown>): Promise<string[]> =>
  (await recordStatements(work)).statements.map(({ text }) => text);

const endpointOf = (operationId: string): DescribedEndpoint => {
  const found = endpoints.find((endpoint) => endpoint.operationId === operationId);
  if (found === undefined) throw new Error(`There is no operation ${operationId}`);
  return found;
};

test('every endpoint has a reviewed count, and no other', () => {
  const operations = endpoints.map(({ operationId }) => operationId);
  const withoutCount = operations.filter((operation) => reviewedCounts[operation] === undefined);
  const withoutEndpoint = Object.keys(reviewedCounts).filter((operation) => !operations.includes(operation));
  expect({ withoutCount, withoutEndpoint }).toEqual({ withoutCount: [], withoutEndpoint: [] });
});

describe.each([1, 50])('with %i of everything', (size) => {
  let app: TestApp;
  let scene: Scene;

  beforeAll(async () => {
    app = await startTestApp();
    scene = await setScene(app, size);
  });

  afterAll(() => app.close());

  const lists = endpoints.filter(({ success }) => 'page' in success || 'slice' in success);

  test('every list has as many rows, or a few more', async () => {
    const tooShort: string[] = [];
    for (const endpoint of lists) {
      const [caller] = callersOf(endpoint).slice(-1);
      const client = (await caller?.signIn(scene)) ?? app.http;
      const answer = await callEndpoint(endpoint, client, await inputOf(endpoint, scene));
      const rows: unknown[] = answer.body.data.filter((row: { isSystem?: boolean }) => row.isSystem !== true);
      if (rows.length < size) tooShort.push(`${endpoint.operationId}: ${rows.length}`);
    }
    expect(tooShort).toEqual([]);
    expect(lists.length).toBeGreaterThan(0);
  });

  const calls = endpoints.flatMap((endpoint) =>
    callersOf(endpoint).map((caller) => [endpoint.operationId, caller.name, endpoint, caller] as const),
  );

  test.each(calls)('%s %s sends as many statements as reviewed', async (operationId, _name, endpoint, caller) => {
    await callEndpoint(endpoint, await caller.signIn(scene), await inputOf(endpoint, scene));
    const client = await caller.signIn(scene);
    const input = await inputOf(endpoint, scene);

    const texts = await textsDuring(() => callEndpoint(endpoint, client, input));

    expect(texts).toHaveLength(reviewedCounts[operationId] ?? Number.NaN);
  });
});

describe('besides', () => {
  let app: TestApp;
  let scene: Scene;

  beforeAll(async () => {
    app = await startTestApp();
    scene = await setScene(app, 2);
  });

  afterAll(() => app.close());

  const countOf = async (operationId: string, client: HttpClient, input: EndpointInput, key?: string) => {
    const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
    return (await textsDuring(() => callEndpoint(endpointOf(operationId), client, input, headers))).length;
  };

  /** What `prepare` reads, which a repetition does as well: the policy for the owner's password. */
  const readBeforeKey: Readonly<Record<string, number>> = { createTenant: 1 };

  /** The key is taken and answered in transactions of their own: a gateway is asked between them. */
  const inPhases = new Set(['createRefund', 'retryPayment', 'payInvoice', 'createCheckout']);

  const idempotent = endpoints
    .filter((endpoint) => endpoint.idempotent)
    .map((endpoint) => [endpoint.operationId, endpoint] as const);

  test.each(idempotent)('a key costs %s two statements, and its repetition one', async (operationId, endpoint) => {
    const [caller] = callersOf(endpoint);
    const client = (await caller?.signIn(scene)) ?? app.http;
    const input = await inputOf(endpoint, scene);
    const key = randomUUID();

    const counts = [await countOf(operationId, client, input, key), await countOf(operationId, client, input, key)];

    const ofKey = inPhases.has(operationId) ? 4 : 2;
    expect(counts).toEqual([
      (reviewedCounts[operationId] ?? Number.NaN) + ofKey,
      1 + (readBeforeKey[operationId] ?? 0),
    ]);
  });

  test('the first download of a document reads the tenant, keeps the key and records it', async () => {
    const params = { id: await scene.anOpenInvoice() };
    expect(await countOf('downloadInvoice', scene.inTenant, { params })).toBe(5);
  });

  test('a configuration that is new is counted first', async () => {
    const body = scene.configurationFields();
    const texts = await textsDuring(() => scene.inTenant.put('/api/configurations', body));
    expect(texts).toHaveLength((reviewedCounts.setConfiguration ?? Number.NaN) + 1);
  });

  test('a token and a tenant are read once', async () => {
    const id = await scene.aTenantOfItsOwn();
    const stranger = (await scene.signInOperator()).with({ 'x-tenant-id': id });
    const counts = [];
    for (let call = 1; call <= 3; call += 1) counts.push(await countOf('getTenant', stranger, { params: { id } }));
    expect(counts).toEqual([3, 1, 1]);
  });
});
