/** What each layer bears, on the built page with the real engine: measured, cut off, gone on with, remembered over a reload, acted on. */
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { dropReal, openPage, passCard, picture, readNamed, switchOn, tickOnly, waitUntilMeasured } from './flow-page';
import { longTasksOf, watchLongTasks } from './long-tasks';

const bundled = (name: string) => fileURLToPath(new URL(`../../public/samples/${name}`, import.meta.url));

/** All strengths of all layers, on processor cores that other tests may use too. */
const TIME_LIMIT_MS = 540_000;
const MEASURED_TIMEOUT_MS = 240_000;

test.use({ actionTimeout: 30_000, trace: 'off' });

async function openLayers(page: Page): Promise<void> {
  await openPage(page);
  await dropReal(page, [await readNamed(bundled('fashion_mobile.keras')), await readNamed(bundled('fashion-mnist-test.npz'))]);
  await tickOnly(page, 'WASM');
  await page.getByRole('radio', { name: '500', exact: true }).click({ force: true });
  await waitUntilMeasured(page);
  await page.getByRole('button', { name: 'Layers', exact: true }).click();
}

const tool = (page: Page): Locator => page.getByRole('region', { name: 'Sensitivity' });
const layers = (page: Page): Locator => page.getByRole('table').filter({ has: page.getByRole('columnheader', { name: 'Keep as it is' }) });
/** The rows that have a number in nats. */
const measured = (page: Page): Locator => layers(page).getByRole('row').filter({ has: page.locator('td [title*="nats"]') });

/** In nats, from the words under the pointer, which have more digits than the cell. */
async function nats(page: Page): Promise<readonly number[]> {
  const titles = await layers(page).locator('td [title*="nats"]').evaluateAll((cells) => cells.map((cell) => cell.getAttribute('title') ?? ''));
  return titles.map((title) => Number.parseFloat(title));
}

/** What axe calls serious in the drawer, at its widest and as a sheet. */
async function seriousProblems(page: Page): Promise<readonly string[]> {
  const found: string[] = [];
  const wide = page.viewportSize()!;
  for (const size of [{ width: 390, height: 844 }, wide]) {
    await page.setViewportSize(size);
    const { violations } = await new AxeBuilder({ page }).include('#drawer-pane').analyze();
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    found.push(...serious.map(({ id, nodes }) => `${size.width} px, ${id}: ${nodes.map((node) => node.html).join(' | ')}`));
  }
  return found;
}

/** Findings on disk: what a reload goes on from. */
const keptFindings = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle('whittle-training').catch(() => null);
    const names: string[] = [];
    if (folder) for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys()) names.push(name);
    return names.filter((name) => name.startsWith('found-') && !name.endsWith('.unfinished')).length;
  });

test('what each layer bears is measured on a press, cut off, gone on with, and known after a reload', async ({ page }, info) => {
  test.setTimeout(TIME_LIMIT_MS);
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  await watchLongTasks(page);
  await openLayers(page);
  await expect(tool(page)).toContainText('Compresses one layer at a time, at several strengths of each pass');
  await expect(layers(page).getByRole('columnheader', { name: 'Sensitivity' })).toHaveCount(0);
  await picture(page, info, '1-offer');
  const before = await longTasksOf(page);

  await tool(page).getByRole('button', { name: 'Measure sensitivity' }).click();
  await expect(measured(page).first()).toBeVisible({ timeout: MEASURED_TIMEOUT_MS });
  await expect(tool(page)).toContainText(/Compressing \S+ · \d+\s%/);
  await expect.poll(() => keptFindings(page), { timeout: MEASURED_TIMEOUT_MS, intervals: [50] }).toBe(1);
  await picture(page, info, '2-running');
  await tool(page).getByRole('button', { name: 'Cancel' }).click();
  await expect(tool(page)).toContainText(/Cancelled\. \d+ results are kept/);
  await picture(page, info, '3-cancelled');

  await tool(page).getByRole('button', { name: 'Go on measuring' }).click();
  const summary = tool(page).getByText(/^\d+ results, of \d+ layers at up to \d+ strengths, on 64 examples set aside to learn from: /);
  await expect(summary).toBeVisible({ timeout: MEASURED_TIMEOUT_MS });
  const during = await longTasksOf(page);
  const [count, layerCount, strengths] = [...(await summary.innerText()).matchAll(/\d+/g)].map(([digits]) => Number(digits)) as [number, number, number];
  expect(count).toBeGreaterThan(layerCount);
  expect(count).toBeLessThanOrEqual(layerCount * strengths);
  const [, known] = /(\d+) of them were known before\./.exec(await summary.innerText())!;
  expect(Number(known)).toBeGreaterThan(0);
  expect(Number(known)).toBeLessThan(count);
  await expect(measured(page)).toHaveCount(layerCount);
  await picture(page, info, '4-done');
  const worst = await nats(page);

  await page.reload();
  await openLayers(page);
  await tool(page).getByRole('button', { name: 'Measure sensitivity' }).click();
  await expect(tool(page)).toContainText('All were known before.', { timeout: MEASURED_TIMEOUT_MS });
  expect(await nats(page)).toEqual(worst);

  const tasks = during.tasks.slice(before.tasks.length);
  await info.attach('long-tasks.json', { body: JSON.stringify(tasks, null, 2), contentType: 'application/json' });
  console.log(`${await tool(page).getByText(/^\d+ results/).innerText()} Tasks over 50 ms on the window's thread while it was measured: ${tasks.length}.`);
  expect(during.observed).toBe(true);
  expect(problems).toEqual([]);
});

test('the heat is of the strength that is chosen, sorts the layers, and says which to keep', async ({ page }, info) => {
  test.setTimeout(TIME_LIMIT_MS);
  await openLayers(page);
  await switchOn(page, 'Quantize weights');
  await tool(page).getByRole('button', { name: 'Measure sensitivity' }).click();
  await expect(tool(page)).toContainText(/\d+ results, of \d+ layers/, { timeout: MEASURED_TIMEOUT_MS });

  const worst = await nats(page);
  const choose = async (strength: string): Promise<readonly number[]> => {
    await tool(page).getByRole('button', { name: /Shown/ }).click();
    await page.getByRole('option', { name: strength }).click();
    return nats(page);
  };
  const int8 = await choose('Quantize weights int8');
  const int4 = await choose('Quantize weights int4');
  for (const [i, most] of worst.entries()) expect(most).toBeGreaterThanOrEqual(Math.max(int8[i]!, int4[i]!));
  // Sixteen steps instead of 256: every layer of this model feels it more.
  for (const [i, fine] of int8.entries()) expect(int4[i]!).toBeGreaterThan(fine);

  await layers(page).getByRole('button', { name: 'Sensitivity' }).click();
  await expect(layers(page).getByRole('columnheader', { name: 'Sensitivity' })).toHaveAttribute('aria-sort', 'descending');
  expect(await nats(page)).toEqual(int4.toSorted((a, b) => b - a));

  const card = passCard(page, 'Quantize weights');
  const keeps = layers(page).getByRole('switch');
  await expect(card).not.toContainText('Layers kept');
  await keeps.first().focus();
  await page.keyboard.press('Space');
  await expect(card).toContainText('Layers kept: 1');
  await tool(page).getByRole('button', { name: 'Keep the 2 most sensitive' }).click();
  await expect(card).toContainText('Layers kept: 2');
  await expect(keeps.nth(1)).toBeChecked();
  await picture(page, info, 'kept');
  expect(await seriousProblems(page)).toEqual([]);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(card).toContainText('Layers kept: 1');

  // Other numbers go into the model: what is known is of others.
  await page.getByRole('button', { name: 'Data', exact: true }).click();
  const scale = page.getByRole('combobox', { name: 'Scale' });
  await scale.fill('0.5');
  await scale.press('Enter');
  await page.getByRole('button', { name: 'Layers', exact: true }).click();
  await expect(tool(page).getByRole('button', { name: 'Measure sensitivity' })).toBeVisible();
  await expect(measured(page)).toHaveCount(0);
});
