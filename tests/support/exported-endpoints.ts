import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DescribedEndpoint } from '../../src/http/openapi/described-endpoint.ts';

const ROUTES = join(import.meta.dirname, '..', '..', 'src', 'routes');

const isEndpoint = (value: unknown): value is DescribedEndpoint =>
  typeof value === 'object' && value !== null && 'operationId' in value && 'accept' in value;

/** Every endpoint that a file under src/routes exports by itself. */
export async function exportedEndpoints(): Promise<DescribedEndpoint[]> {
  const files = (await readdir(ROUTES, { recursive: true })).filter((file) => file.endsWith('.routes.ts')).sort();
  const endpoints: DescribedEndpoint[] = [];
  for (const file of files) {
    // One at a time: Jest's module loader fails when imports of the same module overlap.
    const module: object = await import(pathToFileURL(join(ROUTES, file)).href);
    endpoints.push(...Object.values(module).filter(isEndpoint));
  }
  return endpoints;
}
