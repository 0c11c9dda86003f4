/**
 * The same as training-step in a browser: in a module worker of a built page in Chromium, on WASM, WebGL and WebGPU, ours and the net
 * written by hand with TensorFlow.js taking turns. Where there is no GPU, WebGL and WebGPU are computed in software, and ratios are what there is to read.
 *
 *     npm run bench -- training-step-page [--batch N] [--rounds N] [--backends wasm,webgl,webgpu] [FILE.keras …]
 */
import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, type Page } from 'playwright';
import { build, preview } from 'vite';
import type { TfjsBackendId } from '../src/runtime/backend';
import type { Ask } from './training-step/page/page';
import { chromiumFlags, installedChromium } from '../scripts/chromium.mjs';
import { isolationHeaders } from '../scripts/headers.mjs';
import { quantile, ratioText } from './training-step/turns';

/** Shaders are compiled in the first round; adapters in software are slow, and one more is enough. */
const WARM_UP_ROUNDS = 2;

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { batch: { type: 'string', default: '16' }, rounds: { type: 'string', default: '12' }, backends: { type: 'string', default: 'wasm,webgl,webgpu' } },
});
const files = positionals.length > 0 ? positionals : ['public/samples/fashion_cnn.keras', 'public/samples/fashion_mobile.keras'];
const shared = { root: resolve('bench/training-step/page'), configFile: false, logLevel: 'error' } as const;
const outDir = resolve('.cache/training-step-page');
await build({ ...shared, build: { outDir, emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 10_000 }, worker: { format: 'es' } });
const server = await preview({ ...shared, build: { outDir }, preview: { port: 0, host: '127.0.0.1', headers: isolationHeaders } });
const executablePath = installedChromium();
const browser = await chromium.launch({ args: chromiumFlags.webgpu, ...(executablePath ? { executablePath } : {}) });
try {
  console.info(`Chromium ${browser.version()}, ${flags.rounds} rounds`);
  console.info('| backend | model | batch | ours p50 ms | by hand p50 ms | ours ÷ by hand: median of pairs (quartiles) | first losses |');
  console.info('|---|---|---|---|---|---|---|');
  for (const backend of flags.backends.split(',') as TfjsBackendId[]) {
    for (const file of files) {
      // A page of its own, so that nothing is left of what was timed before.
      const page = await browser.newPage();
      page.setDefaultTimeout(0);
      await page.goto(server.resolvedUrls!.local[0]!);
      console.info(await compare(page, backend, file));
      await page.close();
    }
  }
} finally {
  await browser.close();
  await server.close();
}

async function compare(page: Page, backend: TfjsBackendId, file: string): Promise<string> {
  const question = { backend, name: basename(file), file: readFileSync(file).toString('base64'), batch: Number(flags.batch), rounds: Number(flags.rounds), warmUpRounds: WARM_UP_ROUNDS };
  const answer = await page.evaluate((what) => (window as unknown as { ask: Ask }).ask(what), question);
  if ('problem' in answer) return `| ${backend} | ${basename(file)} | ${flags.batch} | ${answer.problem} |`;
  const { ours, byHand, firstLosses } = answer;
  const cells = [backend, basename(file), flags.batch, quantile(ours, 0.5, 1), quantile(byHand, 0.5, 1), ratioText(ours, byHand), firstLosses.map((loss) => loss.toFixed(5)).join(' / ')];
  return `| ${cells.join(' | ')} |`;
}
