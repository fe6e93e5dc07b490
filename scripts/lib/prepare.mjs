/**
 * Makes a fresh checkout ready to run: dependencies, Prisma's client, the build. Each step is skipped when what it made
 * before is still right, so that all of it costs a fraction of a second. Plain JavaScript without dependencies, because
 * it runs before there are any, and first of all says so when Node is too old to go on.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const OLDEST_NODE = [20, 19];
const STAMP_FILE = '.stamp';

const PREPARATION_ERROR = 'PreparationError';

/** A failure whose message says all that a person needs. */
const preparationError = (message) => Object.assign(new Error(message), { name: PREPARATION_ERROR });

export const assertNodeVersion = (version = process.versions.node) => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    throw preparationError(`Node >= ${OLDEST_NODE.join('.')} is needed, this is ${version}.`);
  }
};

const readJson = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined);

/** The lock file npm leaves in node_modules says what is installed; times would lie after a checkout or a copy. */
const dependenciesAreInstalled = () => {
  const wanted = readJson(join(root, 'package-lock.json'))?.packages ?? {};
  const installed = readJson(join(root, 'node_modules', '.package-lock.json'))?.packages;
  if (!installed) return false;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || installed[path]?.version === version || (optional === true && installed[path] === undefined),
  );
};

const npmCommand = () =>
  process.env.npm_execpath?.endsWith('.js')
    ? { command: process.execPath, leading: [process.env.npm_execpath], shell: false }
    : { command: 'npm', leading: [], shell: process.platform === 'win32' };

const installDependencies = () => {
  if (dependenciesAreInstalled()) return;
  console.log('Installing the dependencies (npm ci) ...');
  const { command, leading, shell } = npmCommand();
  const parameters = [...leading, 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } = spawnSync(command, parameters, { cwd: root, stdio: 'inherit', shell });
  if (status !== 0)
    throw preparationError(`The dependencies could not be installed${error ? `: ${error.message}` : ' (see above)'}.`);
};

const listFiles = (path, extensions) => {
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && extensions.some((extension) => entry.name.endsWith(extension)))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
};

const fingerprint = (paths, ...more) => {
  const hash = createHash('sha256');
  for (const path of paths)
    hash
      .update(`${relative(root, path)}\0`)
      .update(readFileSync(path))
      .update('\0');
  return hash.update(more.join('\0')).digest('hex');
};

const installedVersion = (name) => readJson(join(root, 'node_modules', name, 'package.json'))?.version ?? '';

const readStamp = (stampFile) => (existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : '');

const runPackage = (packageName, path, parameters, environment = {}) =>
  spawnSync(process.execPath, [join(root, 'node_modules', packageName, path), ...parameters], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });

/** The schema engine, which Prisma would download, is not used to generate: any program that exists will do for it. */
const PRISMA_ENVIRONMENT = {
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  CHECKPOINT_DISABLE: '1',
};

const generatePrismaClient = () => {
  const output = join(root, 'src', 'generated', 'prisma');
  const stampFile = join(root, 'src', 'generated', '.prisma-stamp');
  const stamp = fingerprint(listFiles(join(root, 'prisma', 'schema'), ['.prisma']), installedVersion('prisma'));
  if (existsSync(output) && readStamp(stampFile) === stamp) return;
  console.log('Generating the Prisma client ...');
  const { status, stdout, stderr } = runPackage('prisma', 'build/index.js', ['generate'], PRISMA_ENVIRONMENT);
  if (status !== 0) throw preparationError(`prisma generate failed:\n${stdout}${stderr}`);
  writeFileSync(stampFile, stamp);
};

const sourceFiles = () => [
  ...['src', 'scripts', 'prisma', 'bench'].flatMap((folder) => listFiles(join(root, folder), ['.ts', '.json'])),
  ...['tsconfig.json', 'tsconfig.build.json'].map((name) => join(root, name)),
];

/** Puts a finished build in the place of the last one, so that no process ever reads half of it. */
const replaceBuild = (draft) => {
  const build = join(root, 'dist');
  const former = `${draft}.former`;
  if (existsSync(build)) renameSync(build, former);
  renameSync(draft, build);
  rmSync(former, { recursive: true, force: true });
};

const compile = (toleratesTypeErrors) => {
  const stamp = fingerprint(sourceFiles(), installedVersion('typescript'));
  const stampInSpite = `${stamp} with type errors`;
  const made = readStamp(join(root, 'dist', STAMP_FILE));
  if (made === stamp || (toleratesTypeErrors && made === stampInSpite)) return;
  console.log('Building ...');
  const draft = join(root, `dist.new-${process.pid}`);
  try {
    const { status, stdout, stderr } = runPackage('typescript', 'bin/tsc', [
      '--project',
      'tsconfig.build.json',
      '--outDir',
      draft,
    ]);
    if (status !== 0 && !toleratesTypeErrors) throw preparationError(`The sources do not compile:\n${stdout}${stderr}`);
    if (status !== 0) console.warn(`${stdout}${stderr}Built in spite of type errors; npm run check fails on them.`);
    writeFileSync(join(draft, STAMP_FILE), status === 0 ? stamp : stampInSpite);
    replaceBuild(draft);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
};

/**
 * Installs, generates and builds what is missing or out of date. With `toleratesTypeErrors` the build is made in spite of
 * them, for tests: `npm run check` is where they count.
 *
 * @param {{ toleratesTypeErrors?: boolean }} [options]
 */
export const prepare = ({ toleratesTypeErrors = false } = {}) => {
  assertNodeVersion();
  installDependencies();
  generatePrismaClient();
  compile(toleratesTypeErrors);
};

/** Runs a program of this project; one that can't even start says why in one line. */
export const runOrExplain = async (program) => {
  try {
    process.exitCode = await program();
  } catch (error) {
    console.error(error.name === PREPARATION_ERROR ? error.message : error);
    process.exitCode = 1;
  }
};
