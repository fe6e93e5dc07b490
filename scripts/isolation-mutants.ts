/**
 * npm run test:isolation-mutants: takes away or weakens every part of the wall between tenants, one at a time, and expects the
 * isolation tests to notice each. Prints the score; anything but 1.0 is a failure.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { projectPaths } from './lib/project-paths.ts';
import { runProgram } from './lib/run-program.ts';
import { setupError } from './lib/setup-error.ts';

const SUITE = 'tests/integration/isolation/mutants.suite.ts';
const MUTANT = 'mutant: ';

/** The part of Jest's report that counts here. */
const Report = z.object({
  testResults: z.array(
    z.object({ message: z.string(), assertionResults: z.array(z.object({ title: z.string(), status: z.string() })) }),
  ),
});

type Result = z.output<typeof Report>['testResults'][number]['assertionResults'][number];

const runJest = async (outputFile: string): Promise<void> =>
  await new Promise((resolve, reject) => {
    const { root } = projectPaths();
    const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
    const suite = [
      '--testMatch',
      `<rootDir>/${SUITE}`,
      '--json',
      '--outputFile',
      outputFile,
      '--silent',
      '--maxConcurrency',
      '4',
    ];
    const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
    const child = spawn(process.execPath, [...flags, jest, ...suite], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    child.once('error', reject);
    child.once('close', () => resolve());
  });

const readResults = (outputFile: string): Result[] => {
  const { testResults } = Report.parse(JSON.parse(readFileSync(outputFile, 'utf8')));
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  if (results.length === 0)
    throw setupError(`The mutants did not run:\n${testResults.map(({ message }) => message).join('\n')}`);
  return results;
};

await runProgram(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'rowhouse-mutants-'));
  const outputFile = join(directory, 'report.json');
  const start = performance.now();
  try {
    await runJest(outputFile);
    const results = readResults(outputFile);
    const mutants = results.filter(({ title }) => title.startsWith(MUTANT));
    const survivors = mutants.filter(({ status }) => status !== 'passed');
    const broken = results.filter(({ title, status }) => !title.startsWith(MUTANT) && status !== 'passed');
    for (const { title } of broken) console.log(`FAILED   ${title}`);
    for (const { title } of survivors) console.log(`SURVIVED ${title.slice(MUTANT.length)}`);
    const killed = mutants.length - survivors.length;
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    console.log(
      `${killed} of ${mutants.length} mutants killed, score ${(killed / mutants.length).toFixed(3)} (${seconds} s)`,
    );
    if (survivors.length > 0 || broken.length > 0 || mutants.length === 0) process.exitCode = 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
