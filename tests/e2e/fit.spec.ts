/** A training of 200 steps on WASM and WebGL, in a module worker of a real browser: it learns, and no tensor is left of it. */
import type { Ask } from './pages/fit/fit';
import { expect, test } from '@playwright/test';
import { servePage, type ServedPage } from './serve-page';

/** Shaders are compiled by a software renderer. */
const TIME_LIMIT_MS = 900_000;
/** 48 examples are learned from, 8 at a time: 6 steps an epoch. */
const EPOCHS = 34;
const STEPS = 204;

let server: ServedPage;

test.beforeAll(async () => {
  test.setTimeout(TIME_LIMIT_MS);
  server = await servePage('fit');
});
test.afterAll(() => server.close());

for (const backend of ['wasm', 'webgl'] as const) {
  test(`200 steps on ${backend} leave no tensor`, async ({ page }) => {
    test.setTimeout(TIME_LIMIT_MS);
    await page.goto(server.address);
    const answer = await page.evaluate((what) => (window as unknown as { ask: Ask }).ask(what), { backend, epochs: EPOCHS });
    expect(answer).toMatchObject({ steps: STEPS, leftTensors: 0, leftBuffers: 0 });
    expect(answer.lastLoss).toBeLessThan(0.7 * answer.firstLoss);
  });
}
