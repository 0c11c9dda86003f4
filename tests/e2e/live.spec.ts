/**
 * The live lab on the built page with the real engine, on WASM: under a rate that the original alone cannot serve and a disturbance on
 * top, the controller acts, no example is lost, and without it the queue grows. Nothing here asserts on a time or on how loaded the machine is.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { unzipSync } from 'fflate';
import { checkManifest } from '../../src/adapt/module/manifest';
import type { LivePoint } from '../../src/state/live-store';
import type { LiveTotal } from '../../src/adapt/live-run';
import { dropReal, MEASURED_TIMEOUT_MS, openPage, picture, readNamed, tickOnly, waitUntilMeasured } from './flow-page';
import { longTasksOf, watchLongTasks } from './long-tasks';

const bundled = (name: string) => fileURLToPath(new URL(`../../public/samples/${name}`, import.meta.url));

/** Measuring, a ladder of four models, and two runs, on processor cores that other work may use too. */
const TIME_LIMIT_MS = 540_000;
const LADDER_TIMEOUT_MS = 300_000;
/** Periods that are watched: enough for the controller to act, whatever the machine does. */
const WATCHED_MS = 12_000;

// A camera that the browser makes up, and that nobody is asked for.
test.use({ actionTimeout: 60_000, trace: 'off', launchOptions: { executablePath: process.env['WHITTLE_CHROMIUM'] || undefined, args: ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'] } });

interface SavedTrace {
  readonly ladder: { readonly rungs: readonly unknown[] };
  readonly runs: readonly { readonly kind: string; readonly total: LiveTotal; readonly periods: readonly LivePoint[] }[];
}

async function openLive(page: Page): Promise<void> {
  await openPage(page);
  await dropReal(page, [await readNamed(bundled('fashion_cnn.keras')), await readNamed(bundled('fashion-mnist-test.npz'))]);
  await tickOnly(page, 'WASM');
  await page.getByRole('radio', { name: '500', exact: true }).click({ force: true });
  await waitUntilMeasured(page);
  await page.getByRole('button', { name: 'Live', exact: true }).click();
}

const totals = (page: Page) => page.getByRole('table', { name: 'What became of every example' });
const isOver = (page: Page) => expect(page.getByRole('button', { name: 'Save the trace' })).toBeVisible({ timeout: LADDER_TIMEOUT_MS });

async function start(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await expect(totals(page)).toBeVisible({ timeout: LADDER_TIMEOUT_MS });
}

async function press(page: Page, slider: RegExp, key: string): Promise<void> {
  const thumb = page.getByRole('slider', { name: slider });
  await thumb.focus();
  await page.keyboard.press(key);
}

test('under a disturbance the controller acts and loses nothing; without it the queue grows', async ({ page }, info) => {
  test.setTimeout(TIME_LIMIT_MS);
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  await watchLongTasks(page);
  await openLive(page);
  await start(page);
  await picture(page, info, '1-running');
  const before = await longTasksOf(page);
  // Several times what the original serves one by one, with half of every core taken away.
  await press(page, /^Rate/, 'End');
  for (let i = 0; i < 10; i++) await press(page, /^Disturbance/, 'ArrowRight');
  await expect(page.getByRole('slider', { name: /^Disturbance/ })).toHaveValue('0.5');
  await expect(page.getByText(/(larger batches|smaller model|more is skipped)/).first()).toBeVisible({ timeout: LADDER_TIMEOUT_MS });
  await page.waitForTimeout(WATCHED_MS);
  const during = await longTasksOf(page);
  await picture(page, info, '2-disturbed');
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await isOver(page);

  await page.getByRole('button', { name: 'The same without control' }).click();
  await expect(page.getByText('The same again without control. It ends by itself.')).toBeVisible({ timeout: LADDER_TIMEOUT_MS });
  await isOver(page);
  await picture(page, info, '3-beside');

  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the trace' }).click();
  const saved = JSON.parse(await readFile(await (await download).path(), 'utf8')) as SavedTrace;
  const [controlled, alone] = saved.runs;
  expect(saved.ladder.rungs.length).toBeGreaterThan(1);
  for (const { total } of saved.runs) expect(total.answered + total.skipped + total.refused + total.unanswered).toBe(total.sent);
  expect(controlled!.total.refused).toBe(0);
  expect(controlled!.periods.some(({ batch, level, keep }) => batch > 1 || level > 0 || keep < 1)).toBe(true);
  expect(alone!.periods.every(({ batch, level, keep }) => batch === 1 && level === 0 && keep === 1)).toBe(true);
  expect(alone!.total.unanswered + alone!.total.refused).toBeGreaterThan(controlled!.total.unanswered);
  console.log(`Tasks over 50 ms on the window's thread in the controlled run: ${during.count - before.count}.`);
  await info.attach('trace.json', { body: JSON.stringify(saved), contentType: 'application/json' });

  const { violations } = await new AxeBuilder({ page }).include('#drawer-pane').analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  expect(problems).toEqual([]);
});

test('a camera streams through the model, and one that is refused is said so', async ({ page }, info) => {
  test.setTimeout(TIME_LIMIT_MS);
  await openLive(page);
  await page.getByRole('button', { name: /Source/ }).click();
  await page.getByRole('option', { name: 'Camera' }).click();
  await start(page);
  await expect(page.getByLabel('What the camera sees')).toBeVisible();
  await expect(totals(page).getByRole('row').last().getByRole('cell').nth(1)).not.toHaveText('0', { timeout: LADDER_TIMEOUT_MS });
  // Nobody says what a camera shows.
  await expect(totals(page).getByRole('row').last().getByRole('cell').last()).toHaveText('–');
  await picture(page, info, 'camera');
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await isOver(page);
  await expect(page.getByLabel('What the camera sees')).toHaveCount(0);

  await page.evaluate(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('Permission denied', 'NotAllowedError'));
  });
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'The camera was refused. Allow it for this page in the browser, or stream the examples.' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Start', exact: true })).toBeEnabled();
});

test('a microphone streams through a model of raw sound', async ({ page }, info) => {
  test.setTimeout(TIME_LIMIT_MS);
  await openPage(page);
  await dropReal(page, soundModel());
  await tickOnly(page, 'WASM');
  await waitUntilMeasured(page);
  await page.getByRole('button', { name: 'Live', exact: true }).click();
  await page.getByRole('button', { name: /Source/ }).click();
  await page.getByRole('option', { name: 'Microphone' }).click();
  await expect(page.getByRole('button', { name: /Sound at/ })).toContainText('16 kHz');
  await start(page);
  await expect(page.getByText('Microphone · WASM')).toBeVisible();
  await expect(totals(page).getByRole('row').last().getByRole('cell').nth(1)).not.toHaveText('0', { timeout: LADDER_TIMEOUT_MS });
  await picture(page, info, 'microphone');
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await isOver(page);
});

/** Raw sound of half a second at 16 kHz, in two classes; untrained. */
function soundModel(): { name: string; bytes: Buffer }[] {
  const [samples, classes] = [8000, 2];
  const layers = [
    { class_name: 'InputLayer', config: { batch_input_shape: [null, samples], dtype: 'float32', name: 'sound' } },
    { class_name: 'Dense', config: { name: 'dense', units: classes, activation: 'softmax', use_bias: false } },
  ];
  const topology = { class_name: 'Sequential', config: { name: 'sound', layers }, keras_version: '2.2.4', backend: 'tensor_flow.js' };
  const manifest = [{ paths: ['weights.bin'], weights: [{ name: 'dense/kernel', shape: [samples, classes], dtype: 'float32' }] }];
  const weights = Float32Array.from({ length: samples * classes }, (_, i) => Math.sin(i));
  return [
    { name: 'model.json', bytes: Buffer.from(JSON.stringify({ format: 'layers-model', modelTopology: topology, weightsManifest: manifest })) },
    { name: 'weights.bin', bytes: Buffer.from(weights.buffer) },
  ];
}

test('the adaptive module of the session is written, proven and downloaded', async ({ page }, info) => {
  test.setTimeout(TIME_LIMIT_MS);
  await openLive(page);
  await page.getByText('Adaptive module', { exact: true }).click();
  await page.getByRole('button', { name: 'Write and check' }).click();
  const button = page.getByRole('button', { name: /^Download module/ });
  await expect(button).toBeVisible({ timeout: LADDER_TIMEOUT_MS });
  await expect(page.getByText(/Every model was re-opened and run by TensorFlow.js’s own loader: largest difference/)).toBeVisible();
  await picture(page, info, 'adaptive');
  const download = page.waitForEvent('download', { timeout: MEASURED_TIMEOUT_MS });
  await button.click();
  const files = unzipSync(await readFile(await (await download).path()));
  const manifest = checkManifest(JSON.parse(new TextDecoder().decode(files['manifest.json'])));
  expect(Object.keys(files)).toEqual(expect.arrayContaining(['package.json', 'index.js', 'index.d.ts', 'demo.html', 'tfjs.js']));
  expect(manifest.rungs.length).toBeGreaterThan(1);
  for (const { tfjs, accuracy } of manifest.rungs) {
    expect(accuracy).toBeGreaterThan(0.5);
    for (const path of [tfjs!.model, ...tfjs!.weights]) expect(files[path]!.length).toBeGreaterThan(0);
  }
});
