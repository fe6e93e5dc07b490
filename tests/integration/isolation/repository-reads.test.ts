import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { projectPaths } from '../../../scripts/lib/project-paths.ts';
import { createApiKeyRepository } from '../../../src/repositories/identity/api-key.repository.ts';
import { createIpRuleRepository } from '../../../src/repositories/identity/ip-rule.repository.ts';
import { createLoginAttemptRepository } from '../../../src/repositories/identity/login-attempt.repository.ts';
import { createMembershipRepository } from '../../../src/repositories/identity/membership.repository.ts';
import { createRoleRepository } from '../../../src/repositories/identity/role.repository.ts';
import { createSecurityEventRepository } from '../../../src/repositories/identity/security-event.repository.ts';
import { createSecurityPolicyRepository } from '../../../src/repositories/identity/security-policy.repository.ts';
import { createAuditLogRepository } from '../../../src/repositories/insight/audit-log.repository.ts';
import { createConfigurationRepository } from '../../../src/repositories/tenancy/configuration.repository.ts';
import { createGuardianshipRepository } from '../../../src/repositories/tenancy/guardianship.repository.ts';
import { createLibraryRepository } from '../../../src/repositories/tenancy/library.repository.ts';
import { createOnboardingRepository } from '../../../src/repositories/tenancy/onboarding.repository.ts';
import { createPlatformUserActivityRepository } from '../../../src/repositories/tenancy/platform-user-activity.repository.ts';
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
  'plan.isSubscribed': 'the platform asks, across tenants',
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
  'configuration.findByKey': 'keys may be the same: configurations.test.ts looks at it',
  'configuration.count': 'a figure, which may be the same',
  'configuration.lockAll': 'reads nothing',
  'configuration.findVersion': 'configuration.listVersions reads the same rows',
  'tenant-analytics.countNewPeople': 'figures, which may be the same: tenant-insight.test.ts looks at them',
  'tenant-billing.hasSubscription': 'a fact, which may be the same: onboarding.test.ts looks at it',
  'tenant-billing.sumInvoices': 'figures, which may be the same: tenant-insight.test.ts looks at them',
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
  /\.(?:insert|append|update|delete|create|mark|record|replace|set|soft|finalize|next|open|revoke|rotate|seal|invalidate)/;

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
    'platform-user-activity.list': (ctx, id) => activity.list(ctx, id('platform_users'), newest),
    'tenant-settings.find': (ctx, id) =>
      createTenantSettingsRepository({ database }).find(ctx, asTenantId(id('tenants'))),
    'tenant-branding.find': (ctx, id) =>
      createTenantBrandingRepository({ database }).find(ctx, asTenantId(id('tenants'))),
    'onboarding.find': (ctx, id) =>
      createOnboardingRepository({ database }).find(ctx, asTenantId(id('tenants')), new Date().toISOString()),
    'tenant-analytics.findInventory': (ctx, id) =>
      createTenantAnalyticsRepository({ database }).findInventory(ctx, asTenantId(id('tenants'))),
    'tenant.findStatus': (ctx, id) => tenantRepository.findStatus(ctx, asTenantId(id('tenants'))),
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
