// The check of the first load: it follows the imports, and each promise broken on purpose is caught.
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkFirstLoad, firstLoadFiles, firstLoadLimitNbytes } from '../../scripts/check-first-load.mjs';

const manifest = {
  'index.html': { file: 'assets/index.js', isEntry: true, imports: ['_shared.js'] },
  '_shared.js': { file: 'assets/shared.js' },
  'src/lazy.ts': { file: 'assets/lazy.js' },
};
const html = '<script type="module" src="./assets/index.js"></script><link rel="modulepreload" href="./assets/shared.js">';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A built page with these chunks: name → the modules it holds and its text. */
function makeBuild(chunks: Record<string, { modules: string[]; text: string }>): string {
  const folder = mkdtempSync(join(tmpdir(), 'whittle-build-'));
  folders.push(folder);
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  write('index.html', html);
  write('.vite/manifest.json', JSON.stringify(manifest));
  write('.vite/modules.json', JSON.stringify(Object.fromEntries(Object.entries(chunks).map(([name, { modules }]) => [name, modules]))));
  for (const [name, { text }] of Object.entries(chunks)) write(name, text);
  return folder;
}

const small = { modules: ['/home/src/main.tsx'], text: 'export const a = 1;' };

describe('the check of the first load', () => {
  it('counts the entry and its static imports once, and not what is lazy', () => {
    expect(firstLoadFiles(manifest, html)).toEqual(['assets/index.js', 'assets/shared.js']);
    const folder = makeBuild({ 'assets/index.js': small, 'assets/shared.js': small, 'assets/lazy.js': { modules: ['/home/node_modules/h5wasm/a.js'], text: '' } });
    expect(checkFirstLoad(folder).files).toHaveLength(2);
  });

  it('fails when the scripts are too large even after gzip', () => {
    const large = { modules: ['/home/src/main.tsx'], text: randomBytes(firstLoadLimitNbytes).toString('base64') };
    const folder = makeBuild({ 'assets/index.js': large, 'assets/shared.js': small });
    expect(() => checkFirstLoad(folder)).toThrow(/more than 200000/);
  });

  it.each(['@tensorflow/tfjs-core/dist/index.js', 'h5wasm/dist/esm/hdf5_hl.js', '@litertjs/core/index.js'])('fails when an imported chunk holds %s', (name) => {
    const folder = makeBuild({ 'assets/index.js': small, 'assets/shared.js': { modules: [`/home/node_modules/${name}`], text: '' } });
    expect(() => checkFirstLoad(folder)).toThrow(`assets/shared.js holds /home/node_modules/${name}`);
  });

  it('fails when a chunk is not in the list of modules, instead of passing unread', () => {
    const folder = makeBuild({ 'assets/index.js': small });
    expect(() => checkFirstLoad(folder)).toThrow(/is not in \.vite\/modules\.json/);
  });
});
