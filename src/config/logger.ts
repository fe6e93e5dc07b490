import { Writable } from 'node:stream';
import { isNativeError } from 'node:util/types';
import winston from 'winston';
import { withoutCardNumbers } from '../utils/card-numbers.ts';
import type { Environment } from './environment.ts';

/** Fields of a log line. Values under secret-looking names never reach the output. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  /** Writes out what is still in memory. */
  flush(): void;
}

const SECRET_NAME = /password|secret|token|authorization|cookie|api[-_]?key|card|cvc|otp/i;
const REDACTED = '[redacted]';

/** An API key anywhere in a text; what finds its row may be told. */
const API_KEY = /\b(rh_(?:live|test)_[0-9A-Za-z]{1,64}_)[0-9A-Za-z]+/g;
const MESSAGE = Symbol.for('message');

/** JSON.stringify's replacer: secrets become a mark, wherever an API key or a card number stands, and errors become readable. */
function safe(key: string, value: unknown): unknown {
  if (key !== '' && SECRET_NAME.test(key) && value !== null && value !== undefined && typeof value !== 'boolean')
    return REDACTED;
  if (isNativeError(value)) return describeError(value);
  if (typeof value === 'string') return withoutSecrets(value);
  if (typeof value === 'bigint') return value.toString();
  return value;
}

const withoutSecrets = (text: string): string =>
  withoutCardNumbers(text.includes('rh_') ? text.replace(API_KEY, `$1${REDACTED}`) : text);

function describeError(error: Error): LogFields {
  return {
    name: error.name,
    message: error.message,
    ...('code' in error && { code: error.code }),
    stack: error.stack,
    ...(isNativeError(error.cause) && { cause: describeError(error.cause) }),
  };
}

const jsonLine = winston.format((info) => {
  const { level, message, ...fields } = info;
  info[MESSAGE] = JSON.stringify({ time: new Date().toISOString(), level, message, ...fields }, safe);
  return info;
});

const FLUSH_AFTER_MS = 50;
const FLUSH_AT_CHARACTERS = 64 * 1024;

/** Collects lines and writes them together: a write per line costs more than making the line. */
export function createBatchedStream(write: (text: string) => void): Writable & { flushNow(): void } {
  let pending = '';
  let timer: NodeJS.Timeout | null = null;
  const flushNow = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (pending === '') return;
    const text = pending;
    pending = '';
    write(text);
  };
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      pending += chunk;
      if (pending.length >= FLUSH_AT_CHARACTERS) flushNow();
      else timer ??= setTimeout(flushNow, FLUSH_AFTER_MS).unref();
      done();
    },
    final(done) {
      flushNow();
      done();
    },
  });
  return Object.assign(stream, { flushNow });
}

/**
 * JSON lines on standard output. `error` means that somebody must act; a failed request of a client is `info`.
 * @param write where lines go; the process's standard output unless a test wants them
 */
export function createLogger(
  settings: Pick<Environment, 'LOG_LEVEL'>,
  write: (text: string) => void = (text) => void process.stdout.write(text),
): Logger {
  const stream = createBatchedStream(write);
  const logger = winston.createLogger({
    level: settings.LOG_LEVEL,
    format: jsonLine(),
    transports: [new winston.transports.Stream({ stream, eol: '\n' })],
  });
  return {
    error: (message, fields = {}) => void logger.error(message, fields),
    warn: (message, fields = {}) => void logger.warn(message, fields),
    info: (message, fields = {}) => void logger.info(message, fields),
    debug: (message, fields = {}) => void logger.debug(message, fields),
    flush: () => stream.flushNow(),
  };
}
