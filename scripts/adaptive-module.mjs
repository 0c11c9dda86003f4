// A plugin for Vite: `virtual:adaptive-module` holds the text of the module that `whittle export --adaptive` writes. It is built
// from src/adapt/module when Whittle is built, so that a person needs no build tool.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

const id = 'virtual:adaptive-module';
const folder = join(root, 'src', 'adapt', 'module');

export function adaptiveModule() {
  return {
    name: 'adaptive-module',
    resolveId: (name) => (name === id ? `\0${id}` : undefined),
    async load(name) {
      if (name !== `\0${id}`) return undefined;
      const texts = Object.fromEntries(readdirSync(join(folder, 'folder')).map((file) => [file, readFileSync(join(folder, 'folder', file), 'utf8')]));
      const parts = { code: await bundle(), types: declarations(), texts };
      return Object.entries(parts).map(([key, value]) => `export const ${key} = ${JSON.stringify(value)};`).join('\n');
    },
  };
}

async function bundle() {
  const { build } = await import('vite');
  const results = await build({
    root,
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    build: { write: false, target: 'es2022', minify: true, lib: { entry: join(folder, 'index.ts'), formats: ['es'], fileName: 'index' } },
  });
  const [{ output }] = [results].flat();
  if (output.length !== 1) throw new Error(`The adaptive module must be one file, and is ${output.length}.`);
  return output[0].code;
}

/** api.ts holds types alone; what index.ts exports is declared below them. */
function declarations() {
  return `${readFileSync(join(folder, 'api.ts'), 'utf8')}\nexport declare const createAdaptiveModel: CreateAdaptiveModel;\n`;
}
