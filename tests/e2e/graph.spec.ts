/** The graph of the sample in the drawer, on the built page with the real engine: looked at, walked with keys, acted upon. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { MEASURED_TIMEOUT_MS, openPage, passCard, picture, switchOn } from './flow-page';
import { longTasksOf, watchLongTasks } from './long-tasks';

const drawing = (page: Page) => page.getByRole('listbox', { name: 'The model as a graph' });
const boxOf = (page: Page, id: string) => page.locator(`[data-node="${id}"]`);
const panelOf = (page: Page, layer: string) => page.getByRole('complementary', { name: `Layer ${layer}` });
const tab = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

async function openGraph(page: Page): Promise<void> {
  await openPage(page);
  await page.getByRole('button', { name: 'Fashion CNN' }).click();
  await tab(page, 'Graph').click({ timeout: MEASURED_TIMEOUT_MS });
  await expect(drawing(page)).toBeVisible({ timeout: MEASURED_TIMEOUT_MS });
}

/** Chooses a colour in the list that opens. */
async function colourBy(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: /Colour/ }).click();
  await page.getByRole('option', { name, exact: true }).click();
}

test('the graph is drawn, a layer is the same one in the table, and what is pruned together is said', async ({ page }, info) => {
  await watchLongTasks(page);
  await openGraph(page);
  for (const layer of ['conv2d', 'batch_normalization', 'max_pooling2d_2', 'dense_1']) await expect(boxOf(page, `layer/${layer}`)).toBeVisible();
  await expect(boxOf(page, 'layer/conv2d_1')).toContainText('14×14×64');
  await picture(page, info, 'graph');

  await boxOf(page, 'layer/conv2d_1').click();
  const panel = panelOf(page, 'conv2d_1');
  await expect(panel).toContainText('64 channels');
  await expect(panel).toContainText('73.7');
  await panel.getByRole('button', { name: 'conv2d_2' }).click();
  await expect(panelOf(page, 'conv2d_2')).toContainText('128 channels');

  await tab(page, 'Layers').click();
  await expect(page.getByRole('button', { name: 'conv2d_2', exact: true })).toHaveAttribute('aria-pressed', 'true');
  await page.getByRole('button', { name: 'dense_1', exact: true }).click();
  await tab(page, 'Graph').click();
  await expect(panelOf(page, 'dense_1')).toContainText('Cannot lose channels');
  await expect(panelOf(page, 'dense_1')).toContainText('softmax');
  await expect(boxOf(page, 'layer/dense_1')).toHaveAttribute('data-selected', 'true');
  const report = await longTasksOf(page);
  await info.attach('long-tasks.json', { body: JSON.stringify(report, null, 2), contentType: 'application/json' });
  console.log(`Tasks over 50 ms on the window's thread: ${report.count}, longest ${report.longestMs} ms.`);
  expect(report.observed).toBe(true);
});

test('keeping a layer changes the recipe', async ({ page }) => {
  await openGraph(page);
  await boxOf(page, 'layer/dense').click();
  const keep = panelOf(page, 'dense').getByRole('switch', { name: 'Keep as it is' });
  await keep.focus();
  await page.keyboard.press('Space');
  await expect(keep).toBeChecked();
  await tab(page, 'Layers').click();
  await expect(page.getByRole('switch', { name: 'Keep dense as it is' })).toBeChecked();
  await page.getByRole('button', { name: /^Undo/ }).click();
  await expect(page.getByRole('switch', { name: 'Keep dense as it is' })).not.toBeChecked();
});

test('keys walk through the layers, and a screen reader hears where they are', async ({ page }) => {
  await openGraph(page);
  await drawing(page).focus();
  const heard = async (): Promise<string> => {
    const id = await drawing(page).getAttribute('aria-activedescendant');
    return page.locator(`[id="${id}"]`).innerText();
  };
  expect(await heard()).toContain('28×28×1');
  await page.keyboard.press('ArrowRight');
  expect(await heard()).toContain('conv2d, conv2d, 28×28×32');
  await page.keyboard.press('ArrowDown');
  expect(await heard()).toContain('batch_normalization, batch-norm');
  await page.keyboard.press('Enter');
  await expect(panelOf(page, 'batch_normalization')).toContainText('Hands on the channels of');
  await page.keyboard.press('End');
  expect(await heard()).toContain('output');
  const { violations } = await new AxeBuilder({ page }).include('[role=listbox]').include('section[aria-label=Details]').analyze();
  expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
});

test('colours come with numbers, and the graph after the recipe lacks what it merged', async ({ page }, info) => {
  await openGraph(page);
  await colourBy(page, 'Size');
  await expect(boxOf(page, 'layer/dense')).toContainText('590');
  await expect(boxOf(page, 'layer/dense')).toHaveAttribute('data-level', '5');
  await expect(page.getByRole('list', { name: 'What the colours say' })).toContainText('of all bytes');
  if (!(await passCard(page, 'Fold batch norm').getByRole('switch').first().isChecked())) await switchOn(page, 'Fold batch norm');
  await page.getByRole('radio', { name: 'With the recipe' }).click();
  await expect(boxOf(page, 'layer/batch_normalization')).toBeHidden({ timeout: MEASURED_TIMEOUT_MS });
  await expect(boxOf(page, 'layer/conv2d')).toBeVisible();
  await expect(page.getByText(/layers merged by the recipe: .*batch_normalization/)).toBeVisible();
  await picture(page, info, 'graph-after');
});
