/**
 * Adds to package-lock.json the optional packages of other platforms that npm left out of it. npm forgets them when it
 * installs into an existing node_modules, or from a registry that offers only some of them; npm ci then refuses the lock
 * file on the very machine that wrote it. Run it after npm install: node scripts/complete-lockfile.mjs [--check]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/prepare.mjs';

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const PROCESSORS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];
const C_LIBRARIES = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' };

/** Whether Node, looking from `path` upwards, finds the package in the lock file. */
const isLocked = (packages, path, name) => {
  const folder = path === '' ? '' : `${path}/`;
  if (packages[`${folder}node_modules/${name}`]) return true;
  if (path === '') return false;
  const end = path.lastIndexOf('/node_modules/');
  return isLocked(packages, end === -1 ? '' : path.slice(0, end), name);
};

/** The lock entry by the naming of platform packages: what they run on stands at the end of their names. */
const describePlatformPackage = (name, version, isDevelopment) => {
  const words = name.split('/').at(-1).split('-');
  const os = SYSTEMS.filter((word) => words.includes(word));
  const cpu = PROCESSORS.filter((word) => words.includes(word));
  const libc = words.flatMap((word) => C_LIBRARIES[word] ?? []);
  return {
    version,
    ...(cpu.length > 0 && { cpu }),
    ...(isDevelopment && { dev: true }),
    ...(libc.length > 0 && { libc }),
    optional: true,
    ...(os.length > 0 && { os }),
  };
};

const lockPath = join(root, 'package-lock.json');
const lock = JSON.parse(readFileSync(lockPath, 'utf8'));
const added = [];
for (const [path, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (isLocked(lock.packages, path, name)) continue;
    lock.packages[`node_modules/${name}`] = describePlatformPackage(name, version.replace(/^[~^]/, ''), dev);
    added.push(name);
  }
}

if (added.length === 0) console.log('package-lock.json is complete.');
else if (process.argv.includes('--check')) {
  console.error(`package-lock.json lacks ${added.length} optional packages: run node scripts/complete-lockfile.mjs`);
  process.exitCode = 1;
} else {
  const byPath = ([one], [other]) => one.localeCompare(other, 'en');
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(byPath));
  writeFileSync(lockPath, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`Added: ${added.join(', ')}`);
}
