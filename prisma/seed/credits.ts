import type { CreditChannel, CreditOperationKind, CreditSource } from '../../src/types/credits/credit.ts';
import { PLATFORM_ID } from '../../src/types/ids.ts';
import { DAY_MS, daysBefore, HOUR_MS } from './calendar.ts';
import { type CreditEvent, makeCreditEvents } from './credit-events.ts';
import { createIds } from './ids.ts';
import type { TableRows } from './insert-rows.ts';
import type { SeededTenant } from './tenants.ts';

interface GrantRow {
  readonly tenantId: string;
  readonly id: string;
  readonly walletId: string;
  readonly operationId: string;
  readonly channel: CreditChannel;
  readonly credits: number;
  readonly priority: number;
  readonly source: CreditSource;
  readonly expiresAt: string | null;
  readonly createdAt: string;
  used: number;
  spent: boolean;
}

interface Wallet {
  readonly tenantId: string;
  readonly id: string;
  readonly createdAt: string;
  readonly grants: GrantRow[];
  sequence: number;
  settledAt: string | null;
}

interface EntryLine {
  readonly grantId: string;
  readonly account: string;
  readonly credits: number;
  readonly effectiveAt: string;
}

interface Part {
  readonly grant: GrantRow;
  readonly credits: number;
}

const PRIORITY = { promotional: 10, top_up: 50 } as const;
const ALERT_BELOW = 150;

/** Credits as they went: bought by the operator, given to tenants, and used by them; with the entries of each operation. */
export function makeCredits(tenants: readonly SeededTenant[], anchor: Date): TableRows[] {
  const books = openBooks(tenants, anchor);
  for (const event of makeCreditEvents(tenants, anchor)) books.book(event);
  return books.rows();
}

function openBooks(tenants: readonly SeededTenant[], anchor: Date) {
  const nextWallet = createIds('credit_wallets');
  const nextOperation = createIds('credit_operations');
  const nextGrant = createIds('credit_grants');
  const open = (tenantId: string, createdAt: string): Wallet => ({
    tenantId,
    id: nextWallet(),
    createdAt,
    grants: [],
    sequence: 0,
    settledAt: null,
  });
  const wallets = new Map(tenants.map(({ row }) => [row.id, open(row.id, row.createdAt)]));
  const master = open(PLATFORM_ID, daysBefore(anchor, 660).toISOString());
  const operations: object[] = [];
  const entries: object[] = [];

  const record = (
    id: string,
    wallet: Wallet,
    kind: CreditOperationKind,
    { channel, credits, at, reference, description }: CreditEvent,
    counterpartyId: string | null,
    lines: readonly EntryLine[],
  ): void => {
    const createdAt = at.toISOString();
    wallet.sequence += 1;
    wallet.settledAt = createdAt;
    const { tenantId, id: walletId, sequence } = wallet;
    const creditsAfter = availableIn(wallet, channel, createdAt);
    const what = { channel, kind, credits, creditsAfter, reference, description, counterpartyId, createdAt };
    operations.push({ tenantId, id, walletId, sequence, ...what });
    for (const [position, line] of lines.entries()) {
      entries.push({ tenantId, operationId: id, position: position + 1, walletId, channel, ...line });
    }
  };

  const grant = (wallet: Wallet, kind: 'grant' | 'transfer_in', event: CreditEvent, giver: string | null): void => {
    const { channel, credits, at, source, daysValid } = event;
    const operationId = nextOperation();
    const added: GrantRow = {
      tenantId: wallet.tenantId,
      id: nextGrant(),
      walletId: wallet.id,
      operationId,
      channel,
      credits,
      priority: PRIORITY[source],
      source,
      expiresAt: daysValid === null ? null : new Date(at.getTime() + daysValid * DAY_MS).toISOString(),
      createdAt: at.toISOString(),
      used: 0,
      spent: false,
    };
    wallet.grants.push(added);
    record(operationId, wallet, kind, event, giver, linesOf(added, 'issued', -credits, at.toISOString()));
  };

  const use = (wallet: Wallet, kind: 'deduct' | 'transfer_out', event: CreditEvent, receiver: string | null): void => {
    const at = event.at.toISOString();
    const account = kind === 'deduct' ? 'consumed' : 'issued';
    const parts = burn(wallet, event.channel, event.credits, at);
    const lines = parts.flatMap((part) => linesOf(part.grant, account, part.credits, at));
    record(nextOperation(), wallet, kind, event, receiver, lines);
  };

  return {
    /** Campaigns for which there is too little are not sent. */
    book(event: CreditEvent): void {
      const { tenantId, kind, channel, credits, at } = event;
      const wallet = tenantId === null ? undefined : wallets.get(tenantId);
      if (wallet === undefined) {
        grant(master, 'grant', event, null);
      } else if (kind === 'give') {
        use(master, 'transfer_out', event, wallet.tenantId);
        grant(wallet, 'transfer_in', event, PLATFORM_ID);
      } else if (availableIn(wallet, channel, at.toISOString()) >= credits) {
        use(wallet, 'deduct', event, null);
      }
    },

    rows(): TableRows[] {
      const all = [...wallets.values(), master];
      const now = new Date(anchor.getTime() - HOUR_MS).toISOString();
      const alerts = [...wallets.values()]
        .filter(({ grants }) => grants.some(({ channel }) => channel === 'sms'))
        .map((wallet) => ({
          tenantId: wallet.tenantId,
          channel: 'sms',
          threshold: ALERT_BELOW,
          alertedAt: availableIn(wallet, 'sms', now) < ALERT_BELOW ? wallet.settledAt : null,
          createdAt: wallet.createdAt,
          updatedAt: wallet.settledAt ?? wallet.createdAt,
        }));
      return [
        {
          table: 'credit_wallets',
          rows: all.map(({ grants: _grants, ...wallet }) => ({
            ...wallet,
            updatedAt: wallet.settledAt ?? wallet.createdAt,
          })),
        },
        { table: 'credit_operations', rows: operations },
        { table: 'credit_grants', rows: all.flatMap(({ grants }) => grants) },
        { table: 'credit_entries', rows: entries },
        { table: 'credit_alerts', rows: alerts },
      ];
    },
  };
}

/** Credits that leave what is available for an account, or come back from it: then they expire with their grant, or no longer do. */
function linesOf({ id: grantId, expiresAt }: GrantRow, account: string, credits: number, at: string): EntryLine[] {
  const now = [
    { grantId, account: 'available', credits: -credits, effectiveAt: at },
    { grantId, account, credits, effectiveAt: at },
  ];
  if (expiresAt === null) return now;
  return [
    ...now,
    { grantId, account: 'available', credits, effectiveAt: expiresAt },
    { grantId, account: 'expired', credits: -credits, effectiveAt: expiresAt },
  ];
}

const isLive = ({ expiresAt, used, credits }: GrantRow, at: string): boolean =>
  used < credits && (expiresAt === null || expiresAt > at);

const availableIn = ({ grants }: Wallet, wanted: CreditChannel, at: string): number =>
  grants
    .filter((grant) => grant.channel === wanted && isLive(grant, at))
    .reduce((sum, { credits, used }) => sum + credits - used, 0);

const NEVER = '9999';

/** In the order of priority, expiry (never last) and age, as the product does. */
function burn({ grants }: Wallet, wanted: CreditChannel, credits: number, at: string): Part[] {
  let missing = credits;
  const parts = grants
    .filter((grant) => grant.channel === wanted && isLive(grant, at))
    .sort((a, b) => a.priority - b.priority || (a.expiresAt ?? NEVER).localeCompare(b.expiresAt ?? NEVER))
    .flatMap((grant) => {
      const taken = Math.min(missing, grant.credits - grant.used);
      missing -= taken;
      grant.used += taken;
      grant.spent = grant.used === grant.credits;
      return taken === 0 ? [] : [{ grant, credits: taken }];
    });
  if (missing > 0) throw new RangeError(`The demo used ${missing} credits more than there were`);
  return parts;
}
