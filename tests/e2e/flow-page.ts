/** Drives the built page with its real engine, as a person would. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { expect, type Locator, type Page, type TestInfo } from '@playwright/test';

/** Applying, measuring and checking together, where a graphics card is made up by the processor. */
export const MEASURED_TIMEOUT_MS = 180_000;

export interface NamedBytes {
  readonly name: string;
  readonly bytes: Buffer;
}

export async function readNamed(path: string): Promise<NamedBytes> {
  return { name: basename(path), bytes: await readFile(path) };
}

export async function openPage(page: Page): Promise<void> {
  await page.goto('./');
  await expect(page.getByRole('heading', { name: 'Drop a trained model' })).toBeVisible();
}

/** A drop of real files: made in the page, because a browser takes none from outside. */
export async function dropReal(page: Page, files: readonly NamedBytes[]): Promise<void> {
  const encoded = files.map(({ name, bytes }) => ({ name, base64: bytes.toString('base64') }));
  const transfer = await page.evaluateHandle(async (dropped) => {
    const data = new DataTransfer();
    for (const { name, base64 } of dropped) {
      const response = await fetch(`data:application/octet-stream;base64,${base64}`);
      data.items.add(new File([await response.blob()], name));
    }
    return data;
  }, encoded);
  await page.dispatchEvent('body', 'dragenter', { dataTransfer: transfer });
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
}

export async function pickReal(page: Page, paths: readonly string[]): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Open files' }).click();
  await (await chooser).setFiles([...paths]);
}

export async function waitUntilMeasured(page: Page): Promise<void> {
  await expect(page.getByText('All measured on this device')).toBeVisible({ timeout: MEASURED_TIMEOUT_MS });
  await expect(page.getByRole('button', { name: /^Download ·/ })).toBeVisible({ timeout: MEASURED_TIMEOUT_MS });
}

/** Latency on this backend and no other. */
export async function tickOnly(page: Page, name: string): Promise<void> {
  const device = page.getByRole('region', { name: 'Device' });
  await device.getByRole('checkbox', { name: new RegExp(`^${name}`) }).check();
  for (const box of await device.getByRole('checkbox', { checked: true }).all()) {
    const label = await box.evaluate((input) => (input as HTMLInputElement).labels?.[0]?.innerText ?? '');
    if (!label.startsWith(name)) await box.uncheck();
  }
}

export function passCard(page: Page, name: string): Locator {
  return page.getByRole('article', { name });
}

export async function choosePreset(page: Page, label: string): Promise<void> {
  await page.getByRole('button', { name: 'Presets' }).click();
  // Its sentence belongs to a choice's name.
  await page.getByRole('menuitem').filter({ has: page.getByText(label, { exact: true }) }).click();
}

export async function switchOn(page: Page, name: string): Promise<void> {
  const toggle = passCard(page, name).getByRole('switch').first();
  await toggle.focus();
  await page.keyboard.press('Space');
  await expect(toggle).toBeChecked();
}

export async function enter(page: Page, pass: string, option: RegExp, value: string): Promise<void> {
  const field = passCard(page, pass).getByRole('textbox', { name: option });
  await field.fill(value);
  await field.press('Enter');
}

/** The numbers of a tile's first line: before and after, or the only one. */
export async function numbersOf(page: Page, tile: RegExp): Promise<readonly number[]> {
  const words = await page.getByRole('region', { name: tile }).locator('p').first().innerText();
  return [...words.matchAll(/\d+(?:[.,]\d+)*/g)].map(([digits]) => Number(digits.replaceAll(',', '')));
}

export async function picture(page: Page, info: TestInfo, name: string): Promise<void> {
  await info.attach(name, { body: await page.screenshot({ path: info.outputPath(`${name}.png`) }), contentType: 'image/png' });
}
