/**
 * The same as training-step in a browser: in a module worker of a built page in Chromium, on WASM, WebGL and WebGPU, ours and the net
 * written by hand with TensorFlow.js taking turns. Where there is no GPU, WebGL and WebGPU are computed in software, and ratios are what there is to read.
 *
 *     npm run bench -- training-step-page [--batch N] [--rounds N] [--backends wasm,webgl,webgpu] [FILE.keras …]
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright';
import type { TfjsBackendId } from '../src/runtime/backend';
import type { Ask } from './training-step/page/page';
import { openBuiltPage } from './in-page/open';
import { quantile, ratioText } from './training-step/turns';

/** Shaders are compiled in the first round; adapters in software are slow, and one more is enough. */
const WARM_UP_ROUNDS = 2;

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { batch: { type: 'string', default: '16' }, rounds: { type: 'string', default: '12' }, backends: { type: 'string', default: 'wasm,webgl,webgpu' } },
});
const files = positionals.length > 0 ? positionals : ['public/samples/fashion_cnn.keras', 'public/samples/fashion_mobile.keras'];
const { browser, newPage, close } = await openBuiltPage('training-step/page');
try {
  console.info(`Chromium ${browser.version()}, ${flags.rounds} rounds`);
  console.info('| backend | model | batch | ours p50 ms | by hand p50 ms | ours ÷ by hand: median of pairs (quartiles) | first losses |');
  console.info('|---|---|---|---|---|---|---|');
  for (const backend of flags.backends.split(',') as TfjsBackendId[]) {
    for (const file of files) {
      const page = await newPage();
      console.info(await compare(page, backend, file));
      await page.close();
    }
  }
} finally {
  await close();
}

async function compare(page: Page, backend: TfjsBackendId, file: string): Promise<string> {
  const question = { backend, name: basename(file), file: readFileSync(file).toString('base64'), batch: Number(flags.batch), rounds: Number(flags.rounds), warmUpRounds: WARM_UP_ROUNDS };
  const answer = await page.evaluate((what) => (window as unknown as { ask: Ask }).ask(what), question);
  if ('problem' in answer) return `| ${backend} | ${basename(file)} | ${flags.batch} | ${answer.problem} |`;
  const { ours, byHand, firstLosses } = answer;
  const cells = [backend, basename(file), flags.batch, quantile(ours, 0.5, 1), quantile(byHand, 0.5, 1), ratioText(ours, byHand), firstLosses.map((loss) => loss.toFixed(5)).join(' / ')];
  return `| ${cells.join(' | ')} |`;
}
