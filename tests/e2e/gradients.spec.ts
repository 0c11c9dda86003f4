/** The gradient of every operator's case on the browser's backends, in a module worker of a real browser, against differences of TensorFlow.js's results. */
import type { GradientResult } from '../training/network/gradient-oracle';
import type { Ask } from './pages/gradients/gradients';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';
import { build, preview, type PreviewServer } from 'vite';
import { isolationHeaders } from '../../scripts/headers.mjs';
import { GRADIENT_TOLERANCE } from '../training/network/gradient-tolerance';

/** Cases a question, so that progress shows. */
const CASES_AT_ONCE = 20;
/** Shaders of several hundred operators are compiled by a software renderer. */
const TIME_LIMIT_MS = 1_800_000;

const source = fileURLToPath(new URL('./pages/gradients/', import.meta.url));
const outDir = fileURLToPath(new URL('../../.cache/gradients-page', import.meta.url));
let server: PreviewServer;

test.beforeAll(async () => {
  test.setTimeout(TIME_LIMIT_MS);
  const shared = { root: source, configFile: false, logLevel: 'error' } as const;
  await build({ ...shared, build: { outDir, emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 10_000 }, worker: { format: 'es' } });
  server = await preview({ ...shared, build: { outDir }, preview: { port: 0, host: '127.0.0.1', headers: isolationHeaders } });
});
test.afterAll(() => server.close());

for (const backend of ['wasm', 'webgl', 'webgpu'] as const) {
  test(`every gradient is right on ${backend}`, async ({ page }) => {
    test.setTimeout(TIME_LIMIT_MS);
    await page.goto(server.resolvedUrls!.local[0]!);
    const results: GradientResult[] = [];
    for (let from = 0, count = Infinity; from < count; from += CASES_AT_ONCE) {
      const question = { backend, from, to: from + CASES_AT_ONCE };
      const answer = await page.evaluate((what) => (window as unknown as { ask: Ask }).ask(what), question);
      expect.soft(answer.thrown).toEqual([]);
      count = answer.count;
      results.push(...answer.results);
    }
    const isWrong = ({ middle, shapes, wantedShapes }: GradientResult) => !(middle < GRADIENT_TOLERANCE) || shapes !== wantedShapes;
    expect.soft(results.filter(isWrong).map(({ name, middle, shapes, wantedShapes }) => `${name}: ${middle.toExponential(1)}, ${shapes} for ${wantedShapes}`)).toEqual([]);
    expect.soft(results.filter(({ leaked }) => leaked !== 0).map(({ name, leaked }) => `${name}: ${leaked}`)).toEqual([]);
    expect(results.length).toBeGreaterThan(0);
  });
}
