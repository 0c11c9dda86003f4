/**
 * The folder that `whittle export --adaptive` writes, used by a page that knows nothing of Whittle: every backend answers as Keras
 * did, and when its device is lost in the middle of a stream, every request is answered all the same.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test, type Page } from '@playwright/test';
import type { AdaptiveStatus, Answer, BackendName } from '../../src/adapt/module/api';
import { exportModule, moduleFolder, serveModule, type ModuleServer } from './adaptive-server';

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/fashion/${name}`, import.meta.url));
const record = JSON.parse(readFileSync(fixture('expected-outputs.json'), 'utf8')) as Record<'fashion_cnn' | 'fashion_mobile', number[][]>;
const pixels = Array.from(readFileSync(fixture('images.u8')), (byte) => Math.fround(byte / 255));
const images = Array.from({ length: 64 }, (_, i) => pixels.slice(i * 784, (i + 1) * 784));

/** Software GPUs and WASM sum in other orders. */
const TOLERANCE = 1e-3;
const REQUESTS = 100;
const LOSE_AT = 40;

/** Software GPUs compile for seconds, and once for each batch size: two are enough to see batches. */
const MAX_BATCH = 2;

interface Wanted {
  readonly backends: readonly BackendName[];
  readonly remembered?: BackendName;
  readonly withLiteRt?: boolean;
  readonly periodMs?: number;
}
interface PageWindow {
  isReady: boolean;
  start(options: object): Promise<AdaptiveStatus>;
  modelStatus(): AdaptiveStatus;
  run(input: readonly number[]): Promise<number[]>;
  stream(wish: object): Promise<((Omit<Answer, 'output'> & { output: number[] }) | null)[]>;
}

let server: ModuleServer;
test.beforeAll(async () => {
  exportModule();
  server = await serveModule();
});
test.afterAll(() => server.close());
test.beforeEach(async ({ page }) => {
  await page.goto(server.address);
  await page.waitForFunction(() => (window as unknown as PageWindow).isReady);
});

const inPage = <T, A>(page: Page, work: (argument: A) => T | Promise<T>, argument: A): Promise<T> => page.evaluate(work as never, argument) as Promise<T>;

/** A storage that remembers one backend spares the trial and fixes the choice. */
const start = (page: Page, wanted: Wanted): Promise<AdaptiveStatus> =>
  inPage(
    page,
    ({ remembered, ...options }) => (window as unknown as PageWindow).start(remembered ? { ...options, storage: { getItem: () => remembered, setItem: () => {} } } : options),
    { maxBatch: MAX_BATCH, ...wanted },
  );

function expectAnswersOfKeras(answers: readonly { readonly output: readonly number[]; readonly rung: number }[], names: readonly string[]): void {
  const differences = answers.flatMap(({ output, rung }, i) => {
    const wanted = record[names[rung] as keyof typeof record][i % images.length]!;
    return wanted.map((value, k) => Math.abs(value - output[k]!));
  });
  expect(Math.max(...differences)).toBeLessThan(TOLERANCE);
}

const rungNames = (): string[] => (JSON.parse(readFileSync(`${moduleFolder}/manifest.json`, 'utf8')) as { rungs: { name: string }[] }).rungs.map(({ name }) => name);

for (const [backend, next] of [['webgpu', 'webgl'], ['webgl', 'wasm'], ['wasm', 'cpu']] as const) {
  test(`a stream on ${backend} is answered whole though its device is lost in the middle`, async ({ page }) => {
    const first = await start(page, { backends: [backend, next], remembered: backend, periodMs: 300 });
    expect(first.backend).toBe(backend);
    const wish = { inputs: images, count: REQUESTS, spacingMs: 10, loseAt: LOSE_AT };
    const answers = await inPage(page, (what) => (window as unknown as PageWindow).stream(what), wish);
    expect(answers.filter((answer) => answer !== null)).toHaveLength(REQUESTS);
    const given = answers.map((answer) => answer!);
    expectAnswersOfKeras(given, rungNames());
    expect(given[0]!.backend).toBe(backend);
    expect(given.at(-1)!.backend).toBe(next);
    const { givenUp, answered } = await inPage(page, () => (window as unknown as PageWindow).modelStatus(), null);
    expect(answered).toBe(REQUESTS);
    expect(givenUp.map((one) => one.backend)).toEqual([backend]);
    expect(givenUp[0]!.reason).not.toBe('');
  });
}

test('a trial takes a backend that answers rightly, and remembers it', async ({ page }) => {
  const backends: BackendName[] = ['webgpu', 'webgl', 'wasm'];
  const first = await start(page, { backends });
  expect(backends).toContain(first.backend);
  expect(first.givenUp).toEqual([]);
  const remembered = await inPage(page, () => Object.entries(localStorage).filter(([key]) => key.startsWith('whittle-adaptive')), null);
  expect(remembered.map(([, value]) => value)).toEqual([first.backend]);
  await page.reload();
  await page.waitForFunction(() => (window as unknown as PageWindow).isReady);
  expect((await start(page, { backends })).backend).toBe(first.backend);
});

test('LiteRT answers as Keras did, one by one', async ({ page }) => {
  for (const backend of ['litert-wasm', 'litert-webgpu'] as const) {
    expect((await start(page, { backends: [backend], withLiteRt: true })).backend).toBe(backend);
    const answers = await inPage(page, (what) => (window as unknown as PageWindow).stream(what), { inputs: images, count: 16, spacingMs: 1 });
    expectAnswersOfKeras(answers.map((answer) => answer!), rungNames());
    expect(answers.every((answer) => answer!.batch === 1)).toBe(true);
  }
});

test('without any backend left, whoever waits is told why', async ({ page }) => {
  await start(page, { backends: ['wasm'], remembered: 'wasm' });
  const wish = { inputs: images, count: 40, spacingMs: 2, loseAt: 20 };
  await expect(inPage(page, (what) => (window as unknown as PageWindow).stream(what), wish)).rejects.toThrow(/No backend runs these models.*wasm/s);
});

test('an input of another size is refused in words, and costs no backend', async ({ page }) => {
  await start(page, { backends: ['wasm'], remembered: 'wasm' });
  await expect(inPage(page, () => (window as unknown as PageWindow).run([1, 2, 3]), null)).rejects.toThrow('3 numbers were given; this model takes 784');
  const output = await inPage(page, (image) => (window as unknown as PageWindow).run(image), images[0]!);
  expect(output).toHaveLength(10);
});

test('the page in the folder serves a stream as it is', async ({ page }) => {
  // What it takes from the network comes from the installed packages; without the script of WebGPU, which compiles for minutes in software.
  await page.route('https://cdn.jsdelivr.net/npm/@tensorflow/**', async (route) => {
    const [, name, file] = /npm\/@tensorflow\/([a-z-]+)@[\d.]+\/dist\/(.*)$/.exec(route.request().url())!;
    if (name!.endsWith('webgpu')) await route.abort();
    else await route.fulfill({ path: fileURLToPath(new URL(`../../node_modules/@tensorflow/${name}/dist/${file}`, import.meta.url)) });
  });
  await page.goto(`${server.address}module/demo.html`);
  await expect(page.getByRole('row', { name: /^Backend/ })).toContainText(/webgl|wasm/, { timeout: 300_000 });
  await expect(page.getByRole('row', { name: /^Frames answered [1-9]\d+ / })).toBeVisible({ timeout: 60_000 });
  await expect(page.locator('#message')).toBeEmpty();
});
