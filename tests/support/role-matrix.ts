/** Everybody who may knock. `restricted` still owes a second factor; `impersonator` is an admin in an owner's place. */
export const audiences = [
  'anonymous',
  'super_admin',
  'admin',
  'owner',
  'manager',
  'staff',
  'member',
  'singer',
  'restricted',
  'impersonator',
] as const;

export type Audience = (typeof audiences)[number];

const superAdmins = ['super_admin'] as const;
const operators = ['super_admin', 'admin'] as const;
const people = ['super_admin', 'admin', 'owner', 'manager', 'staff', 'member', 'singer'] as const;

/**
 * Who gets past the door of which operation. Written by hand, from what each role is for and not from the code; whoever changes
 * a permission changes it here on purpose. An operator works on the platform, or names a tenant where the operation needs one.
 */
const matrix: readonly (readonly [readonly Audience[], readonly string[]])[] = [
  [
    audiences,
    [
      'login',
      'refreshTokens',
      'signUp',
      'verifyEmail',
      'resendVerification',
      'requestPasswordReset',
      'resetPassword',
      'requestMagicLink',
      'verifyMagicLink',
      'verifyTwoFactor',
      'acceptInvitation',
      'createOrganization',
      'getOrganization',
      'signInOrganizationAdmin',
      'signUpSinger',
      'signInSinger',
      'refreshSingerTokens',
      'requestSingerPasswordReset',
      'resetSingerPassword',
      'verifySingerEmail',
      'requestSingerMagicLink',
      'verifySingerTwoFactor',
      'checkLiveness',
      'checkReadiness',
      'getOpenApiDocument',
    ],
  ],

  // Their own account.
  [
    [...people, 'restricted', 'impersonator'],
    ['logout', 'signOutSinger', 'getMe'],
  ],
  [
    [...people, 'restricted'],
    ['setUpTwoFactor', 'setUpSingerTwoFactor'],
  ],
  [[...people, 'impersonator'], ['checkPermissions']],
  [
    people,
    [
      'updateMe',
      'changePassword',
      'listOwnSessions',
      'revokeOwnSession',
      'revokeOtherSessions',
      'switchContext',
      'disableTwoFactor',
      'createRecoveryCodes',
    ],
  ],

  // What everybody in a tenant sees.
  [
    [...operators, 'owner', 'manager', 'staff', 'member', 'impersonator'],
    [
      'listTenants',
      'getTenant',
      'getTenantSettings',
      'getTenantBranding',
      'downloadTenantLogo',
      'getOnboarding',
      'getTenantAnalytics',
      'listTenantUsers',
    ],
  ],
  [
    [...operators, 'owner', 'manager', 'staff', 'impersonator'],
    [
      'listPlans',
      'getPlan',
      'listTaxRates',
      'listInvoices',
      'getInvoice',
      'downloadInvoice',
      'downloadCreditNote',
      'listTenantInvoices',
    ],
  ],
  [
    [...operators, 'owner', 'manager', 'impersonator'],
    ['listMembers', 'listInvitations', 'listPermissions', 'listRoles', 'getRole', 'listMemberRoles'],
  ],

  // What managers and owners see of money, and do with it.
  [
    [...operators, 'owner', 'manager', 'impersonator'],
    [
      'listPaymentMethods',
      'listPayments',
      'getPayment',
      'listTenantPayments',
      'listRefunds',
      'listLedger',
      'getLedgerBalances',
      'getReconciliation',
      'listFailedPayments',
      'getPaymentAnalytics',
      'getPaymentReport',
      'getPaymentSettings',
    ],
  ],
  [
    [...operators, 'owner', 'manager', 'impersonator'],
    ['retryPayment', 'createCheckout'],
  ],
  [
    [...operators, 'owner', 'impersonator'],
    ['createRefund', 'createPaymentMethod', 'updatePaymentMethod', 'deletePaymentMethod'],
  ],

  // What the staff of a library work with every day, and what its managers arrange.
  [
    [...operators, 'owner', 'manager', 'staff', 'impersonator'],
    [
      'listConfigurations',
      'getConfigurationValue',
      'listConfigurationVersions',
      'listFiles',
      'getFile',
      'downloadFile',
      'listLibraries',
      'getLibrary',
      'listPlatformUsers',
      'createPlatformUser',
      'getPlatformUser',
      'updatePlatformUser',
      'activatePlatformUser',
      'deactivatePlatformUser',
      'listPlatformUserActivity',
      'getPlatformUserAnalytics',
      'listOwners',
      'getOwner',
      'listStudents',
      'getStudent',
      'listParents',
      'getParent',
      'listStaff',
      'getStaffMember',
      'importPlatformUsers',
      'listPlatformUserImports',
      'getPlatformUserImport',
      'listPlatformUserImportErrors',
      'downloadPlatformUserImportErrors',
      'exportPlatformUsers',
      'listExports',
      'getExport',
      'downloadExport',
      'deleteExport',
    ],
  ],
  [
    [...operators, 'owner', 'manager', 'impersonator'],
    [
      'setConfiguration',
      'restoreConfiguration',
      'deleteConfiguration',
      'uploadFile',
      'deleteFile',
      'createLibrary',
      'updateLibrary',
      'deleteLibrary',
    ],
  ],

  // What a tenant is subscribed to.
  [
    [...operators, 'owner', 'manager', 'staff', 'impersonator'],
    [
      'listSubscriptions',
      'getSubscription',
      'previewSubscriptionChange',
      'listSubscriptionChanges',
      'listSubscriptionInvoices',
      'getSubscriptionUsage',
    ],
  ],
  [
    [...operators, 'owner', 'impersonator'],
    [
      'createSubscription',
      'updateSubscription',
      'cancelSubscription',
      'pauseSubscription',
      'resumeSubscription',
      'changeSubscriptionPlan',
      'renewSubscription',
      'addSubscriptionUsage',
    ],
  ],
  [operators, ['listCoupons', 'createCoupon', 'deleteCoupon']],

  // What owners decide, and operators for them.
  [
    [...operators, 'owner', 'impersonator'],
    ['updateTenantSettings', 'updateTenantBranding', 'uploadTenantLogo', 'completeOnboardingStep', 'exportTenant'],
  ],
  [
    [...operators, 'owner', 'impersonator'],
    ['updateTenant', 'listAuditEntries', 'deletePlatformUser'],
  ],
  [
    [...operators, 'owner', 'impersonator'],
    [
      'getSecurityOverview',
      'listSecurityEvents',
      'listLoginAttempts',
      'listLockouts',
      'listIpRules',
      'getSecurityPolicy',
      'listSecuritySessions',
    ],
  ],
  [
    [...operators, 'owner'],
    [
      'updateMember',
      'removeMember',
      'inviteMember',
      'revokeInvitation',
      'createRole',
      'updateRole',
      'setRolePermissions',
      'deleteRole',
      'assignRole',
      'removeMemberRole',
      'listApiKeys',
      'createApiKey',
      'rotateApiKey',
      'revokeApiKey',
      'removeLockout',
      'createIpRule',
      'deleteIpRule',
      'updateSecurityPolicy',
      'revokeSecuritySession',
    ],
  ],

  // Credits: tenants look at their own, operators move them.
  [
    [...operators, 'owner', 'manager', 'impersonator'],
    ['listCreditWallets', 'getCreditWallet', 'listWalletTransactions', 'listCreditTransactions'],
  ],
  [operators, ['getMasterWallet', 'topUpMasterWallet', 'addCredits', 'deductCredits', 'transferCredits']],

  // What operators do.
  [
    operators,
    [
      'createTenant',
      'getTenantPurge',
      'suspendTenant',
      'activateTenant',
      'startImpersonation',
      'createPlan',
      'updatePlan',
      'deletePlan',
      'createTaxRate',
      'updateTaxRate',
      'createInvoice',
      'updateInvoice',
      'deleteInvoice',
      'sendInvoice',
      'voidInvoice',
      'createCreditNote',
      'payInvoice',
      'setPaymentFees',
      'listGatewayEvents',
      'replayGatewayEvent',
      'listAdminUsers',
      'getAdminUserAnalytics',
      'getAdminUserPermissions',
      'getAdminUser',
      'listAdminUserActivity',
      'listAdminUserSessions',
      'listUsers',
      'getUser',
    ],
  ],
  [
    superAdmins,
    [
      'deleteTenant',
      'createAdminUser',
      'updateAdminUser',
      'deleteAdminUser',
      'setAdminUserPermissions',
      'inviteAdminUser',
      'resetAdminUserPassword',
      'setAdminUserTwoFactor',
      'revokeAdminUserSession',
      'updateUser',
      'deleteUser',
    ],
  ],

  // Admins of organizations, who are no users.
  [
    [],
    [
      'updateOrganization',
      'deleteOrganization',
      'listOrganizationDocuments',
      'createOrganizationDocuments',
      'getOrganizationDocument',
      'replaceOrganizationDocument',
      'patchOrganizationDocument',
      'deleteOrganizationDocument',
      'exportOrganizationDocuments',
    ],
  ],

  // Machines with a token of their own.
  [[], ['getMetrics', 'receiveGatewayEvent']],
];

/** By operationId. */
export const audienceOf: ReadonlyMap<string, ReadonlySet<Audience>> = new Map(
  matrix.flatMap(([who, operations]) => operations.map((operation) => [operation, new Set(who)] as const)),
);
