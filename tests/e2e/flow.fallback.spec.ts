/** A browser without WebGPU: the page says so, with the reason, and does the whole job without it. */
import { expect, test } from '@playwright/test';
import { numbersOf, openPage, picture, waitUntilMeasured } from './flow-page';

const TIME_LIMIT_MS = 480_000;

test.use({ actionTimeout: 30_000 });

test('without WebGPU the page says so and works on WASM', async ({ page }, info) => {
  test.setTimeout(TIME_LIMIT_MS);
  await page.addInitScript(() => {
    // Some systems deliver WebGPU even here; a browser without it has no such property.
    Object.defineProperty(Navigator.prototype, 'gpu', { value: undefined, configurable: true });
  });
  await openPage(page);
  await expect(page.getByText(/Everything works without WebGPU/)).toBeVisible();
  await page.getByRole('button', { name: 'Fashion CNN' }).click();
  await waitUntilMeasured(page);
  await expect(page.getByRole('checkbox', { name: /^WebGPU/ })).toBeDisabled();
  await expect(page.getByRole('region', { name: 'Latency on WASM' })).toContainText(/Same speed|faster|slower/);
  expect((await numbersOf(page, /^Accuracy/))[0]).toBeGreaterThan(91);
  await picture(page, info, 'without-webgpu');
});
