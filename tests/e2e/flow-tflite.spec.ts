/**
 * The way to a device on the built page with the real engine: the sample becomes integers, LiteRT runs the very bytes, and the
 * downloaded .tflite opens again with its recipe inside. Nothing here is asserted on time.
 */
import { readFile } from 'node:fs/promises';
import { expect, test } from '@playwright/test';
import { choosePreset, dropReal, numbersOf, openPage, picture, waitUntilMeasured } from './flow-page';

/** Software graphics and LiteRT on two processor cores that other tests may use too. */
const TIME_LIMIT_MS = 300_000;
/** The size that a quarter of the weights' bytes can be kept under, whatever else a file holds. */
const LARGEST_SHARE = 1 / 3;

test.use({ actionTimeout: 30_000, trace: 'off' });

test('the sample leaves as integers, is run by LiteRT, and its file opens again', async ({ page }, info) => {
  test.setTimeout(TIME_LIMIT_MS);
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  await openPage(page);
  await page.getByRole('button', { name: 'Fashion CNN' }).click();
  await expect(page.getByRole('heading', { name: 'Results' })).toBeVisible();
  await page.getByRole('radio', { name: '500', exact: true }).click({ force: true });
  await choosePreset(page, 'Integers');
  await waitUntilMeasured(page);

  // The export follows the recipe; other formats say why they do not.
  await expect(page.getByRole('radio', { name: /^TensorFlow Lite/ })).toBeChecked();
  await expect(page.getByRole('radio', { name: /^Keras \(\.keras\)/ })).toBeDisabled();

  const [sizeBefore, sizeAfter] = await numbersOf(page, /^Download size/);
  expect(sizeAfter!).toBeLessThan(sizeBefore! * LARGEST_SHARE);
  const [accuracyBefore, accuracyAfter] = await numbersOf(page, /^Accuracy/);
  expect(accuracyBefore).toBeGreaterThan(88);
  expect(Math.abs(accuracyAfter! - accuracyBefore!)).toBeLessThan(2);
  const latency = page.getByRole('region', { name: 'Latency on LiteRT WASM' });
  await expect(latency).toContainText(/Same speed|faster|slower/);
  await expect(page.getByRole('img', { name: /^Accuracy against latency on LiteRT WASM.*: 2 results/ })).toBeVisible();

  // What ran the bytes, and where else they run.
  const exporting = page.getByRole('region', { name: 'Export' });
  await expect(exporting).toContainText(/Verified\. Re-opened and run on \d+ samples on \w+: largest difference/);
  await expect(exporting).toContainText(/LiteRT ran these bytes on [\d,]+ samples: (100\.00|99\.\d+)\s%\ssame answers/);
  const devices = exporting.getByRole('region', { name: 'Where the file runs' });
  await expect(devices).toContainText(/Microcontrollers.*Every operator\..*≈ \d+(\.\d+)?\skB of working memory/s);
  await expect(devices).toContainText('Coral Edge TPU');

  // How the ranges were found, with the noise that they are expected to make.
  await page.getByRole('button', { name: /^Messages/ }).click();
  await expect(page.locator('#drawer-pane')).toContainText(/Ranges of \d+ activations found on \d+ examples.*\d dB/);
  await picture(page, info, 'integers');

  // The way out, and back in.
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: /^Download ·/ }).click();
  const download = await saving;
  expect(download.suggestedFilename()).toMatch(/\.tflite$/);
  const bytes = await readFile(await download.path());
  expect(bytes.subarray(4, 8).toString('latin1')).toBe('TFL3');
  await page.reload();
  await dropReal(page, [{ name: 'fashion.tflite', bytes }]);
  await expect(page.getByText('This model was made by Whittle; its recipe is inside.')).toBeVisible();
  await page.getByRole('button', { name: /: about this model$/ }).click();
  const facts = page.getByRole('dialog', { name: 'About this model' });
  await expect(facts).toContainText('TensorFlow Lite');
  await expect(facts).toContainText('Where the file runs');
  await picture(page, info, 'reopened');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Show the recipe' }).click();
  await expect(page.getByRole('article', { name: 'Quantize to integers' }).getByRole('switch').first()).toBeChecked();
  expect(problems).toEqual([]);
});
