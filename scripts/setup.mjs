// Brings a checkout to the state a command needs: packages installed, pages and command line built. Only Node's own
// modules, because it runs before anything is installed. What it prints goes to stderr: stdout belongs to the command.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** What the page and the command line are made from. A change in any of these makes a build stale. */
const pageSources = ['src', 'public', 'index.html', 'vite.config.ts', 'LICENSE', 'NOTICE', 'package-lock.json', 'scripts/headers.mjs', 'scripts/build.mjs'];
const cliSources = ['src', 'package-lock.json', 'scripts/build.mjs'];

export const pageBuild = { folder: join(root, 'dist'), main: 'index.html', sources: pageSources };
export const cliBuild = { folder: join(root, 'dist-cli'), main: 'whittle.js', sources: cliSources };

const fingerprintFile = '.sources';

export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Runs a program with its output on stderr; throws when it fails. */
export function runLoud(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['inherit', 2, 2], ...options });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error(`${[command, ...args].join(' ')} ended with ${result.status ?? result.signal}.`);
}

/** Installs the packages of the folder's lock file when they are missing or others. */
export function ensureInstalled(folder = root) {
  if (isInstalled(folder)) return;
  say(`Installing packages${folder === root ? '' : ` of ${relative(root, folder)}`} (once)…`);
  const options = ['ci', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  if (npm?.endsWith('.js')) runLoud(process.execPath, [npm, ...options]);
  else runLoud('npm', options, { shell: process.platform === 'win32' });
}

/** Compares what npm noted in node_modules with the lock file: every entry there is as locked, none that is needed is missing. */
export function isInstalled(folder = root) {
  const locked = readPackages(join(folder, 'package-lock.json'));
  const installed = readPackages(join(folder, 'node_modules', '.package-lock.json'));
  if (!locked || !installed) return false;
  for (const [path, entry] of Object.entries(locked)) {
    if (path === '') continue;
    const found = installed[path];
    if (!found && !entry.optional && !entry.devOptional && !entry.peer) return false;
    if (found && found.version !== entry.version) return false;
  }
  return Object.keys(installed).every((path) => path in locked);
}

export function isBuilt(build) {
  if (!existsSync(join(build.folder, build.main))) return false;
  const noted = join(build.folder, fingerprintFile);
  return existsSync(noted) && readFileSync(noted, 'utf8') === fingerprint(build);
}

/** Builds what is missing or older than its sources. `parts` are names that scripts/build.mjs knows. */
export function ensureBuilt(parts) {
  const builds = { page: pageBuild, cli: cliBuild };
  const stale = parts.filter((part) => !isBuilt(builds[part]));
  if (stale.length === 0) return;
  say(`Building (${stale.join(', ')})…`);
  runLoud(process.execPath, [join(root, 'scripts', 'build.mjs'), ...stale]);
}

/** Path, size and time of every source file, hashed. */
export function fingerprint(build) {
  const hash = createHash('sha256');
  for (const source of build.sources) addToHash(hash, source);
  return hash.digest('hex');
}

/** Marks a finished build with the fingerprint taken before it began, so that an edit during the build makes it stale. */
export function noteFingerprint(build, taken) {
  writeFileSync(join(build.folder, fingerprintFile), taken);
}

function addToHash(hash, path) {
  const full = join(root, path);
  if (!existsSync(full)) return;
  const stats = statSync(full);
  if (stats.isDirectory()) {
    for (const name of readdirSync(full).sort()) addToHash(hash, `${path}/${name}`);
    return;
  }
  hash.update(`${path}\0${stats.size}\0${stats.mtimeMs}\n`);
}

function readPackages(path) {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined; // an unreadable note counts as not installed
  }
}
