import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { projectPaths } from '../../../scripts/lib/project-paths.ts';
import { createCouponRepository } from '../../../src/repositories/billing/coupon.repository.ts';
import { createCreditNoteRepository } from '../../../src/repositories/billing/credit-note.repository.ts';
import { createLedgerRepository } from '../../../src/repositories/billing/ledger.repository.ts';
import { createSubscriptionRepository } from '../../../src/repositories/billing/subscription.repository.ts';
import { createSubscriptionHistoryRepository } from '../../../src/repositories/billing/subscription-history.repository.ts';
import { createSubscriptionItemsRepository } from '../../../src/repositories/billing/subscription-items.repository.ts';
import { createCreditOperationRepository } from '../../../src/repositories/credits/credit-operation.repository.ts';
import { createWalletRepository } from '../../../src/repositories/credits/wallet.repository.ts';
import { createApiKeyRepository } from '../../../src/repositories/identity/api-key.repository.ts';
import { createIpRuleRepository } from '../../../src/repositories/identity/ip-rule.repository.ts';
import { createLoginAttemptRepository } from '../../../src/repositories/identity/login-attempt.repository.ts';
import { createMembershipRepository } from '../../../src/repositories/identity/membership.repository.ts';
import { createRoleRepository } from '../../../src/repositories/identity/role.repository.ts';
import { createSecurityEventRepository } from '../../../src/repositories/identity/security-event.repository.ts';
import { createSecurityPolicyRepository } from '../../../src/repositories/identity/security-policy.repository.ts';
import { createAuditLogRepository } from '../../../src/repositories/insight/audit-log.repository.ts';
import { createCheckoutRepository } from '../../../src/repositories/payments/checkout.repository.ts';
import { createPaymentRepository } from '../../../src/repositories/payments/payment.repository.ts';
import { createRefundRepository } from '../../../src/repositories/payments/refund.repository.ts';
import { createConfigurationRepository } from '../../../src/repositories/tenancy/configuration.repository.ts';
import { createDataExportRepository } from '../../../src/repositories/tenancy/data-export.repository.ts';
import { createDataExportRowsRepository } from '../../../src/repositories/tenancy/data-export-rows.repository.ts';
import { createGuardianshipRepository } from '../../../src/repositories/tenancy/guardianship.repository.ts';
import { createLibraryRepository } from '../../../src/repositories/tenancy/library.repository.ts';
import { createOnboardingRepository } from '../../../src/repositories/tenancy/onboarding.repository.ts';
import { createPlatformUserActivityRepository } from '../../../src/repositories/tenancy/platform-user-activity.repository.ts';
import { createPlatformUserImportRepository } from '../../../src/repositories/tenancy/platform-user-import.repository.ts';
import { createPlatformUserImportRowRepository } from '../../../src/repositories/tenancy/platform-user-import-row.repository.ts';
import { createTenantRepository } from '../../../src/repositories/tenancy/tenant.repository.ts';
import { createTenantAnalyticsRepository } from '../../../src/repositories/tenancy/tenant-analytics.repository.ts';
import { createTenantBrandingRepository } from '../../../src/repositories/tenancy/tenant-branding.repository.ts';
import { createTenantSettingsRepository } from '../../../src/repositories/tenancy/tenant-settings.repository.ts';
import type { Context, TenantScope } from '../../../src/types/context.ts';
import { asTenantId, type TenantId } from '../../../src/types/ids.ts';
import { seedTenant, type TenantRows } from '../../support/isolation-rows.ts';
import { type ClonedDatabase, cloneTemplateDatabase } from '../../support/template-database.ts';
import { contextOf, type DatabaseFixture, given, openFixture } from '../database/database-fixture.ts';

const REPOSITORIES = join(projectPaths().root, 'src', 'repositories');
const CALLS = 100;
const PAGE = { page: 1, limit: 100, sort: '-createdAt' } as const;

/** Operations that are no writes and are not called here, and why. */
const notOfATenant: Readonly<Record<string, string>> = {
  'plan.list': 'the price list is for everybody',
  'plan.findById': 'the price list is for everybody',
  'plan.lock': 'the price list is for everybody',
  'plan.countExisting': 'the price list is for everybody',
  'plan.isTaxRate': 'taxes are for everybody',
  'coupon.list': 'takes the platform scope',
  'coupon.lock': 'takes the platform scope',
  'coupon.findByCode': 'coupons are for everybody who knows the code',
  'subscription.listDue': 'takes the platform scope',
  'subscription.listToResume': 'takes the platform scope',
  'subscription.hasOpenInvoice': 'a fact, which may be the same: subscription-lifecycle.test.ts looks at it',
  'subscription.hasPaymentMethod': 'a fact, which may be the same: subscriptions.test.ts looks at it',
  'subscription.hasSubscribed': 'a fact, which may be the same: subscriptions.test.ts looks at it',
  'subscription.findLive': 'reads what has not ended only: entitlements.test.ts looks at it',
  'subscription-items.findUsage': 'ids are what the sender says, and may be the same: usage.test.ts looks at them',
  'subscription-items.sumUsage': 'figures, which may be the same: usage.test.ts looks at them',
  'plan.isSubscribed': 'the platform asks, across tenants',
  'tax-rate.list': 'taxes are for everybody',
  'tax-rate.lock': 'takes the platform scope',
  'tax-rate.findCharged': 'taxes are for everybody',
  'due-draft.tenantsDue': 'takes the platform scope',
  'due-draft.lockDue': 'reads drafts that are due only: due-invoices.test.ts looks at them',
  'ledger.findByCause': 'causes may be the same: invoice-corrections.test.ts looks at them',
  'ledger.balances': 'figures, which may be the same',
  'subscription.findCheapestTrialPlan': 'the price list is for everybody',
  'membership.listOfUser': 'takes the platform scope',
  'refresh-token.lockAndFind': 'takes the platform scope',
  'session.findFacts': 'takes the platform scope',
  'session.findOrigin': 'takes the platform scope',
  'email.exists': 'takes the platform scope',
  'own-session.findById': 'takes the platform scope',
  'one-time-token.find': 'takes the platform scope',
  'one-time-token.consume': 'takes the platform scope',
  'one-time-token.spendAttempt': 'takes the platform scope',
  'throttle.reserve': 'takes the platform scope',
  'throttle.longestWait': 'takes the platform scope',
  'throttle.refund': 'takes the platform scope',
  'throttle.clear': 'takes the platform scope',
  'throttle.clearOfUser': 'takes the platform scope',
  'operator.list': 'takes the platform scope',
  'operator.findById': 'takes the platform scope',
  'operator.lockWithSuperAdmins': 'takes the platform scope',
  'operator.remove': 'takes the platform scope',
  'operator-statistics.count': 'takes the platform scope',
  'operator-activity.list': 'takes the platform scope: what an operator did in every tenant',
  'operator-session.list': 'takes the platform scope',
  'operator-session.isLiveOf': 'takes the platform scope',
  'user-directory.list': 'takes the platform scope',
  'user-directory.findById': 'takes the platform scope',
  'user-directory.lock': 'takes the platform scope',
  'user-directory.lockTenantsOwnedAlone': 'takes the platform scope',
  'user-directory.anonymise': 'takes the platform scope',
  'impersonation.lockImpersonator': 'takes the platform scope',
  'impersonation.isTenant': 'takes the platform scope',
  'impersonation.findSubject': 'takes the platform scope, and the tenant whose members it asks for',
  'impersonation.findRecord': 'takes the platform scope, and the tenant whose it is',
  'impersonation.listOwners': 'takes the platform scope, and the tenant whose they are',
  'user.findById': 'takes the platform scope',
  'user.findCredentials': 'takes the platform scope',
  'user.findByEmail': 'takes the platform scope',
  'session.listLive': 'takes the platform scope',
  'session.lockLive': 'takes the platform scope',
  'tenant-name.listOf': 'takes the platform scope',
  'account.signUp': 'takes the platform scope',
  'account.findWaitingPassword': 'takes the platform scope',
  'account.verifyEmail': 'takes the platform scope',
  'account.proveAddress': 'takes the platform scope',
  'account.resetPassword': 'takes the platform scope',
  'account.changePassword': 'takes the platform scope',
  'user.findCredentialsById': 'takes the platform scope',
  'totp-authenticator.isConfirmed': 'takes the platform scope',
  'totp-authenticator.findConfirmedSecret': 'takes the platform scope',
  'totp-authenticator.findPendingSecret': 'takes the platform scope',
  'totp-authenticator.lockConfirmed': 'takes the platform scope',
  'totp-authenticator.confirm': 'takes the platform scope',
  'totp-authenticator.acceptStep': 'takes the platform scope',
  'recovery-code.countRemaining': 'takes the platform scope',
  'sign-in-challenge.spendAttempt': 'takes the platform scope',
  'sign-in-challenge.consume': 'takes the platform scope',
  'security-policy.listOf': 'takes the platform scope',
  'api-key.creatorNames': 'takes the platform scope',
  'api-key.findFacts': 'takes the platform scope',
  'ip-rule.listAll': 'is not answered to anybody, and ip-rule.list reads the same rows',
  'ip-rule.lockAll': 'is not answered to anybody, and ip-rule.list reads the same rows',
  'lockout.list': 'takes the platform scope, and the tenant whose members it asks for',
  'lockout.count': 'takes the platform scope, and the tenant whose members it asks for',
  'lockout.lock': 'takes the platform scope, and the tenant whose members it asks for',
  'security-session.list': 'takes the platform scope, and the tenant in which they were opened',
  'security-session.count': 'takes the platform scope, and the tenant in which they were opened',
  'security-session.lock': 'takes the platform scope, and the tenant in which they were opened',
  'security-overview.countSignIns': 'figures, which may be the same: security-overview.test.ts looks at them',
  'security-overview.countEvents': 'figures, which may be the same: security-overview.test.ts looks at them',
  'security-overview.countEnrolled': 'takes the platform scope',
  'membership.countActiveOwners': 'a figure, which may be the same: role-assignments.test.ts looks at it',
  'membership.listMembers': 'takes the platform scope, and the tenant whose they are',
  'membership.findMember': 'takes the platform scope, and the tenant whose they are',
  'role.count': 'a figure, which may be the same: roles.test.ts looks at it',
  'file.listAbandoned': 'takes the platform scope',
  'subscription.findPlanLimits': 'figures, which may be the same: plan-storage-quota.test.ts looks at them',
  'invitation.list': 'takes the platform scope, and the tenant whose they are',
  'invitation.findById': 'takes the platform scope, and the tenant whose it is',
  'invitation.findInvitee': 'takes the platform scope, and the tenant that invites',
  'invitation.countSentSince': 'takes the platform scope, and the tenant that invites',
  'invitation.findOpen': 'takes the platform scope: its tenant is not known before',
  'invitation.findInviter': 'takes the platform scope, and the tenant that invites',
  'platform-user-statistics.countByKind': 'figures, which may be the same: platform-user-reports.test.ts looks at them',
  'platform-user-statistics.countByMonth':
    'figures, which may be the same: platform-user-reports.test.ts looks at them',
  'platform-user-statistics.countByLibrary': 'figures: platform-user-reports.test.ts looks at them',
  'organization.findByName': 'takes the platform scope',
  'organization.findAccess': 'takes the platform scope',
  'organization.findCredentials': 'takes the platform scope',
  'organization.findTaken': 'takes the platform scope',
  'organization.listAdmins': 'takes the platform scope',
  'organization.listAbandonedStorages': 'takes the platform scope',
  'organization.dropStorage': 'takes the platform scope',
  'organization.rename': 'takes the platform scope',
  'organization-document.list': "reads an organization's own storage: organization-storage.test.ts looks at it",
  'organization-document.count': "reads an organization's own storage",
  'organization-document.findById': "reads an organization's own storage",
  'organization-document.lock': "reads an organization's own storage",
  'organization-document.readLines': "reads an organization's own storage",
  'organization-document.writeLines': "writes an organization's own storage",
  'platform-user-import.lockRun': 'a fact, which may be the same; lockUnfinished locks the same rows',
  'platform-user-import.listLeft': 'takes the platform scope',
  'platform-user-import-error.list': 'reports may say the same: platform-user-imports.test.ts looks at them',
  'platform-user-import-row.listParents': 'listStaged reads the same rows',
  'platform-user-import-row.findTakenEmails': 'addresses may be the same: platform-user-imports.test.ts looks at them',
  'platform-user-import-row.findStudents': 'addresses may be the same: platform-user-imports.test.ts looks at them',
  'configuration.findByKey': 'keys may be the same: configurations.test.ts looks at it',
  'configuration.count': 'a figure, which may be the same',
  'configuration.lockAll': 'reads nothing',
  'configuration.findVersion': 'configuration.listVersions reads the same rows',
  'tenant-analytics.countNewPeople': 'figures, which may be the same: tenant-insight.test.ts looks at them',
  'tenant-billing.hasSubscription': 'a fact, which may be the same: onboarding.test.ts looks at it',
  'tenant-billing.sumInvoices': 'figures, which may be the same: tenant-insight.test.ts looks at them',
  'data-export.lockRequests': 'reads nothing',
  'data-export.countUnfinished': 'a figure, which may be the same: data-export-runs.test.ts looks at it',
  'data-export.listExpired': 'takes the platform scope',
  'data-export-rows.readMembers': 'takes the platform scope, and the tenant whose they are',
  'tenant-purge.listDue': 'takes the platform scope',
  'tenant-purge.lockDue': 'takes the platform scope, and the tenant that it is about',
  'tenant-purge.findRecord': 'takes the platform scope, and the tenant that it is about',
  'checkout.findOpen': 'checkout.find reads the same rows',
  'gateway-event.list': 'takes the platform scope',
  'gateway-event.find': 'takes the platform scope',
  'gateway-event.findKnown': 'takes the platform scope',
  'gateway-event.lock': 'takes the platform scope',
  'gateway-event.lockWaiting': 'takes the platform scope',
  'gateway-event.complete': 'takes the platform scope',
  'gateway-event.reopen': 'takes the platform scope',
  'gateway-event.dropBodies': 'takes the platform scope',
  'gateway-event.findTenantOf': 'takes the platform scope',
  'payment-method.lockAll': 'reads nothing',
  'payment-method.hasDefault': 'a fact, which may be the same: payment-methods.test.ts looks at it',
  'payment-method.isInUse': 'a fact, which may be the same: payment-methods.test.ts looks at it',
  'payment.listUnresolved': 'takes the platform scope',
  'payment.hasOpenPayment': 'a fact, which may be the same: invoice-pay.test.ts looks at it',
  'payment.hasNewerPayment': 'a fact, which may be the same: failed-payments.test.ts looks at it',
  'payment.receivablesOf': 'figures, which may be the same: outcomes.test.ts looks at them',
  'payment.lockInvoicesOf': 'reads nothing',
  'payment.findCheckoutExpiry': 'a moment, which may be the same: janitor.test.ts looks at it',
  'refund.listUnresolved': 'takes the platform scope',
  'refund.findDisputedPayment': 'payment.lock reads the same rows',
  'refund.lockDispute': 'refund.listDisputesOfPayment reads the same rows',
  'fee-schedule.list': 'rates, which may be the same: payment-settings.test.ts looks at them',
  'fee-schedule.find': 'rates, which may be the same: payment-settings.test.ts looks at them',
  'fee-schedule.lock': 'rates, which may be the same: payment-settings.test.ts looks at them',
  'fee-schedule.findSettlementSettings': 'rules, which may be the same: outcomes.test.ts looks at them',
  'payment-figures.sum': 'figures, which may be the same: payment-settings.test.ts looks at them',
  'payment-figures.report': 'figures, which may be the same: payment-settings.test.ts looks at them',
  'wallet.balances': 'figures, which may be the same: credit-wallets.test.ts looks at them',
  'wallet.balancesOfMany': 'figures, which may be the same: credit-wallets.test.ts looks at them',
  'wallet.balancesAt': 'figures, which may be the same: credit-books.test.ts looks at them',
  'credit-check.differences': 'figures, which may be the same: credit-books.test.ts looks at them',
  'credit-booking.grant': 'writes',
  'credit-booking.deduct': 'writes',
  'credit-booking.transfer': 'writes, in the platform scope',
  'audit-log.unsealed': 'the platform counts',
  'audit-chain.waitingTenants': 'the platform seals',
  'audit-chain.lockHead': 'the platform seals',
  'audit-chain.unsealed': 'the platform seals',
  'audit-chain.head': 'the platform verifies',
  'audit-chain.sealed': 'the platform verifies',
  'audit-chain.beyondHead': 'the platform verifies',
  'audit-chain.countUnsealed': 'the platform verifies',
};

const WRITE =
  /\.(?:insert|append|update|delete|create|mark|record|replace|set|soft|finalize|next|open|revoke|rotate|seal|invalidate|succeed|fail|advance|touch|reserve|add|close|save)/;

/** A read in the scope of a tenant; `id` gives the id of a row of some tenant by its table. */
type Read = (ctx: Context<TenantScope>, id: (table: string) => string) => Promise<unknown>;

let clone: ClonedDatabase;
let fixture: DatabaseFixture;
let tenants: ReadonlyArray<{ id: TenantId; rows: TenantRows }>;
let operations: ReadonlyMap<string, (...parameters: unknown[]) => Promise<unknown>>;
let reads: ReadonlyArray<[string, Read]>;

/** `invoice.list` and the like: every operation of the repositories of the domains. */
async function findOperations(): Promise<typeof operations> {
  const files = (await readdir(REPOSITORIES, { recursive: true })).filter(
    (file) => file.endsWith('.repository.ts') && !file.startsWith('base'),
  );
  const found = new Map<string, (...parameters: unknown[]) => Promise<unknown>>();
  for (const file of files) {
    const module: Record<string, unknown> = await import(pathToFileURL(join(REPOSITORIES, file)).href);
    const factory = Object.entries(module).find(([name]) => /^create\w+Repository$/.test(name))?.[1];
    if (typeof factory !== 'function') throw new Error(`${file} exports no createXRepository`);
    for (const [name, operation] of Object.entries<unknown>(factory({ database: fixture.database }))) {
      if (typeof operation !== 'function') throw new Error(`${file}: ${name} is no function`);
      found.set(`${basename(file, '.repository.ts')}.${name}`, async (...parameters) => operation(...parameters));
    }
  }
  return found;
}

/** Reads that are called otherwise than their name says. */
function ownReads({ database, tx }: DatabaseFixture): Record<string, Read> {
  const tenantRepository = createTenantRepository({ database });
  const auditLog = createAuditLogRepository({ database });
  const policies = createSecurityPolicyRepository({ database });
  const roles = createRoleRepository({ database });
  const memberships = createMembershipRepository({ database });
  const configurations = createConfigurationRepository({ database });
  const libraries = createLibraryRepository({ database });
  const guardianships = createGuardianshipRepository({ database });
  const activity = createPlatformUserActivityRepository({ database });
  const imports = createPlatformUserImportRepository({ database });
  const importRows = createPlatformUserImportRowRepository({ database });
  const exports = createDataExportRepository({ database });
  const exportRows = createDataExportRowsRepository({ database });
  const libraryTable = { name: 'libraries', key: ['id'], omitted: [] };
  const payments = createPaymentRepository({ database });
  const checkouts = createCheckoutRepository({ database });
  const refunds = createRefundRepository({ database });
  const creditNotes = createCreditNoteRepository({ database });
  const coupons = createCouponRepository({ database });
  const subscriptions = createSubscriptionRepository({ database });
  const history = createSubscriptionHistoryRepository({ database });
  const items = createSubscriptionItemsRepository({ database });
  const wallets = createWalletRepository({ database });
  const creditOperations = createCreditOperationRepository({ database });
  const newest = { limit: 100, after: undefined };
  return {
    'api-key.list': (ctx) => createApiKeyRepository({ database }).list(ctx, PAGE, new Date().toISOString()),
    'ip-rule.list': (ctx) => createIpRuleRepository({ database }).list(ctx, ctx.scope.tenantId, PAGE),
    'security-event.list': (ctx) => createSecurityEventRepository({ database }).list(ctx, {}, newest),
    'login-attempt.list': (ctx) => createLoginAttemptRepository({ database }).list(ctx, {}, newest),
    'security-policy.lock': (ctx, id) => tx.run(ctx, (txCtx) => policies.lock(txCtx, asTenantId(id('tenants')))),
    'role.list': (ctx) => roles.list(ctx, { direction: 'asc', offset: 0, limit: 100 }),
    'role.listOfMember': async (ctx, id) => (await roles.listOfMember(ctx, id('memberships'))).at(0) ?? null,
    'role.findUse': async (ctx, id) => {
      const use = await roles.findUse(ctx, id('roles'), id('users'));
      return use.members === 0 ? null : { id: id('roles'), ...use };
    },
    'membership.lockTenant': (ctx, id) =>
      tx.run(ctx, async (txCtx) => {
        const tenantId = asTenantId(id('tenants'));
        return (await memberships.lockTenant(txCtx, tenantId)) ? tenantId : null;
      }),
    'membership.findStandings': async (ctx, id) =>
      (await memberships.findStandings(ctx, asTenantId(id('tenants')), [id('users')])).at(0) ?? null,
    'configuration.list': (ctx) => configurations.list(ctx, null),
    'configuration.listVersions': async (ctx, id) =>
      (await configurations.listVersions(ctx, id('configurations'), { limit: 100, before: undefined })).at(0) ?? null,
    'library.lockKey': (ctx, id) => tx.run(ctx, (txCtx) => libraries.lockKey(txCtx, id('libraries'))),
    'library.isInUse': async (ctx, id) => ((await libraries.isInUse(ctx, id('libraries'))) ? id('libraries') : null),
    'guardianship.lockStudents': async (ctx, id) =>
      (await tx.run(ctx, (txCtx) => guardianships.lockStudents(txCtx, [id('platform_users')]))).at(0) ?? null,
    'platform-user-import.lockUnfinished': (ctx, id) =>
      tx.run(ctx, async (txCtx) => {
        const importId = id('platform_user_imports');
        return (await imports.lockUnfinished(txCtx, importId)) ? importId : null;
      }),
    'platform-user-import-row.listStaged': async (ctx, id) =>
      (await tx.run(ctx, (txCtx) => importRows.listStaged(txCtx, id('platform_user_imports'), 0, 10))).at(0) ?? null,
    'platform-user-import-row.findLibraries': async (ctx, id) =>
      [...(await tx.run(ctx, (txCtx) => importRows.findLibraries(txCtx, [id('libraries')])))].at(0) ?? null,
    'platform-user-activity.list': (ctx, id) => activity.list(ctx, id('platform_users'), newest),
    'data-export.list': (ctx) => exports.list(ctx, PAGE, ['platform_users', 'tenant']),
    'data-export.findNewest': async (ctx, id) => {
      const newestExport = await exports.findNewest(ctx, 'platform_users');
      return newestExport?.id === id('data_exports') ? newestExport : null;
    },
    'data-export-rows.readPeople': async (ctx, id) =>
      (await exportRows.readPeople(ctx, {}, null, 100)).find((row) => row.id === id('platform_users')) ?? null,
    'data-export-rows.readTable': async (ctx, id) =>
      (await exportRows.readTable(ctx, libraryTable, null, 100)).find(({ key }) => key[0] === id('libraries')) ?? null,
    'data-export-rows.readTenant': async (ctx, id) =>
      (await exportRows.readTenant(ctx)).find(({ json }) => json.includes(id('tenants'))) ?? null,
    'data-export-rows.readFiles': async (ctx, id) =>
      (await exportRows.readFiles(ctx, null, 100)).find((file) => file.id === id('files')) ?? null,
    'tenant-settings.find': (ctx, id) =>
      createTenantSettingsRepository({ database }).find(ctx, asTenantId(id('tenants'))),
    'tenant-branding.find': (ctx, id) =>
      createTenantBrandingRepository({ database }).find(ctx, asTenantId(id('tenants'))),
    'onboarding.find': (ctx, id) =>
      createOnboardingRepository({ database }).find(ctx, asTenantId(id('tenants')), new Date().toISOString()),
    'tenant-analytics.findInventory': (ctx, id) =>
      createTenantAnalyticsRepository({ database }).findInventory(ctx, asTenantId(id('tenants'))),
    'tenant.findStatus': (ctx, id) => tenantRepository.findStatus(ctx, asTenantId(id('tenants'))),
    'payment.listOfInvoice': async (ctx, id) => (await payments.listOfInvoice(ctx, id('invoices'))).at(0) ?? null,
    'payment.findMany': async (ctx, id) => (await payments.findMany(ctx, [id('payments')])).at(0) ?? null,
    'payment.lockMany': async (ctx, id) =>
      (await tx.run(ctx, (txCtx) => payments.lockMany(txCtx, [id('payments')]))).at(0) ?? null,
    'checkout.find': (ctx, id) => checkouts.find(ctx, id('checkout_sessions')),
    'refund.findMany': async (ctx, id) => (await refunds.findMany(ctx, [id('refunds')])).at(0) ?? null,
    'refund.lockMany': async (ctx, id) =>
      (await tx.run(ctx, (txCtx) => refunds.lockMany(txCtx, [id('refunds')]))).at(0) ?? null,
    'refund.findContested': async (ctx, id) =>
      (await tx.run(ctx, (txCtx) => refunds.findContested(txCtx, [id('payments')]))).at(0) ?? null,
    'payment.listAttempts': async (ctx, id) =>
      (await payments.listAttempts(ctx, ctx.scope.tenantId, id('payments'))).length === 0 ? null : id('payments'),
    'payment.findInvoice': (ctx, id) => payments.findInvoice(ctx, id('invoices')),
    'payment.lockInvoice': (ctx, id) => tx.run(ctx, (txCtx) => payments.lockInvoice(txCtx, id('invoices'))),
    'payment.findMethod': (ctx, id) => payments.findMethod(ctx, id('payment_methods')),
    'payment.findMethodFor': async (ctx, id) => {
      const invoice = await payments.findInvoice(ctx, id('invoices'));
      return invoice === null ? null : { invoiceId: invoice.id, method: await payments.findMethodFor(ctx, invoice) };
    },
    'refund.listOfPayment': async (ctx, id) =>
      (await refunds.listOfPayment(ctx, ctx.scope.tenantId, id('payments'))).at(0) ?? null,
    'refund.listDisputesOfPayment': async (ctx, id) =>
      (await refunds.listDisputesOfPayment(ctx, ctx.scope.tenantId, id('payments'))).at(0) ?? null,
    'coupon.findRedemption': (ctx, id) => coupons.findRedemption(ctx, ctx.scope.tenantId, id('subscriptions')),
    'subscription.lock': (ctx, id) => tx.run(ctx, (txCtx) => subscriptions.lock(txCtx, id('subscriptions'), 'update')),
    'subscription.findOfInvoice': (ctx, id) => subscriptions.findOfInvoice(ctx, id('invoices')),
    'subscription.findOfPayment': (ctx, id) => subscriptions.findOfPayment(ctx, id('payments')),
    'subscription-history.listChanges': async (ctx, id) =>
      (await history.listChanges(ctx, id('subscriptions'), newest)).at(0) ?? null,
    'subscription-history.findLastMovement': async (ctx, id) => {
      const { last } = await tx.run(ctx, (txCtx) => history.findLastMovement(txCtx, id('subscriptions')));
      return last;
    },
    'subscription-items.listOpen': async (ctx, id) =>
      (await items.listOpen(ctx, 'INR')).find((item) => item.id === id('pending_invoice_items')) ?? null,
    'ledger.list': (ctx) => createLedgerRepository({ database }).list(ctx, {}, newest),
    'credit-note.listOfInvoice': async (ctx, id) =>
      (await creditNotes.listOfInvoice(ctx, ctx.scope.tenantId, id('invoices'))).at(0) ?? null,
    'credit-note.find': (ctx, id) => creditNotes.find(ctx, ctx.scope.tenantId, id('invoices'), id('credit_notes')),
    'credit-note.sumCredited': async (ctx, id) => (await creditNotes.sumCredited(ctx, id('invoices'))).at(0) ?? null,
    'wallet.findById': (ctx, id) => wallets.findById(ctx, id('credit_wallets')),
    'wallet.findOfTenant': (ctx, id) => wallets.findOfTenant(ctx, asTenantId(id('tenants'))),
    'wallet.grants': async (ctx, id) =>
      (await wallets.grants(ctx, asTenantId(id('tenants')), new Date())).find(
        (row) => row.id === id('credit_grants'),
      ) ?? null,
    'credit-operation.list': (ctx) => creditOperations.list(ctx, {}, newest),
    'credit-operation.findById': (ctx, id) =>
      creditOperations.findById(ctx, asTenantId(id('tenants')), id('credit_operations')),
    'audit-log.list': (ctx) => auditLog.list(ctx, {}, { limit: 100, after: undefined }),
  };
}

/** credit-policy -> credit_policies */
function tableOf(repository: string): string {
  const singular = repository.replaceAll('-', '_');
  if (/(?:s|x|z|ch|sh)$/.test(singular)) return `${singular}es`;
  return /[^aeiou]y$/.test(singular) ? `${singular.slice(0, -1)}ies` : `${singular}s`;
}

/** `list` takes a page, `find` and `findById` an id, and `lock` an id within a transaction. */
function conventionalRead(name: string): Read | undefined {
  const operation = given(operations.get(name));
  const table = tableOf(name.slice(0, name.indexOf('.')));
  switch (name.slice(name.indexOf('.') + 1)) {
    case 'list':
      return (ctx) => operation(ctx, PAGE);
    case 'find':
    case 'findById':
      return (ctx, id) => operation(ctx, id(table));
    case 'lock':
      return (ctx, id) => fixture.tx.run(ctx, (txCtx) => operation(txCtx, id(table)));
    default:
      return undefined;
  }
}

beforeAll(async () => {
  clone = await cloneTemplateDatabase();
  fixture = openFixture(clone, { lanes: 2, transactions: 4 });
  const admin = new pg.Client({ connectionString: clone.adminUrl });
  await admin.connect();
  const made = [];
  for (const status of ['active', 'suspended']) {
    const rows = await seedTenant(admin);
    const id = asTenantId(String(rows.tenants?.id));
    await admin.query('update tenants set status = $2::tenant_status where id = $1', [id, status]);
    made.push({ id, rows });
  }
  await admin.end();
  tenants = made;
  operations = await findOperations();
  const own = ownReads(fixture);
  reads = [...operations.keys()].flatMap((name): Array<[string, Read]> => {
    if (Object.hasOwn(notOfATenant, name)) return [];
    const read = own[name] ?? conventionalRead(name);
    return read === undefined ? [] : [[name, read]];
  });
});

afterAll(async () => {
  await fixture.close();
  await clone.drop();
});

const idIn = (rows: TenantRows) => (table: string) => {
  const id = rows[table]?.id;
  if (id === undefined) throw new Error(`There is no row of ${table}: add the read to ownReads in this file`);
  return String(id);
};

const idsOf = (rows: TenantRows): string[] =>
  Object.entries(rows).flatMap(([table, { id }]) => (table === 'plans' || id === undefined ? [] : [String(id)]));

test('every operation of every repository is a read that is called here, a write, or on the list', () => {
  const called = new Set([...reads.map(([name]) => name), ...Object.keys(notOfATenant)]);
  expect([...operations.keys()].filter((name) => !called.has(name) && !WRITE.test(name))).toEqual([]);
  expect([...called, ...Object.keys(ownReads(fixture))].filter((name) => !operations.has(name))).toEqual([]);
  expect(reads.length).toBeGreaterThan(7);
});

describe('reads of two tenants in the same tick', () => {
  test('answer each tenant with its own rows', async () => {
    const alone = new Map<string, string>();
    for (const [name, read] of reads) {
      const answers: string[] = [];
      for (const { id, rows } of tenants) answers.push(JSON.stringify(await read(contextOf(id), idIn(rows))));
      expect({ name, distinct: new Set(answers).size }).toEqual({ name, distinct: 2 });
      for (const [index, answer] of answers.entries()) alone.set(`${name} ${index}`, answer);
    }
    const calls = Array.from({ length: CALLS }).flatMap(() =>
      reads.flatMap(([name, read]) =>
        tenants.map(async ({ id, rows }, index) => ({
          name: `${name} ${index}`,
          answer: JSON.stringify(await read(contextOf(id), idIn(rows))),
        })),
      ),
    );
    const answers = await Promise.all(calls);
    expect(answers).toHaveLength(CALLS * reads.length * 2);
    expect(answers.filter(({ name, answer }) => answer !== alone.get(name))).toEqual([]);
  });

  test("find nothing by the id of the other one's row", async () => {
    for (const [name, read] of reads) {
      for (const [own, other] of [tenants, [...tenants].reverse()]) {
        const answer = JSON.stringify(await read(contextOf(given(own).id), idIn(given(other).rows)));
        const foreign = idsOf(given(other).rows).filter((id) => answer.includes(id));
        expect({ name, foreign }).toEqual({ name, foreign: [] });
        if (!name.endsWith('.list')) expect({ name, answer }).toEqual({ name, answer: 'null' });
      }
    }
  });
});
