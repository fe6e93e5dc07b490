import pg from 'pg';
import { SET_SCOPE } from '../../src/config/scoped-query.ts';

/** A statement as it was handed to PostgreSQL. */
export interface RecordedStatement {
  /** Whose connection it ran on. */
  readonly role: 'tenant' | 'platform';
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Frames of transactions, with the tenant that rides in the same message: they cost no round trip of their own. */
const TRANSACTION_CONTROL = /^(?:begin|start transaction|commit|end|rollback|savepoint|release)\b/i;

const ROLE_OF_APPLICATION: ReadonlyMap<unknown, RecordedStatement['role']> = new Map([
  ['rowhouse-tenant', 'tenant'],
  ['rowhouse-platform', 'platform'],
]);

/**
 * Runs `work` and writes down every statement that the app's connections send meanwhile: on lanes, in transactions, by the ORM
 * and with the commit. All of them pass through pg's Client. Left out are transaction control, what a lane prepares when it
 * connects, the heartbeat of LISTEN, and connections that are not the app's. Two recordings must not overlap.
 */
export async function recordStatements<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly statements: readonly RecordedStatement[] }> {
  const statements: RecordedStatement[] = [];
  const send = pg.Client.prototype.query;
  const recordAndSend = function (this: pg.Client, ...parameters: unknown[]): unknown {
    const statement = statementOf(this, parameters);
    if (statement !== null) statements.push(statement);
    return Reflect.apply(send, this, parameters);
  };
  Object.defineProperty(pg.Client.prototype, 'query', { value: recordAndSend, configurable: true, writable: true });
  try {
    return { result: await work(), statements };
  } finally {
    Object.defineProperty(pg.Client.prototype, 'query', { value: send, configurable: true, writable: true });
  }
}

function statementOf(client: pg.Client, [query, values]: readonly unknown[]): RecordedStatement | null {
  const role = ROLE_OF_APPLICATION.get(fieldOf(fieldOf(client, 'connectionParameters'), 'application_name'));
  const text = typeof query === 'string' ? query : fieldOf(query, 'text');
  if (role === undefined || typeof text !== 'string') return null;
  if (text === SET_SCOPE.text || TRANSACTION_CONTROL.test(text)) return null;
  const given = fieldOf(query, 'values') ?? values;
  return { role, text, values: Array.isArray(given) ? given : [] };
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
