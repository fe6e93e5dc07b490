import { availableParallelism, cpus } from 'node:os';

/** What figures depend on. */
export const describeMachine = (postgresVersion: string): string =>
  `Node ${process.version}, PostgreSQL ${postgresVersion}, ${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'})`;
