// npm run build: the page into dist/ (and the check of its first load), the command line into dist-cli/.
// Arguments name the parts to build: page, cli. Without any, both.
import { rmSync } from 'node:fs';
import { adaptiveModule } from './adaptive-module.mjs';
import { checkFirstLoad } from './check-first-load.mjs';
import { cliBuild, ensureInstalled, fingerprint, noteFingerprint, pageBuild, root, say } from './setup.mjs';

const parts = process.argv.slice(2);
const builders = { page: buildPage, cli: buildCli };

try {
  ensureInstalled();
  for (const part of parts.length > 0 ? parts : Object.keys(builders)) {
    if (!(part in builders)) throw new Error(`There is no part "${part}" to build: ${Object.keys(builders).join(', ')}.`);
    await builders[part]();
  }
} catch (error) {
  say(error.message);
  process.exit(1);
}

async function buildPage() {
  const taken = fingerprint(pageBuild);
  const { build } = await import('vite');
  await build({ root, logLevel: 'warn' });
  try {
    const { gzipNbytes, limitNbytes } = checkFirstLoad(pageBuild.folder);
    console.log(`dist/: first load ${kilobytes(gzipNbytes)} of gzipped JavaScript (limit ${kilobytes(limitNbytes)})`);
  } catch (error) {
    rmSync(pageBuild.folder, { recursive: true, force: true }); // a page that breaks the promise is not left to be served
    throw error;
  }
  noteFingerprint(pageBuild, taken);
}

/** Packages stay outside the bundle: Node finds them, with their .wasm files beside them. */
async function buildCli() {
  const taken = fingerprint(cliBuild);
  const { build } = await import('vite');
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    plugins: [adaptiveModule()],
    build: {
      ssr: 'src/cli/main.ts',
      outDir: cliBuild.folder,
      emptyOutDir: true,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: cliBuild.main, banner: '#!/usr/bin/env node' } },
    },
  });
  noteFingerprint(cliBuild, taken);
  console.log('dist-cli/whittle.js: the command line');
}

function kilobytes(nbytes) {
  return `${(nbytes / 1000).toFixed(1)} kB`;
}
