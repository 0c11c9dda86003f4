// node scripts/training-kernels/build.mjs: compiles kernels.ts (AssemblyScript) into src/training/wasm/kernel-bytes.ts. Run by hand after a
// change; the compiler is fetched by npx and is no dependency of the project.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const COMPILER = 'assemblyscript@0.28.20';
const here = fileURLToPath(new URL('.', import.meta.url));
const target = join(here, '../../src/training/wasm/kernel-bytes.ts');
const folder = mkdtempSync(join(tmpdir(), 'training-kernels-'));
const binary = join(folder, 'kernels.wasm');
const options = ['-O3', '--runtime', 'stub', '--importMemory', '--noExportMemory', '--noAssert', '--enable', 'simd', '--enable', 'bulk-memory'];
execFileSync('npx', ['--yes', '--package', COMPILER, 'asc', join(here, 'kernels.ts'), ...options, '-o', binary], { stdio: 'inherit' });
const lines = readFileSync(binary).toString('base64').match(/.{1,140}/g);
writeFileSync(
  target,
  `// Made by scripts/training-kernels/build.mjs from kernels.ts beside it, with ${COMPILER}: do not edit.\n\n` +
    `/** A WebAssembly module, base64. */\nexport const KERNEL_BYTES =\n${lines.map((line) => `  '${line}'`).join(' +\n')};\n`,
);
rmSync(folder, { recursive: true });
