import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Contestant, startContestant } from './contestant.ts';
import { rowhouseEnvironment } from './contestants.ts';
import { type BenchDatabase, openBenchDatabase } from './database.ts';
import { signTokens, type Tokens } from './workloads.ts';

/** The product with its workers in one process, on a filled database and a storage on this machine's disk. */
export interface TenancyProduct {
  readonly rowhouse: Contestant;
  readonly url: string;
  readonly tokens: Tokens;
  readonly database: BenchDatabase;
  stop(): Promise<void>;
}

export async function startTenancyProduct(): Promise<TenancyProduct> {
  const key = { kid: 'bench', secret: randomBytes(32) };
  const directory = await mkdtemp(join(tmpdir(), 'rowhouse-bench-'));
  const database = await openBenchDatabase('nobody signs in with a password');
  const close = async () => {
    await database.close();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const { S3_BUCKET: _bucket, ...environment } = rowhouseEnvironment(database.urls, key);
    const rowhouse = await startContestant({
      name: 'Rowhouse',
      program: 'rowhouse',
      environment: { ...environment, NODE_ENV: 'development', RUN_WORKERS: 'true', VAR_DIRECTORY: directory },
    });
    return {
      rowhouse,
      url: `http://127.0.0.1:${rowhouse.port}`,
      tokens: signTokens(key),
      database,
      async stop() {
        await rowhouse.stop();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
