import pg from 'pg';
import type { Environment } from './environment.ts';
import { clientConfig } from './lane.ts';

/** What PostgreSQL's NOTIFY tells this process. */
export interface Notifications {
  /** Whether every notification is arriving. While it is false, what was learnt from them may be out of date. */
  readonly connected: boolean;
  /** Calls `handler` with the payload of each notification on a channel. */
  subscribe(channel: string, handler: (payload: string) => void): void;
  /** Calls `handler` whenever notifications may have been missed: the connection was lost, or has just been made. */
  onGap(handler: () => void): void;
  /** Connects, and from then on reconnects until closed. Resolves with the first attempt, whether it succeeds or not. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface NotificationsDeps {
  readonly settings: Pick<Environment, 'DATABASE_PLATFORM_URL'>;
  readonly onConnectionLost: (error: unknown) => void;
}

const RECONNECT_DELAYS_MS = [50, 100, 250, 500, 1000, 2000];
const HEARTBEAT_EVERY_MS = 2000;
const HEARTBEAT_TIMEOUT_MS = 2000;

/**
 * One connection for LISTEN, the process's own: a connection that is shared or pooled by transaction hears nothing. A heartbeat
 * finds out about a connection that is dead without having said so.
 */
export function createNotifications({ settings, onConnectionLost }: NotificationsDeps): Notifications {
  const handlers = new Map<string, Array<(payload: string) => void>>();
  const gapHandlers: Array<() => void> = [];
  let listening: pg.Client | null = null;
  let timer: NodeJS.Timeout | null = null;
  let failures = 0;
  let closed = false;

  const announceGap = () => {
    for (const handler of gapHandlers) handler();
  };

  const schedule = (work: () => void, delayMs: number) => {
    timer = closed ? null : setTimeout(work, delayMs).unref();
  };

  const reconnectLater = () => {
    const delay = RECONNECT_DELAYS_MS[Math.min(failures, RECONNECT_DELAYS_MS.length - 1)] ?? 0;
    failures += 1;
    schedule(() => void connect(), delay * (0.5 + Math.random() / 2));
  };

  const lose = (client: pg.Client, error: unknown) => {
    client.connection.stream.destroy();
    if (client !== listening) return;
    listening = null;
    if (timer !== null) clearTimeout(timer);
    announceGap();
    if (closed) return;
    onConnectionLost(error);
    reconnectLater();
  };

  const beat = (client: pg.Client) => {
    const next = () => schedule(() => beat(client), HEARTBEAT_EVERY_MS);
    client.query('select 1').then(next, (error: unknown) => lose(client, error));
  };

  const connect = async (): Promise<void> => {
    const client = new pg.Client({
      ...clientConfig({
        connectionString: settings.DATABASE_PLATFORM_URL,
        applicationName: 'rowhouse-notifications',
        statementTimeoutMs: HEARTBEAT_TIMEOUT_MS,
      }),
      query_timeout: HEARTBEAT_TIMEOUT_MS,
    });
    client.on('error', (error) => lose(client, error));
    client.on('end', () => lose(client, new Error('The server has closed the connection')));
    client.on('notification', ({ channel, payload }) => {
      for (const handler of handlers.get(channel) ?? []) handler(payload ?? '');
    });
    try {
      await client.connect();
      await Promise.all([...handlers.keys()].map((channel) => listen(client, channel)));
    } catch (error) {
      client.connection.stream.destroy();
      if (closed) return;
      onConnectionLost(error);
      reconnectLater();
      return;
    }
    if (closed) {
      await client.end();
      return;
    }
    failures = 0;
    listening = client;
    announceGap();
    schedule(() => beat(client), HEARTBEAT_EVERY_MS);
  };

  return {
    get connected() {
      return listening !== null;
    },
    subscribe(channel, handler) {
      const existing = handlers.get(channel);
      if (existing !== undefined) {
        existing.push(handler);
        return;
      }
      handlers.set(channel, [handler]);
      const client = listening;
      if (client !== null) listen(client, channel).catch((error: unknown) => lose(client, error));
    },
    onGap: (handler) => void gapHandlers.push(handler),
    start: connect,
    async close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      const client = listening;
      listening = null;
      await client?.end();
    },
  };
}

const listen = (client: pg.Client, channel: string) => client.query(`listen ${pg.escapeIdentifier(channel)}`);
