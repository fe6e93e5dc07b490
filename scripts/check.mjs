/** npm run check: everything that is proved without running a test. One line a step; all run, also after a failure. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { prepare, root, runOrExplain } from './lib/prepare.mjs';

const STEPS = [
  {
    name: 'format and lint',
    program: 'node_modules/@biomejs/biome/bin/biome',
    parameters: ['ci', '--error-on-warnings', '--colors=off'],
  },
  { name: 'types', program: 'node_modules/typescript/bin/tsc', parameters: ['--noEmit'] },
  {
    name: 'layers',
    program: 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
    parameters: ['src', 'dist/src', '--config'],
  },
  { name: 'package-lock.json is complete', program: 'scripts/complete-lockfile.mjs', parameters: ['--check'] },
  { name: 'swagger.yaml is current', program: 'dist/scripts/openapi.js', parameters: ['--check'] },
  {
    name: 'OpenAPI lint',
    program: 'node_modules/@stoplight/spectral-cli/dist/index.js',
    parameters: ['lint', 'swagger.yaml', '--ruleset', '.spectral.yaml', '--fail-severity', 'warn'],
  },
  { name: 'migrations match the schema', program: 'dist/scripts/check-schema-drift.js', parameters: [] },
];

const CONCURRENCY = 2;

const run = async ({ program, parameters }) =>
  await new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, program), ...parameters], { cwd: root });
    let output = '';
    const collect = (chunk) => {
      output += chunk;
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, output: output.trim() }));
  });

const runAndReport = async (step) => {
  const start = performance.now();
  const { exitCode, output } = await run(step);
  const seconds = ((performance.now() - start) / 1_000).toFixed(1);
  console.log(`${exitCode === 0 ? 'ok    ' : 'FAILED'} ${step.name} (${seconds} s)`);
  if (exitCode !== 0) console.log(output.replaceAll(/^/gm, '       '));
  return exitCode === 0;
};

await runOrExplain(async () => {
  prepare({ toleratesTypeErrors: true });
  const waiting = STEPS.values();
  const results = [];
  const work = async () => {
    for (const step of waiting) results.push(await runAndReport(step));
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  const failed = results.filter((passed) => !passed).length;
  console.log(failed === 0 ? 'All checks passed.' : `${failed} of ${results.length} checks failed.`);
  return failed === 0 ? 0 : 1;
});
