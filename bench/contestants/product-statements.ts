import type { TransactionConnection } from '../../src/config/database.ts';
import { createAuditRepository } from '../../src/repositories/base/audit.repository.ts';
import type { Database } from '../../src/repositories/base/database.ts';
import { createIdempotencyRepository } from '../../src/repositories/base/idempotency.repository.ts';
import type { Statement } from '../../src/repositories/base/statement.ts';
import { createTransaction } from '../../src/repositories/base/transaction.ts';
import { createCreditNoteRepository } from '../../src/repositories/billing/credit-note.repository.ts';
import * as invoices from '../../src/repositories/billing/invoice-statements.ts';
import { createTaxRateRepository } from '../../src/repositories/billing/tax-rate.repository.ts';
import { createMembershipRepository } from '../../src/repositories/identity/membership.repository.ts';
import { createSessionRepository } from '../../src/repositories/identity/session.repository.ts';
import { createUserRepository } from '../../src/repositories/identity/user.repository.ts';
import { createPaymentRepository } from '../../src/repositories/payments/payment.repository.ts';
import { createTenantRepository } from '../../src/repositories/tenancy/tenant.repository.ts';
import { platformScope, systemContext, tenantScope } from '../../src/types/context-factory.ts';
import { asTenantId } from '../../src/types/ids.ts';

const NOTHING = '';

const refuse = (): never => {
  throw new Error('Statements are recorded, not run');
};

const noConnection: TransactionConnection = {
  get wire() {
    return refuse();
  },
  orm: refuse,
  closeOrm: refuse,
};

/**
 * The product's own SQL, so that the limit runs exactly the same: the repositories are called with a database and a
 * transaction that only write down what they are asked to run.
 */
export async function productStatements() {
  const recorded: Statement[] = [];
  const database: Database = {
    async query(_ctx, statement) {
      recorded.push(statement);
      return [];
    },
    async execute(_ctx, statement) {
      recorded.push(statement);
      return 0;
    },
    orm: refuse,
  };
  const { handle, state } = createTransaction(platformScope, noConnection);
  const ctx = { ...systemContext(platformScope, 'bench'), tx: handle };

  /** The one statement that `call` runs at once, or leaves for the commit. */
  const statementOf = async (call: () => unknown): Promise<string> => {
    await call();
    const [statement] = [...recorded.splice(0), ...state.closing.splice(0).map((closing) => closing.statement)];
    if (statement === undefined) throw new Error('The repository ran no statement');
    return statement.text;
  };

  const anyTenant = asTenantId('00000000-0000-4000-8000-000000000000');
  const inTenant = systemContext(tenantScope(anyTenant), 'bench');
  const keys = createIdempotencyRepository({ database });
  const sessions = createSessionRepository({ database });
  const users = createUserRepository({ database });
  const memberships = createMembershipRepository({ database });
  const entry = {
    tenantId: NOTHING,
    id: NOTHING,
    occurredAt: NOTHING,
    action: NOTHING,
    resourceType: NOTHING,
    resourceId: null,
    actorType: NOTHING,
    actorId: null,
    actorName: NOTHING,
    impersonatorId: null,
    sessionId: null,
    requestId: NOTHING,
    ipAddress: null,
    userAgent: null,
    changes: {},
  };
  const session = {
    id: NOTHING,
    userId: NOTHING,
    ipAddress: null,
    userAgent: null,
    method: 'password' as const,
    homeTenantId: null,
    twoFactor: false,
    isRestricted: false,
    minutes: 1,
    firstToken: { id: NOTHING, secretHash: Buffer.alloc(0), idleDays: 1 },
  };
  return {
    listInvoices: invoices.listStatement('tenantId', '-createdAt').text,
    countInvoices: invoices.countStatement('tenantId').text,
    findInvoice: invoices.FIND.text,
    findItems: invoices.FIND_ITEMS.text,
    insertDraft: invoices.INSERT_DRAFT.text,
    listCreditNotes: await statementOf(() =>
      createCreditNoteRepository({ database }).listOfInvoice(inTenant, anyTenant, NOTHING),
    ),
    listPayments: await statementOf(() => createPaymentRepository({ database }).listOfInvoice(inTenant, NOTHING)),
    findTenant: await statementOf(() => createTenantRepository({ database }).findById(inTenant, anyTenant)),
    findTaxRates: await statementOf(() => createTaxRateRepository({ database }).findCharged(inTenant, null, [])),
    claimKey: await statementOf(() => keys.claim(ctx, NOTHING, NOTHING, Buffer.alloc(0), new Date(0))),
    completeKey: await statementOf(() => keys.complete(ctx, NOTHING, NOTHING, 200, NOTHING)),
    appendAudit: await statementOf(() => createAuditRepository().append(ctx, entry)),
    listMemberships: await statementOf(() => memberships.listOfUser(ctx, NOTHING)),
    openSession: await statementOf(() => sessions.open(ctx, session)),
    recordSignIn: await statementOf(() => users.recordSignIn(ctx, NOTHING)),
  };
}

export type ProductStatements = Awaited<ReturnType<typeof productStatements>>;
