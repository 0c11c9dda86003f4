/** The wish for a search and the master slider, over the mock engine: what is asked for, what is missing, what is kept. */
import { expect, test, type Page } from '@playwright/test';
import { dropFiles, measureSeveral, openMock, trySample, waitUntilMeasured } from './mock-engine/drive';
import { serveMockPage, type MockServer } from './mock-engine/serve';

let server: MockServer;

test.beforeAll(async () => {
  server = await serveMockPage();
});

test.afterAll(() => server.close());

test.beforeEach(({ page }) => page.emulateMedia({ reducedMotion: 'reduce' }));

const open = (page: Page) => page.getByRole('button', { name: 'Find the best…' }).click();
const dialog = (page: Page) => page.getByRole('dialog', { name: 'Find the best' });
const slider = (page: Page) => page.getByRole('slider', { name: 'From the smallest to the most accurate' });

test('a search finds the best, names what is not met, and its wish is kept', async ({ page }) => {
  await openMock(page, server.address, 'plain');
  await measureSeveral(page);
  await page.screenshot({ path: test.info().outputPath('slider.png') });
  await open(page);
  await dialog(page).getByRole('textbox', { name: 'Size at most, kB' }).fill('80');
  await page.keyboard.press('Enter');
  await page.screenshot({ path: test.info().outputPath('wish.png') });
  await dialog(page).getByRole('button', { name: 'Search', exact: true }).click();
  await expect(page.getByText('Every goal is met.')).toBeVisible();
  await expect(page.getByText(/50 candidates, judged on 2,000 other examples/)).toBeVisible();
  await page.getByRole('button', { name: 'Use it' }).click();
  await waitUntilMeasured(page);
  await expect(page.getByRole('button', { name: 'In use' })).toBeDisabled();
  for (const [name, width, height] of [['1440', 1440, 1000], ['1024', 1024, 900], ['390', 390, 844]] as const) {
    await page.setViewportSize({ width, height });
    await page.getByRole('heading', { name: 'Find the balance' }).scrollIntoViewIfNeeded();
    await page.screenshot({ path: test.info().outputPath(`found-${name}.png`) });
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
  }
  await page.reload();
  await trySample(page);
  await waitUntilMeasured(page);
  await open(page);
  await expect(dialog(page).getByRole('textbox', { name: 'Size at most, kB' })).toHaveValue('80');
});

test('without examples set aside the panel says what to do', async ({ page }) => {
  await openMock(page, server.address, 'nothing-to-learn');
  await dropFiles(page, [{ name: 'model.keras', text: 'x' }]);
  await dropFiles(page, [{ name: 'digits.csv', text: '1,2' }]);
  await waitUntilMeasured(page);
  await open(page);
  await expect(dialog(page).getByText('Candidates need examples of their own')).toBeVisible();
  await expect(dialog(page).getByRole('button', { name: 'Search', exact: true })).toBeDisabled();
  await dialog(page).getByRole('button', { name: 'Split 80 / 20' }).click();
  await expect(dialog(page).getByText(/Judged on examples of data\.npz/)).toBeVisible();
  await expect(dialog(page).getByRole('button', { name: 'Search', exact: true })).toBeEnabled();
});

test('the slider goes by keys, says its place in words, and counts how near predictions were', async ({ page }) => {
  await openMock(page, server.address, 'plain');
  await measureSeveral(page);
  await slider(page).focus();
  await page.keyboard.press('End');
  await expect(slider(page)).toHaveAttribute('aria-valuetext', /895.kB, 92\.09.%\. The original\. Measured on this device\./);
  await page.keyboard.press('Home');
  await waitUntilMeasured(page);
  await expect(page.getByRole('button', { name: /^predicted .* measured / })).toBeVisible();
  await page.getByRole('button', { name: /^predicted .* measured / }).click();
  await expect(page.getByText('Predictions of this session: 1')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+z');
  await expect(slider(page)).toHaveAttribute('aria-valuetext', /The original/);
});

test('an undo after a named place brings the slider back too', async ({ page }) => {
  await openMock(page, server.address, 'plain');
  await measureSeveral(page);
  await slider(page).focus();
  await page.keyboard.press('End');
  await expect(slider(page)).toHaveAttribute('aria-valuetext', /The original/);
  await page.getByRole('button', { name: /^Smallest/ }).last().click();
  await expect(slider(page)).not.toHaveAttribute('aria-valuetext', /The original/);
  await waitUntilMeasured(page);
  await page.keyboard.press('Control+z');
  await expect(slider(page)).toHaveAttribute('aria-valuetext', /The original/);
});

test('dark and Chinese', async ({ page }) => {
  await openMock(page, server.address, 'plain');
  await page.evaluate(() => localStorage.setItem('whittle-settings', JSON.stringify({ state: { theme: 'dark', language: 'zh' }, version: 1 })));
  await page.reload();
  await page.getByRole('button', { name: 'Fashion CNN' }).click();
  await expect(page.getByRole('heading', { name: '寻找平衡' })).toBeVisible();
  await page.getByRole('button', { name: '寻找最佳…' }).click();
  await expect(page.getByRole('dialog', { name: '寻找最佳' })).toBeVisible();
  await page.waitForTimeout(500);
  await page.screenshot({ path: test.info().outputPath('zh-dark.png') });
});
