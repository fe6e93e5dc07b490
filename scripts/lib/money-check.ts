import { randomUUID } from 'node:crypto';
import { createContainer } from '../../src/composition/index.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import type { Reconciliation } from '../../src/services/payments/reconciliation.service.ts';
import { platformScope, systemContext } from '../../src/types/context-factory.ts';

const LONG_MS = '600000';

/** Connections that can't write, and whose long queries are planned for what is really there. */
const readOnly = (url: string): string => {
  const changed = new URL(url);
  changed.searchParams.set('options', '-c TimeZone=UTC -c default_transaction_read_only=on');
  return changed.href;
};

/** Compares the books of all tenants in the database that the environment names, and changes nothing. */
export async function checkMoney(environment: NodeJS.ProcessEnv): Promise<Reconciliation> {
  const settings = readEnvironment({
    ...environment,
    REDIS_URL: undefined,
    DATABASE_STATEMENT_TIMEOUT_MS: LONG_MS,
  });
  const container = createContainer({ ...settings, DATABASE_PLATFORM_URL: readOnly(settings.DATABASE_PLATFORM_URL) });
  try {
    return await container.services.reconciliation.compare(
      systemContext(platformScope, randomUUID(), 'payment.reconciled'),
    );
  } finally {
    await container.close();
  }
}
