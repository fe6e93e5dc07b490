import type { Clock } from '../../types/clock.ts';
import { SandboxDecision } from './sandbox-records.ts';
import { signedHeaders } from './sandbox-signature.ts';
import type { SandboxStore, WaitingDelivery } from './sandbox-store.ts';

export interface SandboxDeliveriesDeps {
  readonly store: SandboxStore;
  /** Our own inbox: `http://localhost:3000/api/payments/webhooks/sandbox`. */
  readonly inboxUrl: string;
  readonly webhookKey: Buffer;
  readonly clock: Clock;
  /** Called for each event that was not taken. */
  readonly onRefused: (refused: { readonly event: string; readonly attempt: number; readonly problem: string }) => void;
}

const AT_ONCE = 20;
const TIMEOUT_MS = 10_000;
const MOST_ATTEMPTS = 15;
const LONGEST_PAUSE_SECONDS = 3600;

const pauseAfter = (attempt: number): number => Math.min(2 ** attempt, LONGEST_PAUSE_SECONDS) * 1000;

export type SandboxDeliveries = ReturnType<typeof createSandboxDeliveries>;

/** Posts the sandbox's events to our own inbox, as a gateway would: signed, again after a failure, and in no certain order. */
export function createSandboxDeliveries({ store, inboxUrl, webhookKey, clock, onRefused }: SandboxDeliveriesDeps) {
  const post = async ({ id, body }: WaitingDelivery): Promise<string | null> => {
    const bytes = Buffer.from(body);
    try {
      const response = await fetch(inboxUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...signedHeaders(webhookKey, id, bytes, clock.now()) },
        body: bytes,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.body?.cancel();
      return response.ok ? null : `status ${response.status}`;
    } catch (error) {
      return error instanceof Error ? error.message : 'no connection';
    }
  };

  const isOutdated = async ({ unlessDecided }: WaitingDelivery): Promise<boolean> =>
    unlessDecided !== null && (await store.find('decisions', unlessDecided, SandboxDecision)) !== null;

  const deliver = async (delivery: WaitingDelivery): Promise<void> => {
    const problem = (await isOutdated(delivery)) ? null : await post(delivery);
    if (problem !== null) {
      const { name: _name, ...event } = delivery;
      onRefused({ event: event.id, attempt: event.attempt, problem });
      const next = { ...event, attempt: event.attempt + 1 };
      const again = new Date(clock.now().getTime() + pauseAfter(event.attempt));
      if (next.attempt <= MOST_ATTEMPTS) await store.schedule(next, again);
    }
    await store.remove(delivery);
  };

  return {
    /** Posts what is due. @returns how many; there may be more */
    async deliverDue(): Promise<number> {
      const due = await store.listDue(clock.now(), AT_ONCE);
      await Promise.all(due.map(deliver));
      return due.length;
    },
  };
}
