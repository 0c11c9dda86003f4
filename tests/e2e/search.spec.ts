/**
 * The search and the master slider on the built page with the real engine: goals in, candidates out, cut off and taken up again after a
 * reload; the slider dragged over what is measured and predicted. The window's thread stays free throughout.
 */
import { expect, test, type Page } from '@playwright/test';
import { choosePreset, openPage, picture, tickOnly, waitUntilMeasured } from './flow-page';
import { watchTaskTimes } from './task-times';

/** A few small files are written in a second or two. */
const WEIGHING_MS = 10_000;
/** Of the processor: a busy machine makes no task longer. */
const LONGEST_TASK_MS = 50;
/** Looking at each layer, then candidates of a second or more each, on cores that other tests may use too. */
const TIME_LIMIT_MS = 540_000;
const SEARCH_TIMEOUT_MS = 400_000;
/** Two seconds at a frame each. */
const DRAG_MOVES = 120;

test.use({ actionTimeout: 60_000, trace: 'off' });

async function openSample(page: Page): Promise<void> {
  await openPage(page);
  await page.getByRole('button', { name: 'Fashion Mobile' }).click();
  await tickOnly(page, 'WASM');
  await page.getByRole('radio', { name: '500', exact: true }).click({ force: true });
  await waitUntilMeasured(page);
}

const slider = (page: Page) => page.getByRole('slider', { name: 'From the smallest to the most accurate' });
const foundSoFar = async (page: Page): Promise<number> => Number(/(\d+) of \d+ candidates/.exec(await page.getByText(/^Searching: \d+ of/).first().innerText())![1]);

async function startSearch(page: Page, button: 'Search' | 'Resume'): Promise<void> {
  await page.getByRole('button', { name: 'Find the best…' }).click();
  await page.getByRole('radiogroup', { name: 'Candidates' }).getByRole('radio', { name: '20', exact: true }).click();
  await page.getByRole('button', { name: button, exact: true }).click();
}

test('a search is cut off, taken up after a reload, and names the best', async ({ page }, info) => {
  test.setTimeout(TIME_LIMIT_MS);
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  await openSample(page);
  const endWatching = await watchTaskTimes(page);
  await startSearch(page, 'Search');
  await expect.poll(() => foundSoFar(page).catch(() => 0), { timeout: SEARCH_TIMEOUT_MS }).toBeGreaterThanOrEqual(4);
  await expect(page.getByText('Found by search:').first()).toBeAttached();
  await picture(page, info, '1-searching');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByText(/^Searching:/)).toHaveCount(0);
  const tasks = await endWatching();
  info.annotations.push({ type: 'tasks of the window while searching', description: JSON.stringify(tasks) });
  console.log(info.annotations.at(-1)!.description);
  expect(tasks.count).toBeGreaterThan(0);
  expect(tasks.longestMs[0]).toBeLessThan(LONGEST_TASK_MS);

  await page.reload();
  await openSample(page);
  await page.getByRole('button', { name: 'Find the best…' }).click();
  await expect(page.getByText(/An earlier search measured \d+ of 20 candidates/)).toBeVisible();
  await page.keyboard.press('Escape');
  await startSearch(page, 'Resume');
  await expect(page.getByText(/The best: .* with Brotli/)).toBeVisible({ timeout: SEARCH_TIMEOUT_MS });
  await picture(page, info, '2-found');
  await page.getByRole('button', { name: 'Use it' }).click();
  await waitUntilMeasured(page);
  await expect(page.getByRole('button', { name: 'In use' })).toBeVisible();
  await page.keyboard.press('Control+z');
  await expect(page.getByRole('button', { name: 'Use it' })).toBeVisible();

  expect(problems).toEqual([]);
});

test('the master slider answers while it is dragged, and measures what it is let go at', async ({ page }, info) => {
  test.setTimeout(TIME_LIMIT_MS);
  await openSample(page);
  await choosePreset(page, 'Smallest');
  await waitUntilMeasured(page);
  await slider(page).focus();
  await page.keyboard.press('Home');
  await waitUntilMeasured(page);
  const endWatching = await watchTaskTimes(page);
  const { intervals, texts } = await drag(page);
  const tasks = await endWatching();
  const sorted = intervals.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))]!;
  info.annotations.push({ type: 'frames', description: JSON.stringify({ count: sorted.length, p50: at(0.5), p95: at(0.95), longest: sorted.at(-1), tasks }) });
  console.log(info.annotations.at(-1)!.description);
  expect(new Set(texts).size).toBeGreaterThan(1);
  expect(texts.some((text) => text.includes('≈'))).toBe(true);
  expect(tasks.count).toBeGreaterThan(0);
  expect(tasks.longestMs[0]).toBeLessThan(LONGEST_TASK_MS);
});

test('what was predicted is compared with what is measured', async ({ page }, info) => {
  test.setTimeout(TIME_LIMIT_MS);
  await openSample(page);
  await choosePreset(page, 'Smallest');
  await waitUntilMeasured(page);
  await slider(page).focus();
  // Files are weighed while the page has nothing else to do, and the slider says no more of it than that its sizes lose their ≈.
  await page.waitForTimeout(WEIGHING_MS);
  // By keys, from the smaller end on, to the first place that is predicted.
  await page.keyboard.press('Home');
  for (let press = 0; press < 4 && !(await slider(page).getAttribute('aria-valuetext'))!.includes('Predicted'); press++) await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('button', { name: /^predicted .* kB, measured .* kB \(0\.\d %\)/ })).toBeVisible({ timeout: 180_000 });
  await picture(page, info, '3-predicted');
  await page.getByRole('button', { name: /^predicted/ }).click();
  await expect(page.getByText(/Predictions of this session: \d/)).toBeVisible();
});

/** Back and forth over the whole line; frames and what the slider says are noted in the page. */
async function drag(page: Page): Promise<{ intervals: number[]; texts: string[] }> {
  const thumb = slider(page);
  const line = (await thumb.locator('xpath=ancestor::*[@role="group"][1]').boundingBox())!;
  const y = line.y + line.height / 2;
  await thumb.evaluate((input) => {
    const notes = { intervals: [] as number[], texts: [] as string[], isOver: false };
    (window as NotingWindow).dragNotes = notes;
    let lastMs = performance.now();
    const note = (now: number): void => {
      notes.intervals.push(now - lastMs);
      lastMs = now;
      notes.texts.push(input.getAttribute('aria-valuetext') ?? '');
      if (!notes.isOver) requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
  });
  await page.mouse.move(line.x + 8, y);
  await page.mouse.down();
  for (let step = 0; step < DRAG_MOVES; step++) {
    const share = Math.abs(((step / 40) % 2) - 1);
    await page.mouse.move(line.x + 8 + share * (line.width - 16), y);
  }
  const result = await page.evaluate(() => {
    const notes = (window as NotingWindow).dragNotes!;
    notes.isOver = true;
    return notes;
  });
  await page.mouse.up();
  return result;
}

interface NotingWindow extends Window {
  dragNotes?: { intervals: number[]; texts: string[]; isOver: boolean };
}
