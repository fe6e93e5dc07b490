import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '..', '..');
const SPECTRAL = join(ROOT, 'node_modules', '@stoplight', 'spectral-cli', 'dist', 'index.js');

const messageOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'stdout' in error ? `${error.stdout}` : String(error);

/** Lints an OpenAPI document by the project's rules. Resolves to what Spectral complains about: nothing, if all is well. */
export async function lint(yaml: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rowhouse-openapi-'));
  const file = join(directory, 'swagger.yaml');
  try {
    await writeFile(file, yaml);
    const parameters = [SPECTRAL, 'lint', file, '--ruleset', join(ROOT, '.spectral.yaml'), '--fail-severity=warn'];
    await promisify(execFile)(process.execPath, parameters, { env: { ...process.env, NODE_OPTIONS: '' } });
    return '';
  } catch (error) {
    return messageOf(error);
  } finally {
    await rm(directory, { recursive: true });
  }
}
