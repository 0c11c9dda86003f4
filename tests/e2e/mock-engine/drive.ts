/** Brings the mock page into its states, by the ways a person would. */
import { expect, type Page } from '@playwright/test';
import { choosePreset } from '../flow-page';
import type { MockState } from './mock-engine';

/** A zip that any reader would refuse; the mock engine reads nothing. */
const modelBytes = Buffer.from('not read by the mock engine');

export async function openMock(page: Page, address: string, state: MockState, hash = ''): Promise<void> {
  await page.route('**/samples/*', (route) => route.fulfill({ body: modelBytes }));
  await page.goto(`${address}?state=${state}${hash}`);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
}

export async function trySample(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Fashion CNN' }).click();
}

export async function dropFiles(page: Page, files: readonly { name: string; text: string }[]): Promise<void> {
  const transfer = await page.evaluateHandle((dropped) => {
    const data = new DataTransfer();
    for (const { name, text } of dropped) data.items.add(new File([text], name));
    return data;
  }, files);
  await page.dispatchEvent('body', 'dragenter', { dataTransfer: transfer });
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
}

export async function waitUntilMeasured(page: Page): Promise<void> {
  await expect(page.getByText('All measured on this device')).toBeVisible();
  await expect(page.getByRole('button', { name: /^Download ·/ })).toBeVisible();
}

/** Several recipes, one after the other, so that the charts have something to show. */
export async function measureSeveral(page: Page): Promise<void> {
  await trySample(page);
  await waitUntilMeasured(page);
  for (const preset of ['Lossless', '8-bit', 'Smallest', 'Half size', 'Balanced']) {
    await choosePreset(page, preset);
    await waitUntilMeasured(page);
  }
}

/** A sample with a recipe that trains, measured as it is before its training. */
export async function openUntrained(page: Page): Promise<void> {
  await trySample(page);
  await waitUntilMeasured(page);
  await choosePreset(page, 'Pruned 75 %, recovered');
  await waitUntilMeasured(page);
  await expect(page.getByText('The numbers are from before training.')).toBeVisible();
}
