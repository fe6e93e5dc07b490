import type { TestApp } from './test-app.ts';

const WATCHED = [
  'invoices',
  'invoice_sequences',
  'ledger_transactions',
  'ledger_entries',
  'payments',
  'payment_attempts',
  'refunds',
  'outbox_events',
  'audit_entries',
  'idempotency_keys',
] as const;

/** Ends the connection that writes, in the middle of its transaction or at its commit. */
export interface Killer {
  /** The n-th row that is written from now on ends the connection that writes it. */
  arm(step: number): Promise<void>;
  /** @returns whether somebody was killed since it was armed */
  disarm(): Promise<boolean>;
}

/** Counts with a sequence, which no rollback turns back. */
export async function createKiller(app: TestApp): Promise<Killer> {
  await app.rows(`
    create sequence kill_steps minvalue -100000 start 1;
    create function kill_at_step() returns trigger language plpgsql security definer as $$
    begin
      if nextval('public.kill_steps') = 0 then perform pg_terminate_backend(pg_backend_pid()); end if;
      return new;
    end $$;`);
  for (const table of WATCHED)
    await app.rows(
      `create trigger kill_at_step before insert or update on ${table} for each row execute function kill_at_step()`,
    );
  for (const table of ['ledger_entries', 'invoices', 'payments', 'refunds'])
    await app.rows(`create constraint trigger kill_at_commit after insert or update on ${table}
      deferrable initially deferred for each row execute function kill_at_step()`);
  return {
    async arm(step) {
      await app.rows(`alter sequence kill_steps restart with ${-step}`);
    },
    async disarm() {
      const [row] = await app.rows<{ passed: boolean }>('select last_value >= 0 as passed from kill_steps');
      await app.rows('alter sequence kill_steps restart with 1');
      return row?.passed ?? false;
    },
  };
}
