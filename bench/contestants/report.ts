import { totalOf } from '../lib/cpu-time.ts';

/** Tells the bench that this process is ready, answers its questions about CPU time, and ends with it. */
export function serveBench(port: number, close: () => Promise<void>): void {
  process.on('message', () => process.send?.(totalOf(process.cpuUsage())));
  process.once('disconnect', () => {
    void close().finally(() => process.exit());
  });
  process.send?.(port);
}

/** @throws Error when the variable is missing */
export function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}
