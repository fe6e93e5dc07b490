import { jobCatalogue } from '../jobs/catalogue.ts';
import { schedules } from '../jobs/schedules.ts';
import { subscriptions } from '../jobs/subscriptions.ts';
import { createIdentityCleanupRepository } from '../repositories/identity/identity-cleanup.repository.ts';
import { createAuditChainRepository } from '../repositories/insight/audit-chain.repository.ts';
import { identityCleaners } from '../services/identity/identity-cleaners.ts';
import { createAuditSeals } from '../services/insight/audit-seal.ts';
import { createAuditSealer } from '../services/insight/audit-sealer.service.ts';
import { createCleanup, operationCleaners } from '../services/operation/cleanup.service.ts';
import { createJobRunner } from '../services/operation/job-runner.service.ts';
import { createOutboxRelay } from '../services/operation/outbox-relay.service.ts';
import { createScheduler } from '../services/operation/scheduler.service.ts';
import type { Container } from './index.ts';

export type Background = ReturnType<typeof createBackground>;

/** What works behind the API: job runner, relay, sealer and scheduler, for workers and for `npm run job`. */
export function createBackground({
  infrastructure,
  services,
  jobs,
}: Pick<Container, 'infrastructure' | 'services' | 'jobs'>) {
  const { settings, database, tx, outbox, clock, metrics, log } = infrastructure;
  const { backend, queues } = jobs;
  const records = createIdentityCleanupRepository({ database });
  const cleaners = [
    ...identityCleaners({ records, clock }),
    ...operationCleaners(infrastructure),
    services.uploadCleaner,
    ...services.gatewayEventCleaners,
    services.importCleaner,
    ...services.tenantDataCleaners,
    services.organizationStorages.cleaner,
  ];
  const cleanup = createCleanup({ cleaners, log });
  const { documents, invoiceEmails, accountEmails, emails, files, platformUserImportRunner, organizationStorages } =
    services;
  const auditSealer = createAuditSealer({
    chains: createAuditChainRepository({ database }),
    seals: createAuditSeals(settings.AUDIT_KEYS),
    tx,
    log,
  });
  return {
    settings,
    stalledAfterMs: settings.JOB_STALLED_AFTER_SECONDS * 1000,
    backend,
    queues,
    metrics,
    log,
    notifications: infrastructure.notifications,
    runner: createJobRunner({
      catalogue: jobCatalogue,
      deps: {
        documents,
        invoiceEmails,
        accountEmails,
        emails,
        dueInvoices: services.dueInvoices,
        subscriptionLifecycle: services.subscriptionLifecycle,
        subscriptionRenewals: services.subscriptionRenewals,
        files,
        dataExports: services.dataExports,
        dataExportWriter: services.dataExportWriter,
        platformUserImportRunner,
        organizationStorages,
        paymentCharges: services.paymentCharges,
        paymentJanitor: services.paymentJanitor,
        reconciliation: services.reconciliation,
        gatewayEventApplier: services.gatewayEventApplier,
        cleanup,
      },
      metrics,
      log,
    }),
    scheduler: createScheduler({ queues, schedules }),
    relay: createOutboxRelay({ outbox, queues, subscriptions, tx }),
    sealer: auditSealer.task,
    tasks: services.gatewayTasks,
    auditSealer,
  };
}
