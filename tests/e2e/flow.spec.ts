/**
 * The main job on the built page with the real engine: a model dropped, made smaller, measured, downloaded, and the download
 * dropped back. Nothing here is asserted on time.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';
import { dropReal, enter, numbersOf, openPage, picture, pickReal, readNamed, switchOn, tickOnly, waitUntilMeasured } from './flow-page';
import { watchLongTasks, longTasksOf } from './long-tasks';

const bundled = (name: string) => fileURLToPath(new URL(`../../public/samples/${name}`, import.meta.url));
const sharded = (name: string) =>
  fileURLToPath(new URL(`../fixtures/keras/tfjs/keras3-sequential-cnn-uint8-shards/${name}`, import.meta.url));

/** Software graphics, on two processor cores that other tests may use too. */
const TIME_LIMIT_MS = 480_000;

// A trace is work on the window's thread, which is what the long tasks are about.
test.use({ actionTimeout: 30_000, trace: 'off' });

for (const backend of ['WebGPU', 'WebGL'] as const) {
  test(`from the drop to the re-opened download, latency on ${backend}`, async ({ page }, info) => {
    test.setTimeout(TIME_LIMIT_MS);
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    await openPage(page);
    await dropReal(page, [await readNamed(bundled('fashion_cnn.keras'))]);

    // The summary.
    await page.getByRole('button', { name: /^fashion_cnn.*: about this model$/ }).click();
    const facts = page.getByRole('dialog', { name: 'About this model' });
    await expect(facts).toContainText('Keras (.keras)');
    await expect(facts).toContainText('242');
    await expect(facts).toContainText('28×28×1');
    await picture(page, info, '1-summary');
    await page.keyboard.press('Escape');

    // One backend for latency, few examples, labelled data.
    await tickOnly(page, backend);
    await page.getByRole('radio', { name: '500', exact: true }).click({ force: true });
    await dropReal(page, [await readNamed(bundled('fashion-mnist-test.npz'))]);
    await waitUntilMeasured(page);
    await expect(page.getByRole('table').getByRole('row')).toHaveCount(2);
    await picture(page, info, '2-original');

    // The recipe.
    await switchOn(page, 'Fold batch norm');
    await switchOn(page, 'Prune weights');
    await enter(page, 'Prune weights', /^Sparsity/, '50');
    await switchOn(page, 'Cluster weights');
    await enter(page, 'Cluster weights', /^Centroids/, '32');
    await waitUntilMeasured(page);

    const [sizeBefore, sizeAfter] = await numbersOf(page, /^Download size/);
    expect(sizeAfter! * 4).toBeLessThan(sizeBefore!);
    await expect(page.getByRole('region', { name: /^Download size/ })).toContainText(/\d+(\.\d+)?\s%\ssmaller/);
    const [accuracyBefore, accuracyAfter] = await numbersOf(page, /^Accuracy/);
    expect(accuracyBefore).toBeGreaterThan(88);
    // Pruned within each layer and not trained again: some points are lost, and no more.
    expect(Math.abs(accuracyAfter! - accuracyBefore!)).toBeLessThan(6);
    await expect(page.getByRole('region', { name: /^Accuracy/ })).toContainText('500 examples, paired');
    const latency = page.getByRole('region', { name: `Latency on ${backend}` });
    await expect(latency).toContainText(/Same speed|faster|slower/);
    await expect(latency).toContainText(/p90 .* · first /);
    expect(await numbersOf(page, /^Latency/)).toHaveLength(2);
    await expect(page.getByRole('img', { name: /^Accuracy against download size.*: 2 results/ })).toBeVisible();
    await expect(page.getByRole('img', { name: new RegExp(`^Accuracy against .*${backend}.*: 2 results`) })).toBeVisible();
    await picture(page, info, '3-measured');

    // The way out, and back in.
    await page.getByRole('radio', { name: /^TensorFlow.js graph model/ }).check();
    await waitUntilMeasured(page);
    const exporting = page.getByRole('region', { name: 'Export' });
    await expect(exporting).toContainText(/Verified\. Re-opened and run on \d+ samples on \w+: largest difference/);
    await expect(exporting).toContainText('In TensorFlow.js’s own loader:');
    await picture(page, info, '4-verified');
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: /^Download ·/ }).click();
    const download = await saving;
    expect(download.suggestedFilename()).toBe('fashion_cnn-small.zip');
    const bytes = await readFile(await download.path());
    await dropReal(page, [{ name: download.suggestedFilename(), bytes }]);
    await expect(page.getByText('This model was made by Whittle; its recipe is inside.')).toBeVisible();
    await page.getByRole('button', { name: /: about this model$/ }).click();
    await expect(facts).toContainText('TensorFlow.js graph model');
    await picture(page, info, '5-reopened');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Show the recipe' }).click();
    await expect(page.getByRole('textbox', { name: /^Sparsity/ })).toHaveValue('50');
    await expect(page.getByRole('textbox', { name: /^Centroids/ })).toHaveValue('32');
    expect(problems).toEqual([]);
  });
}

test('a whole run on the sample leaves the window free: its long tasks are reported', async ({ page }, info) => {
  test.setTimeout(TIME_LIMIT_MS);
  await watchLongTasks(page);
  await openPage(page);
  await page.getByRole('button', { name: 'Fashion CNN' }).click();
  await waitUntilMeasured(page);
  const [before, after] = await numbersOf(page, /^Accuracy/);
  expect(before).toBeGreaterThan(91);
  expect(after).toBeGreaterThan(90);
  await expect(page.getByRole('region', { name: 'Latency on WASM' })).toContainText(/Same speed|faster|slower/);
  await picture(page, info, 'sample');
  const report = await longTasksOf(page);
  await info.attach('long-tasks.json', { body: JSON.stringify(report, null, 2), contentType: 'application/json' });
  console.log(`Tasks over 50 ms on the window's thread: ${report.count}, longest ${report.longestMs} ms.`);
  expect(report.observed).toBe(true);
});

test('a shard that was left out is asked for by name, and completes the model when it follows', async ({ page }) => {
  await openPage(page);
  await pickReal(page, [sharded('model.json'), sharded('group1-shard1of2.bin')]);
  await expect(page.getByText(/group1-shard2of2\.bin.*[Dd]rop/)).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Drop a trained model' })).toBeVisible();
  await dropReal(page, [await readNamed(sharded('group1-shard2of2.bin'))]);
  await page.getByRole('button', { name: /: about this model$/ }).click();
  await expect(page.getByRole('dialog', { name: 'About this model' })).toContainText('TensorFlow.js layers model');
  await expect(page.getByText(/group1-shard2of2\.bin/)).toHaveCount(0);
});
