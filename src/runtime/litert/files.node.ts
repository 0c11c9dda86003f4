/**
 * LiteRT's files in the installed package, for the command line and tests. Node has no relaxed SIMD without a flag, so it
 * runs the compatible build.
 */
import type { LiteRtFiles, ModuleFactory } from './files';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { compileFunction } from 'node:vm';

const STEM = '@litertjs/core/wasm/litert_wasm_compat_internal';

export const nodeLiteRtFiles: LiteRtFiles = {
  variants: ['compat'],
  async factory() {
    const { resolve } = createRequire(import.meta.url);
    const path = resolve(`${STEM}.js`);
    // A CommonJS file in a package that says it holds ES modules: `require` refuses it, so it gets CommonJS's surroundings here.
    const run = compileFunction(await readFile(path, 'utf8'), ['require', 'module', 'exports', '__filename', '__dirname'], { filename: path });
    const module = { exports: {} };
    run(createRequire(path), module, module.exports, path, dirname(path));
    return module.exports as ModuleFactory;
  },
  async settings() {
    const { resolve } = createRequire(import.meta.url);
    return { wasmBinary: await readFile(resolve(`${STEM}.wasm`)) };
  },
};
