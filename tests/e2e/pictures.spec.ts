/** The browser's picture decoder, in a worker, against the pixels that Pillow reads. Node's is tested in tests/datasets. */
import { readFileSync } from 'node:fs';
import { expect, test, type Page } from '@playwright/test';
import { servePage, type ServedPage } from './serve-page';
import type { Decode } from './pages/pictures/pictures';
import type { PictureAnswer } from './pages/pictures/pictures.worker';

const data = new URL('../fixtures/data/', import.meta.url);
const pictures = JSON.parse(readFileSync(new URL('pictures.json', data), 'utf8')) as Record<string, { shape: number[]; pixels: number[] }>;

/** Decoders round colour conversions differently by a step or two; a canvas rounds transparent pixels once more. */
const TOLERANCE_LOSSY = 3;
const TOLERANCE_TRANSPARENT = 1;

let server: ServedPage;
test.beforeAll(async () => {
  server = await servePage('pictures');
});
test.afterAll(() => server.close());
test.beforeEach(({ page }) => page.goto(server.address));

const decode = (page: Page, name: string, bytes: Uint8Array): Promise<PictureAnswer> =>
  page.evaluate(([what, numbers]) => (window as unknown as { decode: Decode }).decode(what, numbers), [name, [...bytes]] as const);

for (const [name, { shape, pixels }] of Object.entries(pictures)) {
  test(`${name} has the pixels that Pillow reads`, async ({ page }) => {
    const answer = await decode(page, name, readFileSync(new URL(`pictures/${name}`, data)));
    expect(answer.error).toBeUndefined();
    expect(answer.shape).toEqual(shape);
    const tolerance = /\.(jpe?g|webp)$/.test(name) ? TOLERANCE_LOSSY : name.includes('transparent') ? TOLERANCE_TRANSPARENT : 0;
    expect(Math.max(...pixels.map((pixel, i) => Math.abs(pixel - answer.pixels![i]!)))).toBeLessThanOrEqual(tolerance);
  });
}

test('a huge, a broken and a false picture are refused in words', async ({ page }) => {
  const whole = readFileSync(new URL('pictures/slopes/colour.png', data));
  expect((await decode(page, 'huge.png', readFileSync(new URL('huge.png', data)))).error).toContain('DataError: huge.png: it has 100000 × 100000 pixels');
  expect((await decode(page, 'cut.png', whole.subarray(0, 40))).error).toContain('cut.png: it cannot be decoded as PNG');
  expect((await decode(page, 'text.png', new TextEncoder().encode('no picture'))).error).toContain('text.png: it is no picture');
});
