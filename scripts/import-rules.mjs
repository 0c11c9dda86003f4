// Which way imports go, as data and a check over parsed files. Values only: `import type` is free, because it leaves no
// trace at run time. The check reads syntax trees, so strings and comments that look like imports do not count.
import { posix } from 'node:path';
import { parseSync } from 'oxc-parser';

/**
 * The folders of src from the bottom up. A file may import values from its own folder and from any row below its own;
 * folders in one row do not know each other. What passes need of their peers they get from their context.
 */
export const layers = [
  ['lib'],
  ['options', 'ir'],
  ['ops'],
  ['formats', 'passes', 'runtime', 'measure', 'datasets'],
  ['training', 'search', 'adapt'],
  ['engine'],
  ['worker', 'cli'],
  ['state'],
  ['ui'],
  ['main.tsx'],
];

/** Pairs that the rows alone would allow. The window reaches the engine through the worker; the command line is nobody's library. */
export const forbiddenFolders = [
  { from: ['state', 'ui', 'main.tsx'], to: ['engine', 'runtime', 'training', 'search', 'adapt', 'cli'], reason: 'the model lives in the worker; ask src/worker/client' },
];

/** Packages with one home. `homes` are path prefixes below src. */
export const packageHomes = [
  { packages: /^@tensorflow\//, homes: ['runtime/', 'training/'] },
  { packages: /^@litertjs\//, homes: ['runtime/litert/'] },
  { packages: /^flatbuffers$/, homes: ['formats/tflite/'] },
  { packages: /^comlink$/, homes: ['worker/'] },
  { packages: /^zustand$/, homes: ['state/'] },
  { packages: /^recharts$/, homes: ['ui/charts/'] },
  { packages: /^(react|react-dom|react-aria-components|lucide-react|@react-aria\/.*|@react-stately\/.*|@fontsource.*)$/, homes: ['ui/', 'main.tsx'] },
];

/** Files that are data: they may import values only from these folders, and from each other. */
const dataFileNames = ['catalog', 'meta'];
const dataFileSources = ['lib', 'options'];

/**
 * Checks files given as path below src (with forward slashes) → text. Returns one sentence for each broken rule:
 * direction, package home, work in a data file, `export *`, an import that leaves src or leads nowhere, a cycle, a syntax error.
 */
export function checkImports(files) {
  const problems = [];
  const edges = new Map();
  for (const [path, text] of files) {
    const { imports, starExports, errors } = readImports(path, text);
    for (const error of errors) problems.push(`${path}: does not parse: ${error}`);
    for (const name of starExports) problems.push(`${path}: export * from '${name}' hides what is exported; name the exports.`);
    const targets = [];
    for (const { name, lazy } of imports) {
      const bare = name.split('?')[0];
      if (!bare.startsWith('.')) {
        problems.push(...checkPackage(path, bare));
        continue;
      }
      const target = resolveImport(files, path, bare);
      if (target === undefined) {
        if (!isAsset(bare)) problems.push(`${path}: '${name}' leads to no file of src.`);
        continue;
      }
      problems.push(...checkDirection(path, target));
      if (!lazy) targets.push(target);
    }
    edges.set(path, targets);
  }
  for (const cycle of findCycles(edges)) problems.push(`${cycle[0]}: imports itself by way of ${[...cycle.slice(1), cycle[0]].join(' → ')}.`);
  return problems;
}

function checkPackage(path, name) {
  if (name.startsWith('/')) return [`${path}: '${name}' is an absolute path.`];
  const packageName = name.split('/').slice(0, name.startsWith('@') ? 2 : 1).join('/');
  const problems = [];
  if (isDataFile(path)) problems.push(`${path}: a ${dataFileNames.join('.ts or ')}.ts file is data; it must not import the package '${packageName}'.`);
  for (const { packages, homes } of packageHomes) {
    if (packages.test(packageName) && !homes.some((home) => path.startsWith(home))) {
      problems.push(`${path}: '${packageName}' belongs in ${homes.map((home) => `src/${home}`).join(' and ')} only.`);
    }
  }
  return problems;
}

function checkDirection(path, target) {
  const from = folderOf(path);
  const to = folderOf(target);
  if (isDataFile(path) && !isDataFile(target) && !dataFileSources.includes(to)) {
    return [`${path}: is data; it may import types, src/${dataFileSources.join(', src/')} and other ${dataFileNames.join(' and ')} files, not ${target}.`];
  }
  if (from === to) return [];
  const fromRow = layers.findIndex((row) => row.includes(from));
  const toRow = layers.findIndex((row) => row.includes(to));
  if (fromRow < 0 || toRow < 0) return [`${path}: src/${fromRow < 0 ? from : to} has no place in the layers of scripts/import-rules.mjs.`];
  if (toRow >= fromRow) return [`${path}: src/${from} must not import values from src/${to} (${target}).`];
  const rule = forbiddenFolders.find((pair) => pair.from.includes(from) && pair.to.includes(to));
  return rule ? [`${path}: src/${from} must not import values from src/${to} (${target}): ${rule.reason}.`] : [];
}

/** Value imports of a file: static ones, re-exports, and import() of a literal, which is marked lazy. */
function readImports(path, text) {
  const { module, errors } = parseSync(path, text);
  const imports = [];
  const starExports = [];
  for (const { moduleRequest, entries } of module.staticImports) {
    if (entries.length === 0 || entries.some((entry) => !entry.isType)) imports.push({ name: moduleRequest.value, lazy: false });
  }
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, importName, exportName, isType } of entries) {
      if (moduleRequest === null || isType) continue;
      imports.push({ name: moduleRequest.value, lazy: false });
      if (importName.kind === 'AllButDefault' && exportName.kind === 'None') starExports.push(moduleRequest.value);
    }
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const literal = /^(['"`])([^$]*)\1$/.exec(text.slice(moduleRequest.start, moduleRequest.end));
    if (literal) imports.push({ name: literal[2], lazy: true });
  }
  return { imports, starExports, errors: errors.map((error) => error.message) };
}

function resolveImport(files, path, name) {
  const base = posix.join(posix.dirname(path), name);
  return [base, `${base}.ts`, `${base}.tsx`, `${base}/index.ts`, `${base}/index.tsx`].find((candidate) => files.has(candidate));
}

/** Styles, data and pictures carry no code. */
function isAsset(name) {
  return /\.(css|json|svg|png|wasm)$/.test(name);
}

function isDataFile(path) {
  return !path.startsWith('ui/') && dataFileNames.includes(posix.basename(path).replace(/\.tsx?$/, ''));
}

function folderOf(path) {
  return path.split('/')[0];
}

/** One cycle of static imports for each knot of files that import each other (depth-first search, back edges). */
function findCycles(edges) {
  const cycles = [];
  const done = new Set();
  const trail = [];
  const visit = (path) => {
    if (done.has(path)) return;
    const at = trail.indexOf(path);
    if (at >= 0) {
      cycles.push(trail.slice(at));
      return;
    }
    trail.push(path);
    for (const next of edges.get(path) ?? []) visit(next);
    trail.pop();
    done.add(path);
  };
  for (const path of edges.keys()) visit(path);
  return cycles;
}
