// npm run bench -- NAME …: runs bench/NAME.ts in Node. Without a name, lists what there is. Benchmarks are run by hand:
// no test depends on a time.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureInstalled, root, say } from './setup.mjs';

ensureInstalled();
const folder = join(root, 'bench');
const names = existsSync(folder)
  ? readdirSync(folder).filter((name) => name.endsWith('.ts')).map((name) => name.slice(0, -'.ts'.length))
  : [];
const [name, ...rest] = process.argv.slice(2);
if (name === undefined || !names.includes(name)) {
  say(name === undefined ? 'Usage: npm run bench -- NAME' : `There is no benchmark "${name}".`);
  say(`Benchmarks: ${names.join(', ') || 'none'}`);
  process.exit(2);
}

const outDir = join(root, 'dist-bench', name); // beside dist-cli, whose builds empty it while a long benchmark runs
const { build } = await import('vite'); // late: the line above may have just installed it
await build({
  root,
  configFile: false,
  logLevel: 'warn',
  publicDir: false,
  build: { ssr: `bench/${name}.ts`, outDir, emptyOutDir: true, target: 'node20', rollupOptions: { output: { entryFileNames: `${name}.js` } } },
});
const program = join(outDir, `${name}.js`);
process.argv.splice(1, process.argv.length, program, ...rest);
await import(pathToFileURL(program).href);
