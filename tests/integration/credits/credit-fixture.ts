import { randomUUID } from 'node:crypto';
import { AppError } from '../../../src/errors/app-error.ts';
import type { PlatformScope, TenantScope, TxContext } from '../../../src/types/context.ts';
import { platformScope, systemContext, tenantScope } from '../../../src/types/context-factory.ts';
import { asTenantId, type TenantId } from '../../../src/types/ids.ts';
import { startTestApp, type TestApp, type TestAppOptions } from '../../support/test-app.ts';

/** The app with a clock that tests turn, and wallets without tenants around them. */
export interface CreditFixture {
  readonly app: TestApp;
  readonly ledger: TestApp['container']['services']['creditLedger'];
  readonly wallets: TestApp['container']['services']['wallets'];
  now(): number;
  turnTo(moment: number): void;
  /** Opens an empty wallet, and tells whose it is. */
  openWallet(): Promise<TenantId>;
  /** In the tenant's own scope, as its role. */
  as<T>(tenantId: TenantId, work: (ctx: TxContext<TenantScope>) => Promise<T>): Promise<T>;
  onPlatform<T>(work: (ctx: TxContext<PlatformScope>) => Promise<T>): Promise<T>;
  differences(): Promise<unknown[]>;
  close(): Promise<void>;
}

export const START = Date.parse('2026-11-20T09:00:00.000Z');

export async function startCredits(options: TestAppOptions = {}): Promise<CreditFixture> {
  let moment = START;
  const app = await startTestApp({ ...options, overrides: { clock: { now: () => new Date(moment) } } });
  const { tx } = app.container.infrastructure;
  const { creditLedger: ledger, wallets, creditCheck } = app.container.services;
  const platform = systemContext(platformScope, 'credits-test');
  return {
    app,
    ledger,
    wallets,
    now: () => moment,
    turnTo: (next) => {
      moment = next;
    },
    async openWallet() {
      const tenantId = randomUUID();
      await app.rows('insert into credit_wallets (tenant_id, id, updated_at) values ($1, $2, now())', [
        tenantId,
        randomUUID(),
      ]);
      return asTenantId(tenantId);
    },
    as: (tenantId, work) => tx.run(systemContext(tenantScope(tenantId), 'credits-test'), work),
    onPlatform: (work) => tx.run(platform, work),
    differences: () => creditCheck.checkCredits(platform),
    close: () => app.close(),
  };
}

/** The balance that a booking left, or the code of what it was refused with. */
export async function outcomeOf(work: Promise<{ readonly creditsAfter: number }>): Promise<number | string> {
  try {
    return (await work).creditsAfter;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}
