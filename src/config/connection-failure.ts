import { isNativeError } from 'node:util/types';
import { sqlStateOf } from './sql-state.ts';

/** The database did not answer: callers see 503, and the next request finds it again without a restart. */
export class DatabaseUnavailableError extends Error {
  constructor(cause: unknown) {
    super('The database is not available', { cause });
    this.name = 'DatabaseUnavailableError';
  }
}

/** Sockets' errors, and what the ORM makes of them. */
const SOCKET_FAILURE = /^(?:ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|P10(?:01|02|08|17)$)/;
/** Without 08P01: to PostgreSQL a wrong number of values violates the protocol, and costs no connection. */
const LOST_CONNECTION = /^(?:08(?!P01)|57P)/;
const CLIENT_FAILURE =
  /Connection terminated|Query read timeout|Client has encountered a connection error|Client was closed|not queryable/;

/** Whether an error means that the connection itself is gone (SQLSTATE classes 08 and 57P, sockets, and pg's own words for it). */
export function isConnectionFailure(error: unknown): boolean {
  if (!isNativeError(error)) return false;
  if (error instanceof DatabaseUnavailableError) return true;
  const sqlState = sqlStateOf(error);
  if (sqlState !== undefined) return LOST_CONNECTION.test(sqlState);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return SOCKET_FAILURE.test(code) || CLIENT_FAILURE.test(error.message);
}
