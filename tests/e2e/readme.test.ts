import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { demoLogins, seed } from '../../prisma/seed.ts';
import { eventually } from '../support/eventually.ts';
import { type ServerProcess, serverEnvironment, startServer } from '../support/server-process.ts';
import { type ClonedDatabase, cloneTemplateDatabase } from '../support/template-database.ts';

const README = readFileSync('README.md', 'utf8');
const walk = README.slice(README.indexOf('## A walk through it'), README.indexOf('## Configuration'));

/** The steps of the walk: its heading, what is typed, and what is then to be seen. */
const steps = [...walk.matchAll(/\*\*(\d\. [^*]+)\*\*[\s\S]*?```bash\n([\s\S]*?)```\s+```text\n([\s\S]*?)```/g)].map(
  ([, heading = '', typed = '', seen = '']) => ({ heading, typed, seen }),
);

/** Without what differs from one walk to the next. */
const withoutChance = (text: string): string =>
  text
    .trim()
    .replaceAll('\r', '')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uuid>')
    .replaceAll(/harbour-\d+/g, 'harbour-<number>')
    .replaceAll(/INV-\d{4}-/g, 'INV-<year>-');

const END = '--- end of step ---';

/** A shell that stays open, as the reader's does. */
function openShell(directory: string) {
  const shell = spawn('bash', ['--noprofile', '--norc'], {
    cwd: directory,
    env: { PATH: process.env.PATH ?? '', HOME: directory },
  });
  let output = '';
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
  };
  shell.stdout.on('data', collect);
  shell.stderr.on('data', collect);
  return {
    async type(commands: string): Promise<string> {
      output = '';
      shell.stdin.write(`${commands}\necho; echo '${END}'\n`);
      await eventually(async () => output.includes(END), `the shell has run ${commands}`);
      return output.slice(0, output.indexOf(END));
    },
    close: () => shell.kill(),
  };
}

let database: ClonedDatabase;
let server: ServerProcess;
let shell: ReturnType<typeof openShell>;
const directory = mkdtempSync(join(tmpdir(), 'rowhouse-readme-'));

beforeAll(async () => {
  database = await cloneTemplateDatabase();
  const environment = serverEnvironment(database, { NODE_ENV: 'development' });
  await seed(environment);
  server = await startServer(environment);
  shell = openShell(directory);
}, 60_000);

afterAll(async () => {
  shell.close();
  await server.stop();
  await database.drop();
  rmSync(directory, { recursive: true });
});

/** The commands as they are typed here: another port, and another var/. */
const here = (typed: string): string => {
  const [, url = ''] = /API\s+(http:\/\/\S+)/.exec(server.output()) ?? [];
  return typed.replaceAll('http://localhost:3000', url).replaceAll('var/', `${server.varDirectory}/`);
};

const emails = (): string[] => {
  try {
    return readdirSync(join(server.varDirectory, 'outbox')).filter((name) => name.endsWith('.eml'));
  } catch {
    return [];
  }
};

describe('the walk of the README', () => {
  test('has all its steps', () => {
    expect(steps.map(({ heading }) => heading.charAt(0)).join('')).toBe('123456789');
  });

  test.each(steps)('$heading', async ({ heading, typed, seen }) => {
    if (heading.includes('e-mail has arrived'))
      await eventually(async () => emails().length > 0, 'an e-mail is written');
    expect(withoutChance(await shell.type(here(typed)))).toBe(withoutChance(seen));
  });

  test('leaves a PDF that the e-mail carries too', async () => {
    const pdf = readFileSync(join(directory, 'invoice.pdf'));
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    const [file = ''] = emails();
    const message = readFileSync(join(server.varDirectory, 'outbox', file), 'utf8');
    expect(message.replaceAll(/\s/g, '')).toContain(pdf.toString('base64').slice(0, 2000));
  });

  test('10. the documentation is there', async () => {
    expect((await server.http.get('/docs/')).text).toContain('swagger-ui');
    expect((await server.http.get('/openapi.json')).body.openapi).toMatch(/^3\.1/);
  });
});

test('the README shows the demo logins as they are', () => {
  for (const { role, email, password } of demoLogins)
    expect(README).toContain(`  ${role.padEnd(16)} ${email}  ${password}\n`);
});
