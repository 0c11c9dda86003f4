/**
 * Latency of models in a module worker of a built page in Chromium, each measured in turns with the first, as the product does it. Where there is
 * no GPU, WebGL and WebGPU are computed in software, and ratios are what there is to read.
 *
 *     npm run bench -- latency-page [--batch N] [--backends wasm,webgl,webgpu] FILE.keras FILE.keras …
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import type { BackendId } from '../src/runtime/backend';
import type { Ask } from './latency-page/page';
import { openBuiltPage } from './in-page/open';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { batch: { type: 'string', default: '1' }, backends: { type: 'string', default: 'wasm,webgl' } },
});
const [first, ...others] = positionals.map((path) => ({ name: basename(path), file: readFileSync(path).toString('base64') }));
if (!first || others.length === 0) throw new Error('Usage: npm run bench -- latency-page [--batch N] [--backends wasm,webgl,webgpu] FILE.keras FILE.keras …');

const { browser, newPage, close } = await openBuiltPage('latency-page');
try {
  console.info(`Chromium ${browser.version()}`);
  console.info(`| backend | adapter | model | p50 ms | ${first.name}, p50 ms | p50 ÷ p50 | times as fast [95 %] |`);
  console.info('|---|---|---|---|---|---|---|');
  for (const backend of flags.backends.split(',') as BackendId[]) {
    for (const model of others) {
      const page = await newPage();
      const question = { backend, batch: Number(flags.batch), models: [first, model] as const };
      const answer = await page.evaluate((what) => (window as unknown as { ask: Ask }).ask(what), question);
      if ('problem' in answer) throw new Error(`${backend}, ${model.name}: ${answer.problem}`);
      const { original, candidate, speedup, adapter } = answer;
      const cells = [backend, adapter, model.name, candidate.p50Ms.toPrecision(3), original.p50Ms.toPrecision(3), (candidate.p50Ms / original.p50Ms).toFixed(3), `${speedup.value.toFixed(2)} [${speedup.low.toFixed(2)}, ${speedup.high.toFixed(2)}]`];
      console.info(`| ${cells.join(' | ')} |`);
      await page.close();
    }
  }
} finally {
  await close();
}
