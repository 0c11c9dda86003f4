/** A training of 200 steps on WASM and WebGL, in a module worker of a real browser: it learns, and no tensor is left of it. */
import type { Ask } from './pages/fit/fit';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';
import { build, preview, type PreviewServer } from 'vite';
import { isolationHeaders } from '../../scripts/headers.mjs';

/** Shaders are compiled by a software renderer. */
const TIME_LIMIT_MS = 900_000;
/** 48 examples are learned from, 8 at a time: 6 steps an epoch. */
const EPOCHS = 34;
const STEPS = 204;

const source = fileURLToPath(new URL('./pages/fit/', import.meta.url));
const outDir = fileURLToPath(new URL('../../.cache/fit-page', import.meta.url));
let server: PreviewServer;

test.beforeAll(async () => {
  test.setTimeout(TIME_LIMIT_MS);
  const shared = { root: source, configFile: false, logLevel: 'error' } as const;
  await build({ ...shared, build: { outDir, emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 10_000 }, worker: { format: 'es' } });
  server = await preview({ ...shared, build: { outDir }, preview: { port: 0, host: '127.0.0.1', headers: isolationHeaders } });
});
test.afterAll(() => server.close());

for (const backend of ['wasm', 'webgl'] as const) {
  test(`200 steps on ${backend} leave no tensor`, async ({ page }) => {
    test.setTimeout(TIME_LIMIT_MS);
    await page.goto(server.resolvedUrls!.local[0]!);
    const answer = await page.evaluate((what) => (window as unknown as { ask: Ask }).ask(what), { backend, epochs: EPOCHS });
    expect(answer).toMatchObject({ steps: STEPS, leftTensors: 0, leftBuffers: 0 });
    expect(answer.lastLoss).toBeLessThan(0.7 * answer.firstLoss);
  });
}
