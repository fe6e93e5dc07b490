import type { Server } from 'node:http';
import { createApp } from './app.ts';
import { createBackground } from './composition/background.ts';
import { type Container, createContainer } from './composition/index.ts';
import { type Environment, readEnvironment } from './config/environment.ts';
import { drain, listen } from './http/listen.ts';
import { createPrototypedServer } from './http/server-prototypes.ts';
import { createWorkers } from './worker.ts';

/** A running process of Rowhouse. */
export interface Running {
  /** Where it can be reached. */
  readonly addresses: readonly { readonly label: string; readonly url: string }[];
  /** Takes nothing new, finishes what runs within the grace period, then lets go of everything. */
  close(): Promise<void>;
}

/**
 * Starts what this process plays: the API (RUN_API), workers (RUN_WORKERS), the scheduler (RUN_SCHEDULER).
 * @throws EnvironmentError naming every missing or weak setting; the system's error when the port can't be had
 */
export async function main(environment: Record<string, string | undefined>): Promise<Running> {
  const settings = readEnvironment(environment);
  const container = createContainer(settings);
  const api = settings.RUN_API ? await startApi(container, settings) : null;
  const background = settings.RUN_WORKERS || settings.RUN_SCHEDULER ? createBackground(container) : null;
  const workers = background === null ? null : createWorkers(background);
  const graceMs = settings.SHUTDOWN_GRACE_SECONDS * 1000;
  const close = async () => {
    await Promise.all([api === null ? undefined : drain(api.server, graceMs), workers?.close(graceMs)]);
    await container.close();
  };
  try {
    await container.start();
    await workers?.start();
  } catch (error) {
    await close();
    throw error;
  }
  container.infrastructure.log.info('started', {
    api: settings.RUN_API,
    workers: settings.RUN_WORKERS,
    scheduler: settings.RUN_SCHEDULER,
  });
  return { addresses: api?.addresses ?? [], close };
}

async function startApi(
  container: Container,
  settings: Environment,
): Promise<{ server: Server; addresses: Running['addresses'] }> {
  const server = createPrototypedServer(createApp(container));
  const { port } = await listen(server, settings.PORT, settings.HOST).catch(async (error: unknown) => {
    await container.close();
    throw error;
  });
  const origin = `http://localhost:${port}`;
  return {
    server,
    addresses: [
      { label: 'API', url: origin },
      { label: 'Swagger UI', url: `${origin}/docs` },
      { label: 'Health', url: `${origin}/health/ready` },
    ],
  };
}
