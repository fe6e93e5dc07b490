import type { DescribedEndpoint } from '../../../src/http/openapi/described-endpoint.ts';
import { formWith, pixelPng } from '../../support/forms.ts';
import { anEvent, signingClient } from '../../support/gateway-events.ts';
import type { HttpAnswer, HttpClient } from '../../support/http-client.ts';
import type { Scene } from './scene.ts';

/** What is sent to an endpoint besides its address. */
export interface EndpointInput {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const onDraft = async ({ aDraft }: Scene): Promise<EndpointInput> => ({ params: { id: await aDraft() } });
const onSubscription = async ({ aSubscription }: Scene) => ({ params: { id: await aSubscription() } });
const onTenant = async ({ aTenantOfItsOwn }: Scene): Promise<EndpointInput> => ({
  params: { id: await aTenantOfItsOwn() },
});

const onOwnTenant = ({ tenantId }: Scene) => ({ params: { id: tenantId } });

const onWallet = ({ walletId }: Scene) => ({ params: { id: walletId } });

const onDocument = async ({ anOrganizationDocument }: Scene) => ({ params: { id: await anOrganizationDocument() } });

const aLogo = (): FormData => formWith('logo.png', pixelPng(), 'image/png');

const onAdminUser = async ({ anAdminUser }: Scene): Promise<EndpointInput> => ({ params: { id: await anAdminUser() } });

/** What makes a call of an endpoint succeed, by operationId; an endpoint without parameters and body needs nothing. */
const inputs: Readonly<Record<string, (scene: Scene) => EndpointInput | Promise<EndpointInput>>> = {
  login: ({ credentials }) => ({ body: credentials }),
  refreshTokens: async ({ openSession }) => ({ body: { refreshToken: (await openSession()).refreshToken } }),
  signInSinger: ({ credentials }) => ({ body: credentials }),
  refreshSingerTokens: async ({ openSession }) => ({ body: { refreshToken: (await openSession()).refreshToken } }),
  removeLockout: async ({ aLockout }) => ({ params: { id: await aLockout() } }),
  updateSecurityPolicy: () => ({
    body: { passwordMinLength: 14, twoFactor: 'optional', magicLinks: false, sessionDays: 30, sessionIdleDays: 7 },
  }),
  listSecuritySessions: ({ wayfarer }) => ({ query: { limit: '100', search: wayfarer } }),
  revokeSecuritySession: async ({ aSession }) => ({ params: { id: await aSession() } }),
  switchContext: ({ tenantId }) => ({ body: { tenantId } }),
  setUpTwoFactor: ({ credentials: { password } }) => ({ body: { password } }),
  setUpSingerTwoFactor: ({ credentials: { password } }) => ({ body: { password } }),
  verifyTwoFactor: async ({ aChallengeAnswer }) => ({ body: await aChallengeAnswer() }),
  verifySingerTwoFactor: async ({ aChallengeAnswer }) => ({ body: await aChallengeAnswer() }),
  disableTwoFactor: ({ carefulProof }) => ({ body: carefulProof() }),
  createRecoveryCodes: ({ carefulProof }) => ({ body: { password: carefulProof().password } }),
  signUp: async ({ newcomer }) => ({ body: await newcomer() }),
  signUpSinger: async ({ newcomer }) => ({ body: await newcomer() }),
  verifyEmail: async ({ aMailedToken }) => ({ body: { token: await aMailedToken('email_verification') } }),
  verifySingerEmail: async ({ aMailedToken }) => ({ body: { token: await aMailedToken('email_verification') } }),
  resendVerification: async ({ somebodyWaiting }) => ({ body: { email: await somebodyWaiting() } }),
  requestPasswordReset: async ({ somebodyWaiting }) => ({ body: { email: await somebodyWaiting() } }),
  requestSingerPasswordReset: async ({ somebodyWaiting }) => ({ body: { email: await somebodyWaiting() } }),
  requestMagicLink: async ({ somebodyWaiting }) => ({ body: { email: await somebodyWaiting() } }),
  requestSingerMagicLink: async ({ somebodyWaiting }) => ({ body: { email: await somebodyWaiting() } }),
  resetPassword: async (scene) => ({ body: await scene.aPasswordReset() }),
  resetSingerPassword: async (scene) => ({ body: await scene.aPasswordReset() }),
  verifyMagicLink: async ({ aMailedToken }) => ({ body: { token: await aMailedToken('magic_link') } }),
  changePassword: ({ credentials: { password } }) => ({ body: { currentPassword: password, newPassword: password } }),
  updateMe: () => ({ body: { phone: '+91 80 4718 2200' } }),
  revokeOwnSession: async ({ anOwnSession }) => ({ params: { id: await anOwnSession() } }),
  listAdminUsers: ({ colleague }) => ({ query: { limit: '100', search: colleague } }),
  createAdminUser: ({ adminUserFields }) => ({ body: adminUserFields() }),
  getAdminUser: onAdminUser,
  updateAdminUser: async (scene) => ({ ...(await onAdminUser(scene)), body: { name: 'Another name' } }),
  deleteAdminUser: onAdminUser,
  setAdminUserPermissions: async (scene) => ({
    ...(await onAdminUser(scene)),
    body: { permissions: ['admin-users:read'] },
  }),
  listAdminUserActivity: ({ busyOperatorId }) => ({ params: { id: busyOperatorId }, query: { limit: '100' } }),
  inviteAdminUser: async ({ anInvitedAdminUser }) => ({ params: { id: await anInvitedAdminUser() } }),
  resetAdminUserPassword: onAdminUser,
  setAdminUserTwoFactor: async (scene) => ({ ...(await onAdminUser(scene)), body: { enabled: true } }),
  listAdminUserSessions: ({ busyOperatorId }) => ({ params: { id: busyOperatorId }, query: { limit: '100' } }),
  revokeAdminUserSession: async ({ anAdminUserSession }) => ({ params: await anAdminUserSession() }),
  listUsers: ({ colleague }) => ({ query: { limit: '100', search: colleague } }),
  getUser: async ({ aUser }) => ({ params: { id: await aUser() } }),
  updateUser: async ({ aUser }) => ({ params: { id: await aUser() }, body: { name: 'Another name' } }),
  deleteUser: async ({ aUser }) => ({ params: { id: await aUser() } }),
  startImpersonation: ({ tenantId }) => ({ params: { id: tenantId }, body: { reason: 'An invoice is missing.' } }),
  checkPermissions: () => ({ body: { permissions: ['members:read', 'members:write'] } }),
  createRole: ({ roleFields }) => ({ body: roleFields() }),
  getRole: async ({ aRole }) => ({ params: { id: await aRole() } }),
  updateRole: async ({ aRole }) => ({ params: { id: await aRole() }, body: { description: 'At the door' } }),
  setRolePermissions: async ({ aRole }) => ({ params: { id: await aRole() }, body: { permissions: ['audit:read'] } }),
  deleteRole: async ({ aRole }) => ({ params: { id: await aRole() } }),
  listMemberRoles: async ({ aReader }) => ({ params: { userId: (await aReader()).userId } }),
  assignRole: async ({ aReader, aRole }) => ({
    params: { userId: (await aReader()).userId },
    body: { roleId: await aRole() },
  }),
  removeMemberRole: async ({ aReader }) => ({ params: { userId: (await aReader()).userId, roleId: 'staff' } }),
  listMembers: ({ tenantId, regular }) => ({ params: { id: tenantId }, query: { limit: '100', search: regular } }),
  updateMember: async ({ tenantId, aReader }) => ({
    params: { id: tenantId, userId: (await aReader()).userId },
    body: { role: 'manager' },
  }),
  removeMember: async ({ tenantId, aReader }) => ({ params: { id: tenantId, userId: (await aReader()).userId } }),
  inviteMember: async ({ tenantId, aGuest }) => ({
    params: { id: tenantId },
    body: { email: await aGuest(), role: 'staff' },
  }),
  listInvitations: ({ tenantId }) => ({ params: { id: tenantId }, query: { limit: '100', status: 'pending' } }),
  revokeInvitation: async ({ tenantId, anInvitation }) => ({
    params: { id: tenantId, invitationId: (await anInvitation()).id },
  }),
  acceptInvitation: async ({ anInvitation }) => ({ body: { token: (await anInvitation()).token } }),
  createApiKey: () => ({ body: { name: 'Passing', scopes: ['tenants:read'], expiresInDays: 30 } }),
  rotateApiKey: async ({ anApiKey }) => ({ params: { id: await anApiKey() }, body: { overlapHours: 1 } }),
  revokeApiKey: async ({ anApiKey }) => ({ params: { id: await anApiKey() } }),
  createIpRule: async ({ ipRuleFields }) => ({ body: await ipRuleFields() }),
  deleteIpRule: async ({ anIpRule }) => ({ params: { id: await anIpRule() } }),
  listConfigurations: ({ configurationCategory }) => ({ query: { limit: '100', category: configurationCategory } }),
  setConfiguration: ({ busyConfiguration }) => ({ body: { ...busyConfiguration, value: 40 } }),
  getConfigurationValue: ({ busyConfiguration }) => ({ params: busyConfiguration }),
  deleteConfiguration: async ({ aConfiguration }) => ({ params: await aConfiguration() }),
  listConfigurationVersions: ({ busyConfiguration }) => ({ params: busyConfiguration, query: { limit: '100' } }),
  restoreConfiguration: ({ busyConfiguration }) => ({ params: busyConfiguration, body: { version: 1 } }),
  createTenant: ({ tenantFields }) => ({ body: tenantFields() }),
  getTenant: ({ tenantId }) => ({ params: { id: tenantId } }),
  updateTenant: ({ tenantId }) => ({ params: { id: tenantId }, body: { phone: '+91 80 4718 2200' } }),
  getTenantSettings: onOwnTenant,
  updateTenantSettings: (scene) => ({ ...onOwnTenant(scene), body: { weekStart: 'sunday' } }),
  getTenantBranding: onOwnTenant,
  updateTenantBranding: (scene) => ({ ...onOwnTenant(scene), body: { font: 'lora' } }),
  uploadTenantLogo: (scene) => ({ ...onOwnTenant(scene), body: aLogo() }),
  downloadTenantLogo: async (scene) => {
    await scene.inTenant.post(`/api/tenants/${scene.tenantId}/branding/logo`, aLogo());
    return onOwnTenant(scene);
  },
  getOnboarding: onOwnTenant,
  completeOnboardingStep: async (scene) => {
    const { app, tenantId } = scene;
    await app.rows("update tenants set phone = '+91 80 4718 2200', address_lines = '{Lake Road}' where id = $1", [
      tenantId,
    ]);
    await app.rows('delete from onboarding_steps where tenant_id = $1', [tenantId]);
    return { ...onOwnTenant(scene), body: { step: 'profile' } };
  },
  getTenantAnalytics: onOwnTenant,
  listTenantUsers: (scene) => ({ ...onOwnTenant(scene), query: { limit: '100', search: scene.regular } }),
  listTenantInvoices: (scene) => ({ ...onOwnTenant(scene), query: { limit: '100' } }),
  deleteTenant: onTenant,
  suspendTenant: async (scene) => ({ ...(await onTenant(scene)), body: { reason: 'Overdue' } }),
  activateTenant: onTenant,
  listLibraries: ({ libraryName }) => ({ query: { limit: '100', search: libraryName } }),
  createLibrary: ({ libraryFields }) => ({ body: libraryFields() }),
  getLibrary: async ({ aLibrary }) => ({ params: { id: await aLibrary() } }),
  updateLibrary: async ({ aLibrary }) => ({ params: { id: await aLibrary() }, body: { seats: 20 } }),
  deleteLibrary: async ({ aLibrary }) => ({ params: { id: await aLibrary() } }),
  listPlatformUsers: ({ personName }) => ({ query: { limit: '100', kind: 'student', search: personName } }),
  listOwners: ({ personName }) => ({ query: { limit: '100', search: personName } }),
  listStudents: ({ personName }) => ({ query: { limit: '100', search: personName } }),
  listParents: ({ personName }) => ({ query: { limit: '100', search: personName } }),
  listStaff: ({ personName }) => ({ query: { limit: '100', search: personName } }),
  getOwner: async ({ anOwner }) => ({ params: { id: await anOwner() } }),
  getStudent: async ({ aStudent }) => ({ params: { id: await aStudent() } }),
  getParent: async ({ aParent }) => ({ params: { id: await aParent() } }),
  getStaffMember: async ({ aStaffMember }) => ({ params: { id: await aStaffMember() } }),
  createPlatformUser: async ({ parentFields }) => ({ body: await parentFields() }),
  getPlatformUser: async ({ aParent }) => ({ params: { id: await aParent() } }),
  updatePlatformUser: async ({ aParent, parentFields }) => {
    const { kind: _kind, ...body } = await parentFields();
    return { params: { id: await aParent() }, body };
  },
  deletePlatformUser: async ({ aStudent }) => ({ params: { id: await aStudent() } }),
  activatePlatformUser: async ({ anInactivePerson }) => ({ params: { id: await anInactivePerson() } }),
  deactivatePlatformUser: async ({ aStaffMember }) => ({ params: { id: await aStaffMember() } }),
  importPlatformUsers: () => ({ body: formWith('people.csv', 'kind,name,email\nstudent,Lena,lena@patrons.example\n') }),
  getPlatformUserImport: async ({ anImport }) => ({ params: { id: await anImport() } }),
  listPlatformUserImportErrors: async ({ anImport }) => ({ params: { id: await anImport() }, query: { limit: '100' } }),
  downloadPlatformUserImportErrors: async ({ anImport }) => ({ params: { id: await anImport() } }),
  exportPlatformUsers: async ({ endExports }) => {
    await endExports();
    return { body: { format: 'csv', kind: 'student' } };
  },
  exportTenant: async (scene) => {
    await scene.endExports();
    return { ...onOwnTenant(scene), query: { fresh: 'true' } };
  },
  getExport: async ({ anExport }) => ({ params: { id: await anExport() } }),
  downloadExport: async ({ anExport }) => ({ params: { id: await anExport() } }),
  deleteExport: async ({ anExport }) => ({ params: { id: await anExport() } }),
  getTenantPurge: async ({ aPurgedTenant }) => ({ params: { id: await aPurgedTenant() } }),
  listPlatformUserActivity: ({ busyPersonId }) => ({ params: { id: busyPersonId }, query: { limit: '100' } }),
  createOrganization: ({ organizationFields }) => ({ body: organizationFields() }),
  getOrganization: async ({ anOrganizationName }) => ({ query: { organization_name: await anOrganizationName() } }),
  updateOrganization: ({ organizationName }) => ({
    query: { current_name: organizationName(), new_name: organizationName().toUpperCase() },
  }),
  deleteOrganization: ({ organizationName }) => ({ query: { org_name: organizationName() } }),
  signInOrganizationAdmin: async ({ organizationCredentials }) => ({ body: await organizationCredentials() }),
  listOrganizationDocuments: () => ({ query: { limit: '100', 'filter[name][exists]': 'true' } }),
  createOrganizationDocuments: () => ({ body: [{ name: 'Lena' }, { name: 'Tom' }] }),
  getOrganizationDocument: onDocument,
  replaceOrganizationDocument: async (scene) => ({ ...(await onDocument(scene)), body: { name: 'Lena' } }),
  patchOrganizationDocument: async (scene) => ({ ...(await onDocument(scene)), body: { name: null } }),
  deleteOrganizationDocument: onDocument,
  createPaymentMethod: ({ aToken }) => ({ body: { token: aToken() } }),
  updatePaymentMethod: ({ methodId }) => ({ params: { id: methodId }, body: { label: 'Scene', isDefault: true } }),
  deletePaymentMethod: async ({ aMethod }) => ({ params: { id: await aMethod() } }),
  createCheckout: ({ collection }) => ({ body: collection }),
  receiveGatewayEvent: () => ({ params: { gateway: 'sandbox' }, body: anEvent() }),
  replayGatewayEvent: ({ gatewayEventId }) => ({ params: { id: gatewayEventId } }),
  listPayments: () => ({ query: { limit: '100', search: 'scene payment' } }),
  listTenantPayments: (scene) => ({ ...onOwnTenant(scene), query: { limit: '100', search: 'scene payment' } }),
  listFailedPayments: () => ({ query: { limit: '100', search: 'scene failure' } }),
  listRefunds: ({ paymentId }) => ({ query: { limit: '100', paymentId } }),
  getPayment: ({ paymentId }) => ({ params: { id: paymentId } }),
  createRefund: async ({ aPayment }) => ({ body: { paymentId: await aPayment() } }),
  retryPayment: async ({ aFailedPayment }) => ({ params: { id: await aFailedPayment() }, body: {} }),
  payInvoice: async ({ anUnpaidInvoice }) => ({
    params: { id: await anUnpaidInvoice() },
    body: { through: 'gateway' },
  }),
  setPaymentFees: ({ feesOfItsOwn }) => ({ body: feesOfItsOwn() }),
  createCoupon: ({ couponFields }) => ({ body: couponFields() }),
  deleteCoupon: async ({ aCoupon }) => ({ params: { id: await aCoupon() } }),
  createSubscription: async ({ aSubscriptionOrder }) => ({ body: await aSubscriptionOrder() }),
  getSubscription: onSubscription,
  updateSubscription: async (scene) => ({ ...(await onSubscription(scene)), body: { quantity: 2, metadata: {} } }),
  cancelSubscription: async (scene) => ({ ...(await onSubscription(scene)), body: { when: 'now' } }),
  pauseSubscription: async (scene) => ({ ...(await onSubscription(scene)), body: {} }),
  resumeSubscription: async ({ aPausedSubscription }) => ({ params: { id: await aPausedSubscription() } }),
  changeSubscriptionPlan: async (scene) => ({ ...(await onSubscription(scene)), body: { billingCycle: 'annual' } }),
  previewSubscriptionChange: async (scene) => ({ ...(await onSubscription(scene)), body: { billingCycle: 'annual' } }),
  renewSubscription: async ({ aDueSubscription }) => ({ params: { id: await aDueSubscription() } }),
  listSubscriptionChanges: async (scene) => ({ ...(await onSubscription(scene)), query: { limit: '100' } }),
  listSubscriptionInvoices: async (scene) => ({ ...(await onSubscription(scene)), query: { limit: '100' } }),
  getSubscriptionUsage: onSubscription,
  addSubscriptionUsage: async (scene) => ({ ...(await onSubscription(scene)), body: { events: scene.usageEvents() } }),
  topUpMasterWallet: ({ someCredits }) => ({ body: someCredits }),
  listCreditWallets: ({ size }) => ({ query: { limit: String(size) } }),
  getCreditWallet: onWallet,
  addCredits: (scene) => ({ ...onWallet(scene), body: scene.someCredits }),
  deductCredits: (scene) => ({ ...onWallet(scene), body: scene.someCredits }),
  transferCredits: (scene) => ({ ...onWallet(scene), body: { ...scene.someCredits, toWalletId: scene.otherWalletId } }),
  listWalletTransactions: (scene) => ({ ...onWallet(scene), query: { limit: '100' } }),
  listCreditTransactions: () => ({ query: { limit: '100' } }),
  createTaxRate: ({ taxRateFields }) => ({ body: taxRateFields }),
  updateTaxRate: async ({ aTaxRate }) => ({ params: { id: await aTaxRate() }, body: { percentage: '12' } }),
  createPlan: ({ planFields }) => ({ body: planFields() }),
  getPlan: ({ planId }) => ({ params: { id: planId } }),
  updatePlan: ({ planId }) => ({ params: { id: planId }, body: { trialDays: 14 } }),
  deletePlan: async ({ aPlanOfItsOwn }) => ({ params: { id: await aPlanOfItsOwn() } }),
  uploadFile: () => ({ body: formWith('notes.txt', 'Notes') }),
  getFile: async ({ aFile }) => ({ params: { id: await aFile() } }),
  downloadFile: async ({ aFile }) => ({ params: { id: await aFile() } }),
  deleteFile: async ({ aFile }) => ({ params: { id: await aFile() } }),
  createInvoice: ({ invoice }) => ({ body: invoice }),
  getInvoice: onDraft,
  updateInvoice: async (scene) => ({ ...(await onDraft(scene)), body: { items: scene.invoice.items } }),
  deleteInvoice: onDraft,
  sendInvoice: onDraft,
  voidInvoice: async ({ anOpenInvoice }) => ({ params: { id: await anOpenInvoice() } }),
  createCreditNote: async ({ anOpenInvoice }) => ({
    params: { id: await anOpenInvoice() },
    body: { reason: 'Closed' },
  }),
  downloadCreditNote: async ({ aCreditedInvoice }) => ({ params: await aCreditedInvoice() }),
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

/** What operators who name no tenant have none of. */
const needsTenant = new Set(['listRoles', 'getRole']);

/** Operations on a second factor, which the caller must have. */
const needsTwoFactor = new Set(['disableTwoFactor', 'createRecoveryCodes']);

/** Everybody whose call of an endpoint may take a way of its own. */
export function callersOf({ operationId, access: { rule } }: DescribedEndpoint): readonly Caller[] {
  switch (rule.kind) {
    case 'public':
      return [{ name: 'by anybody', signIn: ({ app }) => app.http }];
    case 'signature': {
      if (rule.scheme === 'payment-gateway') return [{ name: 'by a gateway', signIn: ({ app }) => signingClient(app) }];
      const authorization = 'Bearer metrics-token-of-a-test';
      return [{ name: 'by a machine', signIn: ({ app }) => app.http.with({ authorization }) }];
    }
    case 'organizationAdmin':
      return [{ name: "by an organization's admin", signIn: (scene) => scene.signInOrganizationAdmin() }];
    case 'user':
      if (needsTwoFactor.has(operationId)) {
        return [{ name: 'by somebody with a second factor', signIn: (scene) => scene.signInCarefully() }];
      }
      return [{ name: 'by a member', signIn: (scene) => scene.signInMember() }];
    case 'tenant':
      return rule.platformWide && !needsTenant.has(operationId) ? [inTenant, onPlatform] : [inTenant];
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
  const isMade = 'upsert' in success && answer.status === 201;
  if (answer.status !== success.status && !isSite && !isMade) {
    throw new Error(`${operationId} answered ${answer.status}: ${answer.text.slice(0, 500)}`);
  }
  return answer;
}
