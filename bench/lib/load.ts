import { connect, type Socket } from 'node:net';

/** A stream of requests, as they go over the wire. */
export type NextRequest = () => Buffer | string;

export interface LoadOptions {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  readonly expectedStatus: number;
  readonly next: NextRequest;
}

export interface LoadResult {
  readonly completed: number;
  readonly requestsPerSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const STATUS_AT = 'HTTP/1.1 '.length;

/** The length of the first answer in a buffer and its status; null while it is not whole. */
function firstAnswer(bytes: Buffer): { length: number; status: number } | null {
  const headLength = bytes.indexOf(HEAD_END);
  if (headLength === -1) return null;
  const head = bytes.toString('latin1', 0, headLength);
  const [, contentLength] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
  if (contentLength === undefined) throw new Error(`An answer without Content-Length: ${head.slice(0, 200)}`);
  const length = headLength + HEAD_END.length + Number(contentLength);
  return bytes.length < length ? null : { length, status: Number(head.slice(STATUS_AT, STATUS_AT + 3)) };
}

/** One keep-alive connection that sends a request, waits for its answer, and sends the next. */
function runConnection(
  { port, expectedStatus, next }: LoadOptions,
  goesOn: () => boolean,
  onAnswer: (milliseconds: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let pending: Buffer | null = null;
    let sentAt = 0;
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    const send = () => {
      sentAt = performance.now();
      socket.write(next());
    };
    const receive = (chunk: Buffer) => {
      const bytes = pending === null ? chunk : Buffer.concat([pending, chunk]);
      const answer = firstAnswer(bytes);
      pending = answer === null ? bytes : null;
      if (answer === null) return;
      if (answer.status !== expectedStatus)
        throw new Error(`An answer with ${answer.status}: ${bytes.toString('utf8', 0, 1000)}`);
      onAnswer(performance.now() - sentAt);
      if (goesOn()) send();
      else socket.end();
    };
    socket.on('connect', send);
    socket.on('data', (chunk: Buffer) => {
      try {
        receive(chunk);
      } catch (error) {
        fail(error instanceof Error ? error : new Error(String(error)));
      }
    });
    socket.on('error', fail);
    socket.on('close', () => (goesOn() ? reject(new Error('The server closed a connection')) : resolve()));
  });
}

const percentile = (sorted: Float64Array, part: number): number =>
  sorted[Math.min(Math.floor(sorted.length * part), sorted.length - 1)] ?? Number.NaN;

/**
 * Keeps every connection busy for some seconds. The rate is counted from the first answer to the last, so that the ramps at
 * both ends do not count.
 * @throws Error for an answer with another status than the expected one, and for a lost connection
 */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const deadline = performance.now() + options.seconds * 1000;
  const goesOn = () => performance.now() < deadline;
  const latencies: number[] = [];
  let firstAt = 0;
  let lastAt = 0;
  let inTime = 0;
  const onAnswer = (milliseconds: number) => {
    latencies.push(milliseconds);
    const now = performance.now();
    if (latencies.length === 1) firstAt = now;
    if (now > deadline) return;
    inTime += 1;
    lastAt = now;
  };
  await Promise.all(Array.from({ length: options.connections }, () => runConnection(options, goesOn, onAnswer)));
  const sorted = Float64Array.from(latencies).sort();
  return {
    completed: latencies.length,
    requestsPerSecond: inTime < 2 ? Number.NaN : ((inTime - 1) * 1000) / (lastAt - firstAt),
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
  };
}
