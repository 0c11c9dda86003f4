// What the browser loads before a model is dropped: the entry script and all it imports statically. It must stay small
// and hold no engine. Fails the build otherwise, naming the culprit.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** The promise of the page: at most 200 kB (SI) of gzipped JavaScript. */
export const firstLoadLimitNbytes = 200_000;

/** Packages that must come later, in the worker. */
const lazyPackages = ['@tensorflow/', 'h5wasm', '@litertjs/', 'brotli-wasm'];

/** Reads Vite's manifest and the list of modules of each chunk (vite.config.ts writes both); throws when a promise is broken. */
export function checkFirstLoad(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, '.vite', 'manifest.json'), 'utf8'));
  const modules = JSON.parse(readFileSync(join(folder, '.vite', 'modules.json'), 'utf8'));
  const html = readFileSync(join(folder, 'index.html'), 'utf8');
  const files = firstLoadFiles(manifest, html);
  if (files.length === 0) throw new Error('First load: index.html loads no script, so nothing was checked.');
  for (const file of files) {
    if (!modules[file]) throw new Error(`First load: ${file} is not in .vite/modules.json, so what it holds is unknown.`);
    const culprit = modules[file].find((id) => lazyPackages.some((name) => id.includes(`node_modules/${name}`)));
    if (culprit) throw new Error(`First load: ${file} holds ${culprit}. Import it in the worker, or with import().`);
  }
  const sizes = files.map((file) => ({ file, nbytes: gzipSync(readFileSync(join(folder, file))).length }));
  const gzipNbytes = sizes.reduce((sum, { nbytes }) => sum + nbytes, 0);
  if (gzipNbytes > firstLoadLimitNbytes) {
    const list = sizes.map(({ file, nbytes }) => `  ${nbytes} ${file}`).join('\n');
    throw new Error(`First load: ${gzipNbytes} bytes of gzipped JavaScript, more than ${firstLoadLimitNbytes}:\n${list}`);
  }
  return { files, gzipNbytes, limitNbytes: firstLoadLimitNbytes };
}

/** Entries of the manifest with their static imports, and every script that index.html itself names. */
export function firstLoadFiles(manifest, html) {
  const seen = new Set();
  const visit = (key) => {
    const chunk = manifest[key];
    if (!chunk) throw new Error(`First load: the manifest names ${key}, but does not hold it.`);
    if (seen.has(chunk.file)) return;
    seen.add(chunk.file);
    for (const next of chunk.imports ?? []) visit(next);
  };
  for (const [key, chunk] of Object.entries(manifest)) if (chunk.isEntry) visit(key);
  for (const [, address] of html.matchAll(/(?:src|href)="(?:\.?\/)?([^"]+\.m?js)"/g)) seen.add(address);
  return [...seen].filter((file) => /\.m?js$/.test(file));
}
