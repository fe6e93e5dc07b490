import type { Environment } from '../config/environment.ts';
import { whenReady } from '../config/redis.ts';
import { API_VERSION } from '../config/version.ts';
import { createDocsController } from '../controllers/operation/docs.controller.ts';
import { createAccountSite } from '../http/account-site.ts';
import { createOpenApiDocument } from '../http/openapi/create-openapi-document.ts';
import { createDocsSite } from '../http/openapi/docs-site.ts';
import { createAuthMiddleware } from '../middleware/auth.middleware.ts';
import { INVALIDATION_CHANNEL } from '../repositories/base/invalidation.repository.ts';
import { statement } from '../repositories/base/statement.ts';
import { createPaymentRepository } from '../repositories/payments/payment.repository.ts';
import { endpoints } from '../routes/index.ts';
import { createPaymentsOfInvoice } from '../services/payments/payments-of-invoice.ts';
import { platformScope, systemContext } from '../types/context-factory.ts';
import { composeBilling } from './billing.ts';
import { composeCredits } from './credits.ts';
import { composeIdentity } from './identity.ts';
import { createInfrastructure, type Infrastructure, type Overrides } from './infrastructure.ts';
import { composeInsight } from './insight.ts';
import { composeMessaging } from './messaging.ts';
import { composeMoneyChecks } from './money-checks.ts';
import { composeOperationStatus } from './operation-status.ts';
import { composePayments } from './payments.ts';
import { composePaymentsCore } from './payments-core.ts';
import { composeQueues } from './queues.ts';
import { composeTenancy, composeTenantRegistration } from './tenancy.ts';
import { composeConfigurations } from './tenancy-configurations.ts';
import { composeExports } from './tenancy-exports.ts';
import { composeFiles } from './tenancy-files.ts';
import { composeImports } from './tenancy-imports.ts';
import { composeLibraries } from './tenancy-libraries.ts';
import { composeOrganizations } from './tenancy-organizations.ts';
import { composeOwnTenant } from './tenancy-own.ts';

const PING = statement('select 1');

export type Container = ReturnType<typeof createContainer>;

/** Wires the whole product: infrastructure, then the domains from the lowest to the highest. Nothing is connected yet. */
export function createContainer(settings: Environment, overrides: Overrides = {}) {
  const infrastructure = createInfrastructure(settings, overrides);
  const jobs = composeQueues(infrastructure);
  const identity = composeIdentity(infrastructure);
  const tenancy = composeTenancy({ ...infrastructure, tenantChanges: tenantChangesOf(infrastructure) });
  const configurations = composeConfigurations(infrastructure);
  const libraries = composeLibraries({ ...infrastructure, tenants: tenancy.services.tenants });
  const organizations = composeOrganizations({ ...infrastructure, core: identity.core });
  const billing = composeBilling({
    ...infrastructure,
    tenants: tenancy.services.tenants,
    invoicePayments: createPaymentsOfInvoice({ payments: createPaymentRepository(infrastructure) }),
  });
  const gatewayOf = overrides.paymentGatewayOf ?? infrastructure.gateways.payments.of;
  const payments = composePaymentsCore({ ...infrastructure, ...billing.services, gatewayOf });
  const gateways = composePayments({
    ...infrastructure,
    ...payments.services,
    gatewayOf,
    tenants: tenancy.services.tenants,
  });
  const files = composeFiles({ ...infrastructure, quota: billing.services.storageQuota });
  const exports = composeExports(infrastructure);
  const imports = composeImports(infrastructure);
  const ownTenant = composeOwnTenant({
    ...infrastructure,
    repositories: tenancy.repositories,
    members: identity.services.members,
    billing: billing.services.tenantBilling,
  });
  const credits = composeCredits(infrastructure);
  const moneyChecks = composeMoneyChecks({ ...infrastructure, ...billing.services, ...credits.services });
  const registration = composeTenantRegistration({
    ...infrastructure,
    repositories: tenancy.repositories,
    tenants: tenancy.services.tenants,
    users: identity.services.users,
    memberships: identity.services.memberships,
    passwords: identity.services.passwords,
    passwordPolicy: identity.services.passwordPolicy,
    provisioners: [billing.services.subscriptions, credits.services.wallets],
  });
  const messaging = composeMessaging({
    ...infrastructure,
    users: identity.services.users,
    sessions: identity.core.sessions,
    oneTimeTokens: identity.core.oneTimeTokens,
    invitations: identity.services.invitations,
    impersonations: identity.services.impersonations,
    invoices: billing.services.invoices,
    tenants: tenancy.services.tenants,
  });
  const insight = composeInsight(infrastructure);
  const status = composeOperationStatus({
    ...infrastructure,
    auditLog: insight.services.auditLog,
    healthChecks: healthChecksOf(infrastructure, jobs),
  });
  const document = createOpenApiDocument(endpoints, {
    title: 'Rowhouse',
    version: API_VERSION,
    serverUrl: settings.PUBLIC_URL,
  });

  return {
    infrastructure,
    jobs,
    services: {
      ...identity.services,
      ...tenancy.services,
      ...configurations.services,
      ...libraries.services,
      ...organizations.services,
      ...files.services,
      ...exports.services,
      ...imports.services,
      ...billing.services,
      ...payments.services,
      ...gateways.services,
      ...credits.services,
      ...moneyChecks.services,
      ...registration.services,
      ...messaging.services,
      ...insight.services,
      ...status.services,
    },
    controllers: {
      ...identity.controllers,
      ...configurations.controllers,
      ...libraries.controllers,
      ...organizations.controllers,
      ...files.controllers,
      ...exports.controllers,
      ...imports.controllers,
      ...ownTenant.controllers,
      ...billing.controllers,
      ...payments.controllers,
      ...gateways.controllers,
      ...credits.controllers,
      ...moneyChecks.controllers,
      ...registration.controllers,
      ...insight.controllers,
      ...status.controllers,
      accountPages: createAccountSite(),
      docs: createDocsController({ document, site: createDocsSite('/openapi.json') }),
    },
    authenticate: createAuthMiddleware({
      accessTokens: identity.services.accessTokens,
      apiKeys: identity.services.apiKeyRegistry,
      browserSessions: identity.services.browserSessions,
      sessions: identity.services.sessionRegistry,
      settings,
      clock: infrastructure.clock,
    }),
    authenticateOrganizationAdmin: organizations.authenticate,
    /** Begins to hear what other processes change. Resolves even while the database or Redis is away: they are tried again. */
    async start(): Promise<void> {
      const { notifications, redis } = infrastructure;
      await Promise.all([notifications.start(), ...(redis === null ? [] : [whenReady(redis)])]);
    },
    /** Lets go of every connection, once nothing is asked of them any more. */
    async close(): Promise<void> {
      await jobs.close();
      await identity.services.apiKeyUsage.close();
      await closeInfrastructure(infrastructure);
    },
  };
}

function tenantChangesOf({ notifications }: Infrastructure) {
  return {
    onTenantChanged: (forget: (tenantId: string) => void) =>
      notifications.subscribe(INVALIDATION_CHANNEL, (payload) => {
        if (payload.startsWith('tenant:')) forget(payload.slice('tenant:'.length));
      }),
    onGap: (forgetAll: () => void) => notifications.onGap(forgetAll),
    get connected() {
      return notifications.connected;
    },
  };
}

function healthChecksOf({ database, redis }: Infrastructure, { queues }: ReturnType<typeof composeQueues>) {
  return [
    {
      name: 'database',
      check: async () => void (await database.query(systemContext(platformScope, 'health'), PING)),
    },
    { name: 'queue', check: () => queues.ping() },
    ...(redis === null ? [] : [{ name: 'cache', check: async () => void (await redis.ping()) }]),
  ];
}

async function closeInfrastructure({
  notifications,
  connections,
  gateways,
  redis,
  log,
}: Infrastructure): Promise<void> {
  await notifications.close();
  await gateways.email.close();
  await gateways.storage.close();
  await connections.close();
  redis?.disconnect();
  log.flush();
}
