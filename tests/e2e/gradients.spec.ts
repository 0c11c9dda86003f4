/** The gradient of every operator's case on the browser's backends, in a module worker of a real browser, against differences of TensorFlow.js's results. */
import type { GradientResult } from '../training/network/gradient-oracle';
import type { Ask } from './pages/gradients/gradients';
import { expect, test } from '@playwright/test';
import { servePage, type ServedPage } from './serve-page';
import { GRADIENT_TOLERANCE } from '../training/network/gradient-tolerance';

/** Cases a question, so that progress shows. */
const CASES_AT_ONCE = 20;
/** Shaders of several hundred operators are compiled by a software renderer. */
const TIME_LIMIT_MS = 1_800_000;

let server: ServedPage;

test.beforeAll(async () => {
  test.setTimeout(TIME_LIMIT_MS);
  server = await servePage('gradients');
});
test.afterAll(() => server.close());

for (const backend of ['wasm', 'webgl', 'webgpu'] as const) {
  test(`every gradient is right on ${backend}`, async ({ page }) => {
    test.setTimeout(TIME_LIMIT_MS);
    await page.goto(server.address);
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
