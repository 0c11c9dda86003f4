/** Training on the built page with the real engine: on WASM, in a worker of its own, on the examples that the bundled data set aside. */
import { fileURLToPath } from 'node:url';
import { expect, test, type Page } from '@playwright/test';
import { choosePreset, dropReal, enter, openPage, passCard, picture, readNamed, tickOnly, waitUntilMeasured } from './flow-page';
import { longTasksOf, watchLongTasks } from './long-tasks';

const bundled = (name: string) => fileURLToPath(new URL(`../../public/samples/${name}`, import.meta.url));

/** Training, measuring and controls, on processor cores that other tests may use too. */
const TIME_LIMIT_MS = 540_000;
const TRAINED_TIMEOUT_MS = 240_000;

test.use({ actionTimeout: 30_000, trace: 'off' });

/** A recipe that trains so many times through 500 images, shown as it is before its training. */
async function openUntrained(page: Page, epochs: string): Promise<void> {
  await openPage(page);
  await dropReal(page, [await readNamed(bundled('fashion_mobile.keras')), await readNamed(bundled('fashion-mnist-test.npz'))]);
  await tickOnly(page, 'WASM');
  await page.getByRole('radio', { name: '500', exact: true }).click({ force: true });
  await choosePreset(page, 'Pruned 75 %, recovered');
  await passCard(page, 'Prune weights').getByRole('button', { name: /^Recover by training/ }).click();
  await enter(page, 'Prune weights', /^Recover, epochs/, epochs);
  await waitUntilMeasured(page);
}

const panel = (page: Page) => page.getByRole('region', { name: 'Training', exact: true });

async function stepOf(page: Page): Promise<number> {
  const words = await panel(page).getByText(/epoch \d+, step \d+ of \d+/).innerText({ timeout: TRAINED_TIMEOUT_MS });
  return Number(/step (\d+)/.exec(words)![1]);
}

test('a recipe is trained on a press, paused, resumed, ended with the best so far, and compared with its control', async ({ page }, info) => {
  test.setTimeout(TIME_LIMIT_MS);
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  await watchLongTasks(page);
  await openUntrained(page, '60');
  await expect(panel(page)).toContainText('The numbers are from before training.');
  await expect(panel(page)).toContainText(/Prune weights 75\s%\. Epochs: 60, on 500 examples of fashion-mnist-test.npz. About .* on WASM/);
  await expect(page.getByText('This file is from before training.')).toBeVisible();
  await picture(page, info, '1-offer');
  const before = await longTasksOf(page);

  await panel(page).getByRole('button', { name: 'Train', exact: true }).click();
  await stepOf(page);
  await panel(page).getByRole('button', { name: 'Pause' }).click();
  await expect(panel(page).getByText(/^Prune weights · Paused · epoch/)).toBeVisible();
  // The step under way ends; then nothing moves.
  await page.waitForTimeout(3000);
  const held = await stepOf(page);
  await page.waitForTimeout(3000);
  expect(await stepOf(page)).toBe(held);
  await picture(page, info, '2-paused');
  await panel(page).getByRole('button', { name: 'Resume' }).click();
  await expect.poll(() => stepOf(page), { timeout: TRAINED_TIMEOUT_MS }).toBeGreaterThan(held + 4);
  await expect(page.getByRole('img', { name: /^Loss over the steps, from/ })).toBeVisible();
  await picture(page, info, '3-running');
  const during = await longTasksOf(page);
  await panel(page).getByRole('button', { name: 'Stop and keep the best' }).click();

  await waitUntilMeasured(page);
  await expect(page.getByText('This file is from before training.')).toHaveCount(0);
  await expect(page.getByRole('table')).toContainText(/Prune weights 75\s%, trained \(60\)/);
  // The control has as many epochs; it is ended early too.
  await expect(panel(page)).toContainText('The original, trained as long');
  await expect(panel(page)).toContainText(/Training… \d+ %/, { timeout: TRAINED_TIMEOUT_MS });
  await picture(page, info, '4-control');
  await panel(page).getByRole('button', { name: 'Leave the comparison out' }).click();
  await expect(panel(page)).toContainText('Cancelled');
  await expect(panel(page).getByRole('button', { name: 'Compare with them' })).toBeVisible();

  const report = { whileTraining: { ...during, count: during.count - before.count, tasks: during.tasks.slice(before.tasks.length) } };
  await info.attach('long-tasks.json', { body: JSON.stringify(report, null, 2), contentType: 'application/json' });
  console.log(`Tasks over 50 ms on the window's thread while a model was trained: ${report.whileTraining.count}.`);
  expect(during.observed).toBe(true);
  expect(problems).toEqual([]);
});

test('a short training ends by itself, and its control is measured beside it', async ({ page }, info) => {
  test.setTimeout(TIME_LIMIT_MS);
  await openUntrained(page, '1');
  await panel(page).getByRole('button', { name: 'Train', exact: true }).click();
  await expect(panel(page)).toContainText(/(the method adds|better by|no measurable difference).*\[/, { timeout: TRAINED_TIMEOUT_MS });
  // The original, the recipe before and after its training, and the control.
  await expect(page.getByRole('table').getByRole('row')).toHaveCount(5);
  await expect(page.getByRole('table')).toContainText('Fine-tune');
  await picture(page, info, 'compared');
});

test('a reload goes on from the checkpoint', async ({ page }, info) => {
  test.setTimeout(TIME_LIMIT_MS);
  await openUntrained(page, '100');
  await panel(page).getByRole('button', { name: 'Train', exact: true }).click();
  const checkpoints = () =>
    page.evaluate(async () => {
      const root = await navigator.storage.getDirectory();
      const folder = await root.getDirectoryHandle('whittle-training').catch(() => null);
      const names: string[] = [];
      if (folder) for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys()) names.push(name);
      return names.filter((name) => !name.startsWith('result-')).length;
    });
  await expect.poll(checkpoints, { timeout: TRAINED_TIMEOUT_MS }).toBe(1);
  const reached = await stepOf(page);
  await page.reload();
  await openUntrained(page, '100');
  await panel(page).getByRole('button', { name: 'Train', exact: true }).click();
  // A training that began anew would show its first points.
  expect(await stepOf(page)).toBeGreaterThan(reached / 2);
  await picture(page, info, 'resumed');
  await panel(page).getByRole('button', { name: 'Cancel' }).click();
  await expect(panel(page)).toContainText('Cancelled. Training goes on from its last checkpoint.');
});
