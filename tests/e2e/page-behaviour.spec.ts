/** What a person does on the page, over the mock engine: every way of changing, undoing, stopping, comparing and sharing. */
import { expect, test, type Page } from '@playwright/test';
import { initialRecipe } from '../../src/state/recipe-edit';
import { choosePreset } from './flow-page';
import { dropFiles, measureSeveral, openMock, openUntrained, trySample, waitUntilMeasured } from './mock-engine/drive';
import { serveMockPage, type MockServer } from './mock-engine/serve';

let server: MockServer;

test.beforeAll(async () => {
  server = await serveMockPage();
});

test.afterAll(() => server.close());

test.beforeEach(({ page }) => page.emulateMedia({ reducedMotion: 'reduce' }));

const tile = (page: Page, name: RegExp) => page.getByRole('region', { name });
const size = (page: Page) => tile(page, /^Download size/);

async function openSample(page: Page): Promise<void> {
  await openMock(page, server.address, 'plain');
  await trySample(page);
  await waitUntilMeasured(page);
}

async function setSparsity(page: Page, percent: string): Promise<void> {
  const field = page.getByRole('article', { name: 'Prune weights' }).getByRole('textbox', { name: /^Sparsity/ });
  await field.fill(percent);
  await field.press('Enter');
}

test('a change is undone and redone by keys', async ({ page }) => {
  await openSample(page);
  const before = await size(page).innerText();
  await setSparsity(page, '80');
  await expect(size(page)).not.toHaveText(before);
  await waitUntilMeasured(page);
  await page.getByRole('heading', { name: 'Recipe' }).click();
  await page.keyboard.press('Control+z');
  await expect(page.getByRole('textbox', { name: /^Sparsity/ })).toHaveValue('50');
  await page.keyboard.press('Shift+Control+z');
  await expect(page.getByRole('textbox', { name: /^Sparsity/ })).toHaveValue('80');
});

test('while a slider is dragged the size is an estimate, and one step of history', async ({ page }) => {
  await openSample(page);
  const slider = page.getByRole('article', { name: 'Prune weights' }).locator('input[type=range]');
  const box = (await slider.locator('xpath=ancestor::*[@data-rac][1]').boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + 60, box.y + box.height / 2, { steps: 4 });
  await expect(size(page)).toContainText('≈');
  await expect(size(page)).toContainText('Estimated');
  await expect(tile(page, /^Accuracy/)).toContainText('Of the recipe before');
  await expect(tile(page, /^Accuracy/)).toContainText('91.97');
  await page.screenshot({ path: test.info().outputPath('estimate.png') });
  await page.mouse.up();
  await waitUntilMeasured(page);
  await expect(size(page)).not.toContainText('≈');
});

test('Escape stops measuring, and measuring goes on from there', async ({ page }) => {
  await openMock(page, server.address, 'measuring');
  await trySample(page);
  await expect(page.getByText(/Timing on WebGPU/)).toBeVisible();
  await expect(page).toHaveTitle(/^⏳/);
  await page.keyboard.press('Escape');
  await expect(page.getByText('Cancelled', { exact: true })).toBeVisible();
  await expect(page).toHaveTitle(/^fashion_cnn/);
  await expect(tile(page, /^Accuracy/)).toContainText('No measurable change');
  await page.getByRole('button', { name: 'Measure again' }).click();
  await expect(page.getByText(/Timing on WebGPU/)).toBeVisible();
});

test('opening can be cancelled', async ({ page }) => {
  await openMock(page, server.address, 'loading');
  await dropFiles(page, [{ name: 'big.keras', text: 'x' }]);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('heading', { name: 'Drop a trained model' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Dismiss' })).toHaveCount(0);
});

test('a dropped recipe is applied; before any model it waits for one', async ({ page }) => {
  await openMock(page, server.address, 'plain');
  const recipe = { version: 1, steps: [{ pass: 'prune-magnitude', options: { sparsity: 0.73 }, rules: [] }] };
  await dropFiles(page, [{ name: 'recipe.json', text: JSON.stringify(recipe) }]);
  await expect(page.getByText(/The recipe is ready/)).toBeVisible();
  await dropFiles(page, [{ name: 'model.keras', text: 'x' }]);
  await expect(page.getByRole('textbox', { name: /^Sparsity/ })).toHaveValue('73');
});

test('a broken recipe is refused in words, and nothing is lost', async ({ page }) => {
  await openSample(page);
  await dropFiles(page, [{ name: 'recipe.json', text: '{"version":1,"steps":[{"pass":"prune"}]}' }]);
  await expect(page.getByText(/There is no pass "prune"/)).toBeVisible();
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await expect(page.getByText(/There is no pass/)).toHaveCount(0);
  await expect(page.getByRole('textbox', { name: /^Sparsity/ })).toHaveValue('50');
});

test('data dropped before a model are used with it', async ({ page }) => {
  await openMock(page, server.address, 'plain');
  await dropFiles(page, [{ name: 'digits.csv', text: '1,2' }]);
  await expect(page.getByText(/digits.csv holds data/)).toBeVisible();
  await dropFiles(page, [{ name: 'model.keras', text: 'x' }]);
  await expect(tile(page, /^Accuracy/)).toContainText('92.09');
});

test('passes move by their handles: with keys and with the pointer', async ({ page }) => {
  await openSample(page);
  const names = page.getByRole('article').locator('h3');
  await expect(names.first()).toHaveText('Simplify');
  await page.getByRole('button', { name: /^Move Simplify/ }).focus();
  await page.keyboard.press('ArrowDown');
  await expect(names.nth(1)).toHaveText('Simplify');
  await expect(page.getByRole('button', { name: /^Move Simplify/ })).toBeFocused();
  const handle = (await page.getByRole('button', { name: /^Move Simplify/ }).boundingBox())!;
  const first = (await page.getByRole('article').first().boundingBox())!;
  await page.mouse.move(handle.x + 8, handle.y + 8);
  await page.mouse.down();
  await page.mouse.move(handle.x + 8, first.y + 4, { steps: 5 });
  await page.mouse.up();
  await expect(names.first()).toHaveText('Simplify');
});

test('passes are added and removed', async ({ page }) => {
  await openSample(page);
  // The cards are drawn a few at a time: only when all stand there is their number known.
  const count = initialRecipe().steps.length;
  await expect(page.getByRole('article')).toHaveCount(count);
  await page.getByRole('button', { name: 'Add a pass' }).click();
  await page.getByRole('menuitem', { name: 'Prune weights' }).click();
  await expect(page.getByRole('article')).toHaveCount(count + 1);
  await page.getByRole('button', { name: 'Remove Prune weights' }).last().click();
  await expect(page.getByRole('article')).toHaveCount(count);
});

test('the palette finds commands, and ? shows the keys', async ({ page }) => {
  await openSample(page);
  await page.keyboard.press('Control+k');
  await page.getByRole('searchbox', { name: 'Type a command' }).fill('smallest');
  await page.screenshot({ path: test.info().outputPath('palette.png') });
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: /^Sparsity/ })).toHaveValue('60');
  await page.keyboard.press('?');
  await expect(page.getByRole('heading', { name: 'Keys' })).toBeVisible();
  await page.screenshot({ path: test.info().outputPath('help.png') });
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { name: 'Keys' })).toHaveCount(0);
});

test('holding \\ shows the original’s numbers', async ({ page }) => {
  await openSample(page);
  await page.keyboard.down('\\');
  await expect(size(page)).toContainText('The original');
  await page.keyboard.up('\\');
  await expect(size(page)).toContainText('smaller');
});

test('results are points: hover tells the recipe, a click brings it back, they are pinned and removed', async ({ page }) => {
  await openMock(page, server.address, 'plain');
  await measureSeveral(page);
  const row = page.getByRole('row', { name: /Quantize weights uint8/ });
  await row.getByRole('button', { name: /^Pin / }).click();
  await expect(page.getByRole('table').getByRole('row').nth(1)).toContainText('uint8');
  const mark = page.locator('.recharts-scatter-symbol rect').first();
  // A chart that is still drawing its last point may move the mark away from under the pointer: hover as a person does, again.
  await expect(async () => {
    await page.mouse.move(0, 0);
    await mark.hover({ force: true });
    await expect(page.locator('.recharts-tooltip-wrapper').first()).toContainText('uint8', { timeout: 2000 });
  }).toPass();
  await page.screenshot({ path: test.info().outputPath('hover.png') });
  await mark.click({ force: true });
  await expect(page.getByRole('article', { name: 'Quantize weights' }).getByRole('switch').first()).toBeChecked();
  const half = page.getByRole('row', { name: /float16/ });
  await half.getByRole('button', { name: /^Remove / }).click();
  await expect(half).toHaveCount(0);
});

test('a dropped .tflite opens, says where it runs, and offers its recipe', async ({ page }) => {
  await openMock(page, server.address, 'plain');
  await dropFiles(page, [{ name: 'small.tflite', text: 'x' }]);
  await page.getByRole('button', { name: /: about this model$/ }).click();
  const facts = page.getByRole('dialog', { name: 'About this model' });
  await expect(facts.getByRole('region', { name: 'Where the file runs' })).toContainText('≈ 30.0 kB of working memory');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Show the recipe' }).click();
  await expect(page.getByRole('article', { name: 'Quantize to integers' }).getByRole('switch').first()).toBeChecked();
});

test('integers take the export to TensorFlow Lite, where LiteRT answers for the bytes', async ({ page }) => {
  await openSample(page);
  await choosePreset(page, 'Integers');
  await waitUntilMeasured(page);
  const exporting = page.getByRole('region', { name: 'Export' });
  await expect(exporting.getByRole('radio', { name: 'TensorFlow Lite' })).toBeChecked();
  await expect(exporting.getByRole('radio', { name: 'Keras (.keras)' })).toBeDisabled();
  await exporting.getByText('Why not the others').click();
  await expect(exporting).toContainText('Activations are integers now');
  await expect(exporting).toContainText('LiteRT ran these bytes on 1,000 samples: 100.00\u00a0% same answers');
  const card = page.getByRole('article', { name: 'Quantize to integers' });
  await expect(card).not.toContainText('No data are open');
  await card.getByRole('button', { name: 'Options' }).click();
  await card.getByRole('button', { name: /Input and output$/ }).click();
  await page.getByRole('option', { name: /^uint8/ }).click();
  await expect(exporting).toContainText('LiteRT ran the same model on 1,000 samples, with real numbers at its borders');
});

test('other data make a calibrated recipe new: all of it is measured again', async ({ page }) => {
  await openMock(page, server.address, 'plain');
  await dropFiles(page, [{ name: 'model.keras', text: 'x' }]);
  await waitUntilMeasured(page);
  await choosePreset(page, 'Integers');
  await waitUntilMeasured(page);
  const card = page.getByRole('article', { name: 'Quantize to integers' });
  await expect(card).toContainText('No data are open: ranges are estimated.');
  await expect(card.getByRole('button', { name: 'Open data' })).toBeVisible();
  await dropFiles(page, [{ name: 'digits.csv', text: '1,2' }]);
  await expect(card).not.toContainText('No data are open');
  await waitUntilMeasured(page);
  await expect(tile(page, /^Accuracy/)).toContainText('92.09');
});

test('the second chart shows latency on one backend or on the fastest of each recipe, or energy', async ({ page }) => {
  await openSample(page);
  await choosePreset(page, 'Integers');
  await waitUntilMeasured(page);
  const chart = page.getByRole('img', { name: /^Accuracy against latency/ });
  await expect(chart).toHaveAccessibleName(/latency on LiteRT WebGPU: 2 results/);
  await page.getByRole('button', { name: /Compared with$/ }).click();
  await page.getByRole('option', { name: 'latency on the fastest backend of each' }).click();
  await expect(chart).toHaveAccessibleName(/latency on the fastest backend of each: 3 results/);
  await page.getByRole('button', { name: /Compared with$/ }).click();
  await page.getByRole('option', { name: 'energy per inference (estimate)' }).click();
  await expect(page.getByRole('img', { name: /^Accuracy against energy per inference \(estimate\): 3 results/ })).toBeVisible();
  await expect(page.getByRole('columnheader', { name: 'Energy (estimate)' })).toBeVisible();
});

test('energy is an estimate for a chosen device, and a battery’s days follow its use', async ({ page }) => {
  await openSample(page);
  await choosePreset(page, 'Integers');
  await waitUntilMeasured(page);
  const energy = tile(page, /^Energy per inference, estimate/);
  await expect(energy).toContainText(/≈ .*% less.*range/);
  const onPhone = await energy.innerText();
  await energy.getByRole('button', { name: /Device that energy is estimated for$/ }).click();
  await page.getByRole('option', { name: /^Microcontroller, Cortex-M4/ }).click();
  await expect(energy).not.toHaveText(onPhone);
  await energy.getByRole('button', { name: /on a battery, estimate/ }).click();
  const battery = page.getByRole('dialog', { name: 'Battery life, estimate' });
  const lives = await battery.getByRole('definition').allInnerTexts();
  expect(lives).toHaveLength(2);
  await battery.getByRole('textbox', { name: 'Battery, Wh' }).fill('0.7');
  await battery.getByRole('textbox', { name: 'Battery, Wh' }).press('Tab');
  await expect(battery.getByRole('definition').first()).not.toHaveText(lives[0]!);
  await battery.getByRole('radio', { name: 'per day' }).click();
  await expect(battery).toContainText('years');
  await page.keyboard.press('Escape');
  await energy.getByRole('button', { name: 'About this estimate' }).click();
  await expect(page.getByRole('dialog', { name: 'About this estimate' })).toContainText(/MLPerf Tiny.*NUCLEO-L4R5ZI/);
  await page.keyboard.press('Escape');
  await page.reload();
  await trySample(page);
  await expect(energy.getByRole('button', { name: /^Microcontroller, Cortex-M4/ })).toBeVisible();
});

test('the master slider goes to the places that it names', async ({ page }) => {
  await openMock(page, server.address, 'plain');
  await measureSeveral(page);
  await page.getByRole('button', { name: /^Smallest/ }).click();
  await expect(page.getByRole('textbox', { name: /^Sparsity/ })).toHaveValue('60');
  await expect(page.getByRole('button', { name: /^Download ·/ })).toBeVisible();
});

test('one layer is kept as it is, in every pass that goes by layers', async ({ page }) => {
  await openSample(page);
  await page.keyboard.press('1');
  await page.getByRole('row', { name: /^dense_1/ }).getByRole('switch').focus();
  await page.keyboard.press('Space');
  await expect(page.getByRole('article', { name: 'Prune weights' })).toContainText('Layers kept: 1');
  await page.getByRole('button', { name: 'After', exact: true }).click();
  await expect(page.getByRole('columnheader', { name: 'After' })).toHaveAttribute('aria-sort', 'descending');
  await expect(page.getByRole('rowheader').first()).toHaveText('dense');
});

test('a link carries the recipe, and opens with it', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await openSample(page);
  await setSparsity(page, '66');
  await page.getByRole('button', { name: 'Copy link' }).click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const { hash } = new URL(link);
  expect(hash).toContain('sample=fashion-cnn');
  const other = await context.newPage();
  await openMock(other, server.address, 'plain', hash);
  await expect(other.getByRole('textbox', { name: /^Sparsity/ })).toHaveValue('66');
});

test('an address that does not let itself be read says what to do', async ({ page }) => {
  await openMock(page, server.address, 'plain');
  await page.route('https://models.example/**', (route) => route.abort());
  await page.getByRole('button', { name: 'Paste a link' }).click();
  await page.getByRole('textbox', { name: /address of a model/ }).fill('https://models.example/model.json');
  await page.keyboard.press('Enter');
  await expect(page.getByText(/models.example could not be reached.*drop it here/)).toBeVisible();
});

test('the page speaks Chinese, and remembers it', async ({ page }) => {
  await openMock(page, server.address, 'plain');
  await page.getByRole('button', { name: '切换到中文' }).click();
  await expect(page.getByRole('heading', { name: '拖入训练好的模型' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: '拖入训练好的模型' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-Hans');
});

test('the theme follows the choice, and is remembered', async ({ page }) => {
  await openMock(page, server.address, 'plain');
  await page.getByRole('button', { name: /^Theme/ }).click();
  await page.getByRole('button', { name: /^Theme/ }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
});

test('the download gives the verified files', async ({ page }) => {
  await openSample(page);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: /^Download ·/ }).click();
  expect((await download).suggestedFilename()).toBe('model.keras');
});

test('a recipe that trains waits for its press, and gives way to nothing but the person', async ({ page }) => {
  await openMock(page, server.address, 'training');
  await openUntrained(page);
  await setSparsity(page, '60');
  await waitUntilMeasured(page);
  await expect(page.getByText('This file is from before training.')).toBeVisible();
  const training = page.getByRole('region', { name: 'Training', exact: true });
  await training.getByRole('button', { name: 'Train', exact: true }).press('Enter');
  await expect(training.getByText(/epoch 2, step 1000 of 2000/)).toBeVisible();
  await expect(training.getByRole('status')).toHaveText('Training, epoch 2');
  await training.getByRole('button', { name: 'Pause' }).press('Space');
  await expect(training.getByRole('status')).toHaveText('Paused');
  await training.getByRole('button', { name: 'Resume' }).press('Space');
  await page.getByRole('heading', { name: 'Recipe' }).click();
  await page.keyboard.press('Escape');
  await expect(training).toContainText('Cancelled. Training goes on from its last checkpoint.');
  await waitUntilMeasured(page);
  await training.getByRole('button', { name: 'Go on training' }).click();
  await expect(training.getByText(/epoch 2, step 1000 of 2000/)).toBeVisible();
  await training.getByRole('button', { name: 'Stop and keep the best' }).click();
  await waitUntilMeasured(page);
  await expect(page.getByText('This file is from before training.')).toHaveCount(0);
  await expect(page.getByRole('table')).toContainText(/Prune weights 60\s%, trained \(3\)/);
});

test('the comparison with training alone comes by itself, can be left out, and asked for again', async ({ page }) => {
  await openMock(page, server.address, 'training');
  await openUntrained(page);
  const training = page.getByRole('region', { name: 'Training', exact: true });
  await training.getByRole('button', { name: 'Train', exact: true }).click();
  await training.getByRole('button', { name: 'Stop and keep the best' }).click();
  await expect(training).toContainText(/The original, trained as long.*Training… 50 %/);
  await training.getByRole('button', { name: 'Leave the comparison out' }).click();
  await expect(training).toContainText('Cancelled');
  await training.getByRole('button', { name: 'Compare with them' }).click();
  await expect(training).toContainText(/Training… 50 %/);
});

test('data are split by hand, in words, and measured on the rest only', async ({ page }) => {
  await openMock(page, server.address, 'nothing-to-learn');
  await dropFiles(page, [{ name: 'fashion_cnn.keras', text: 'model' }, { name: 'test.npz', text: 'data' }]);
  await waitUntilMeasured(page);
  await choosePreset(page, 'Distil, quarter width');
  await page.getByRole('button', { name: 'Split 80 / 20' }).click();
  await expect(page.getByText(/on 8,000 examples of data.npz/)).toBeVisible();
  await page.getByRole('button', { name: 'Data', exact: true }).click();
  await expect(page.getByText('8,000 examples of the open data, set aside: accuracy is measured on the rest only.')).toBeVisible();
  await expect(page.getByText('2,000 examples · 28×28 · uint8')).toBeVisible();
  await page.getByRole('button', { name: 'Undo the split' }).click();
  await expect(page.getByText('10,000 examples · 28×28 · uint8')).toBeVisible();
});
