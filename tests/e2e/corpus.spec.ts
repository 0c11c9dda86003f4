/**
 * Public models on the graphics backends of a real browser: our executor gives what TensorFlow.js's own loader gives on
 * the same backend. Light models only, because a software renderer stands in for the graphics card where there is none.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, type Page } from '@playwright/test';
import { build, preview, type PreviewServer } from 'vite';
import { isolationHeaders } from '../../scripts/headers.mjs';
import type { BackendId } from '../../src/runtime/backend';
import { isCorpusInstalled, loadCorpusFiles, readCorpusModels } from '../corpus/load';
import type { AskCorpus } from './pages/corpus/corpus';
import type { CorpusQuestion } from './pages/corpus/corpus.worker';

/** float32 sums in another order; a WebGPU driver may also fuse and reassociate within a sum. */
const TOLERANCE: { readonly [I in BackendId]?: number } = { webgl: 1e-5, webgpu: 1e-4 };
/** Software WebGPU needs a hundred times the time of the processor. */
const MODELS: { readonly [I in BackendId]?: readonly string[] } = {
  webgl: ['liveness', 'gender', 'age-ssrnet', 'emotion', 'antispoof', 'iris', 'facemesh', 'mobileface', 'esrgan-slim', 'pixel-upsampler-2x', 'movenet-lightning',
    'blazeface', 'handlandmark-lite', 'nsfwjs-mobilenet-v2-mid', 'nsfwjs-mobilenet-v2'],
  webgpu: ['liveness', 'gender', 'antispoof', 'pixel-upsampler-2x', 'pixel-upsampler-3x', 'emotion', 'age-ssrnet', 'iris', 'facemesh', 'mobileface', 'esrgan-slim',
    'nsfwjs-mobilenet-v2-mid'],
};
const TIME_LIMIT_MS = 900_000;

const source = fileURLToPath(new URL('./pages/corpus/', import.meta.url));
const outDir = fileURLToPath(new URL('../../.cache/corpus-page/', import.meta.url));

let server: PreviewServer;
const namesOf = new Map<string, readonly string[]>();

test.beforeAll(async () => {
  test.setTimeout(TIME_LIMIT_MS);
  expect(isCorpusInstalled(), 'npm ci --prefix tests/corpus --ignore-scripts --omit=peer').toBe(true);
  const shared = { root: source, configFile: false, logLevel: 'error' } as const;
  await build({ ...shared, build: { outDir, emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 10_000 }, worker: { format: 'es' } });
  const wanted = new Set(Object.values(MODELS).flat());
  for (const model of readCorpusModels().filter(({ id }) => wanted.has(id))) {
    const files = await loadCorpusFiles(model);
    namesOf.set(model.id, files.map((file) => file.name));
    for (const file of files) {
      const path = `${outDir}models/${model.id}/${file.name}`;
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, file.bytes);
    }
  }
  server = await preview({ ...shared, build: { outDir }, preview: { port: 0, host: '127.0.0.1', headers: isolationHeaders } });
});

test.afterAll(async () => {
  await server?.close();
  await rm(outDir, { recursive: true, force: true });
});

for (const backend of ['webgl', 'webgpu'] as const) {
  test(`public models run on ${backend} as TensorFlow.js runs them`, async ({ page }) => {
    test.setTimeout(TIME_LIMIT_MS);
    await page.goto(server.resolvedUrls!.local[0]!);
    for (const id of MODELS[backend]!) {
      const { inputs } = readCorpusModels().find((model) => model.id === id)!;
      const start = Date.now();
      const { differences, error } = await ask(page, { backend, folder: `/models/${id}`, names: namesOf.get(id)!, inputs });
      expect.soft(error, id).toBeUndefined();
      const largest = Math.max(...(differences ?? []));
      expect.soft(largest, id).toBeLessThanOrEqual(TOLERANCE[backend]!);
      console.info(`${backend} ${id}: ${largest.toExponential(1)}, ${Date.now() - start} ms`);
    }
  });
}

function ask(page: Page, question: CorpusQuestion) {
  return page.evaluate((what) => (window as unknown as { ask: AskCorpus }).ask(what), question);
}
