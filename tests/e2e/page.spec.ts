/**
 * Every state of the screen at three widths in both themes: nothing wider than the window, nothing that axe calls serious,
 * and a picture of each. The engine is a mock; the page is the real one.
 */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { choosePreset } from './flow-page';
import { dropFiles, measureSeveral, openMock, openUntrained, trySample, waitUntilMeasured } from './mock-engine/drive';
import type { MockState } from './mock-engine/mock-engine';
import { serveMockPage, type MockServer } from './mock-engine/serve';

interface ScreenState {
  readonly name: string;
  readonly mock: MockState;
  reach(page: Page): Promise<void>;
}

const model = [{ name: 'fashion_cnn.keras', text: 'not read by the mock engine' }];

const states: readonly ScreenState[] = [
  { name: 'start', mock: 'plain', reach: async () => {} },
  {
    name: 'loading',
    mock: 'loading',
    reach: async (page) => {
      await dropFiles(page, model);
      await expect(page.getByText('Opening fashion_cnn.keras')).toBeVisible();
    },
  },
  {
    name: 'opened',
    mock: 'plain',
    reach: async (page) => {
      await dropFiles(page, model);
      await waitUntilMeasured(page);
    },
  },
  {
    name: 'measuring',
    mock: 'measuring',
    reach: async (page) => {
      await trySample(page);
      await expect(page.getByText(/Timing on WebGPU 61 %/)).toBeVisible();
    },
  },
  { name: 'done', mock: 'plain', reach: measureSeveral },
  {
    name: 'layers',
    mock: 'plain',
    reach: async (page) => {
      await trySample(page);
      await waitUntilMeasured(page);
      await page.getByRole('button', { name: 'Layers' }).click();
      await page.getByRole('button', { name: 'conv2d_1' }).click();
    },
  },
  {
    name: 'data',
    mock: 'unlabelled',
    reach: async (page) => {
      await trySample(page);
      await waitUntilMeasured(page);
      await expect(page.getByText('No labels: fidelity')).toBeVisible();
    },
  },
  {
    name: 'integers',
    mock: 'plain',
    reach: async (page) => {
      await trySample(page);
      await waitUntilMeasured(page);
      await choosePreset(page, 'Integers');
      await waitUntilMeasured(page);
      await page.getByText(/^Operators left to the processor: 3/).click();
      await expect(page.getByText('no kernel for it')).toBeVisible();
    },
  },
  {
    name: 'energy',
    mock: 'plain',
    reach: async (page) => {
      await measureSeveral(page);
      await page.getByRole('button', { name: /Compared with$/ }).click();
      await page.getByRole('option', { name: /^energy/ }).click();
      await page.getByRole('button', { name: /on a battery, estimate/ }).click();
      await expect(page.getByRole('dialog', { name: 'Battery life, estimate' })).toBeVisible();
    },
  },
  {
    name: 'no-data',
    mock: 'plain',
    reach: async (page) => {
      await dropFiles(page, model);
      await waitUntilMeasured(page);
      await choosePreset(page, 'Integers');
      await waitUntilMeasured(page);
      await expect(page.getByText('No data are open: ranges are estimated.')).toBeVisible();
    },
  },
  {
    name: 'untrained',
    mock: 'plain',
    reach: async (page) => {
      await openUntrained(page);
      await page.getByRole('article', { name: 'Prune weights' }).getByRole('button', { name: /^Recover by training/ }).click();
      await page.getByRole('button', { name: 'Data', exact: true }).click();
      await expect(page.getByText('60,000 examples of their own.')).toBeVisible();
    },
  },
  {
    name: 'training',
    mock: 'training',
    reach: async (page) => {
      await openUntrained(page);
      await page.getByRole('button', { name: 'Train', exact: true }).click();
      await expect(page.getByText(/epoch 2, step 1000 of 2000 on WebGPU/)).toBeVisible();
      await expect(page.getByRole('img', { name: /^Accuracy on held-out training data over/ })).toBeVisible();
    },
  },
  {
    name: 'trained',
    mock: 'plain',
    reach: async (page) => {
      await openUntrained(page);
      await page.getByRole('button', { name: 'Train', exact: true }).click();
      await expect(page.getByText(/points without the method/)).toBeVisible();
    },
  },
  {
    name: 'nothing-to-learn',
    mock: 'nothing-to-learn',
    reach: async (page) => {
      await dropFiles(page, [...model, { name: 'test.npz', text: 'not read by the mock engine' }]);
      await waitUntilMeasured(page);
      await choosePreset(page, 'Distil, quarter width');
      await expect(page.getByText(/^There is nothing to learn from/)).toBeVisible();
    },
  },
  {
    name: 'presets',
    mock: 'plain',
    reach: async (page) => {
      await trySample(page);
      await waitUntilMeasured(page);
      await page.getByRole('button', { name: 'Presets' }).click();
      await expect(page.getByRole('menuitem', { name: 'Dynamic range' })).toBeVisible();
    },
  },
  {
    name: 'error',
    mock: 'error',
    reach: async (page) => {
      await dropFiles(page, model);
      await expect(page.getByText(/group1-shard2of4.bin is missing/)).toBeVisible();
    },
  },
  {
    name: 'export-error',
    mock: 'export-fails',
    reach: async (page) => {
      await trySample(page);
      await expect(page.getByText(/Keras has no layer/)).toBeVisible();
    },
  },
  { name: 'no-webgpu', mock: 'no-webgpu', reach: async (page) => void (await expect(page.getByText(/without WebGPU/)).toBeVisible()) },
];

const widths = [
  { width: 1440, height: 900 },
  { width: 1024, height: 768 },
  { width: 390, height: 844 },
] as const;

let server: MockServer;

test.beforeAll(async () => {
  server = await serveMockPage();
});

test.afterAll(() => server.close());

for (const state of states) {
  for (const theme of ['light', 'dark'] as const) {
    test(`${state.name}, ${theme}: fits three widths and passes axe`, async ({ page }, info) => {
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(String(error)));
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(message.text());
      });
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await openMock(page, server.address, state.mock);
      await state.reach(page);
      for (const size of widths) {
        await page.setViewportSize(size);
        // An open menu takes its new place a moment after the window's.
        await expect.poll(() => excessOf(page, size), `${size.width} × ${size.height} px: regions scroll, the page does not`).toEqual({ across: 0, down: 0 });
        await info.attach(`${state.name}-${theme}-${size.width}`, { body: await page.screenshot({ path: info.outputPath(`${state.name}-${theme}-${size.width}.png`) }), contentType: 'image/png' });
        expect(await overlappingSections(page), `${size.width} px`).toEqual([]);
        const { violations } = await new AxeBuilder({ page }).analyze();
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`)).toEqual([]);
      }
      expect(problems).toEqual([]);
    });
  }
}

/** By how many pixels the page is larger than its window. */
async function excessOf(page: Page, size: { readonly width: number; readonly height: number }): Promise<{ across: number; down: number }> {
  const { width, height } = await page.evaluate(() => ({
    width: Math.max(document.documentElement.scrollWidth, document.body.scrollWidth),
    height: document.documentElement.scrollHeight,
  }));
  return { across: Math.max(0, width - size.width), down: Math.max(0, height - size.height) };
}

/** Pairs of regions that cover each other; none contains the other. */
async function overlappingSections(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const sections = [...document.querySelectorAll('main section, main article, main table')];
    const boxes = sections.map((element) => ({ element, box: element.getBoundingClientRect() }));
    const names = (element: Element) => element.getAttribute('aria-label') ?? element.getAttribute('aria-labelledby') ?? element.tagName;
    const pairs: string[] = [];
    for (const [index, a] of boxes.entries()) {
      for (const b of boxes.slice(index + 1)) {
        if (a.element.contains(b.element) || b.element.contains(a.element)) continue;
        const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
        const down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
        if (across > 1 && down > 1) pairs.push(`${names(a.element)} and ${names(b.element)}`);
      }
    }
    return pairs;
  });
}
