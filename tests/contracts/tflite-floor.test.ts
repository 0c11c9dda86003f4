/** The exported integer files of the bundled models: their size and accuracy, and that LiteRT decides as the emulation does. */
import { openAsBlob } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { createNodeEngine } from '../../src/cli/node-engine';
import type { Recipe } from '../../src/passes/pass';
import { tfliteFloorRows, type TfliteFloorRow } from './tflite-floor';

const ALL = Number.MAX_SAFE_INTEGER;
/** Of the images, that the emulation and the exported bytes may class differently: ties of rounded probabilities. */
const LEAST_AGREEMENT = 0.999;
const ignore = (): void => {};

const engine = createNodeEngine();
afterAll(() => engine.dispose());

describe.each(['fashion_cnn', 'fashion_mobile'] as const)('%s, 10,000 test images', (model) => {
  it('opens with its data', async () => {
    const file = (name: string) => openAsBlob(`public/samples/${name}`).then((blob) => ({ name, blob }));
    await engine.open([await file(`${model}.keras`)], ignore);
    expect((await engine.openDataset([await file('fashion-mnist-test.npz')], ignore)).count).toBe(10_000);
  });

  const rows = tfliteFloorRows.filter((row) => row.model === model);
  it.each(rows.map((row) => [row.method, row] as const))('%s', async (_method, row: TfliteFloorRow) => {
    const recipe: Recipe = { version: 1, steps: row.steps };
    const { size, verification } = await engine.exportModel(recipe, 'tflite', {}, ignore, row.verified);
    const emulated = await engine.evaluate(recipe, 'wasm', ALL, ignore);
    console.log(`${model} | ${row.method} | ${size.raw} bytes, gzip ${size.gzip} | emulated ${(emulated.accuracy.value * 100).toFixed(2)} | ${JSON.stringify(verification)}`);
    expect(size.raw).toBeLessThanOrEqual(row.largestNbytes);
    expect(size.gzip).toBeLessThanOrEqual(row.peerGzip ?? Number.POSITIVE_INFINITY);
    expect(emulated.accuracy.value).toBeGreaterThanOrEqual(row.leastAccuracy);
    const { samples, agreement } = verification.litert!;
    expect(samples).toBe(row.verified);
    // Of few images one may differ.
    expect(agreement).toBeGreaterThanOrEqual(Math.min(LEAST_AGREEMENT, 1 - 1 / samples));
  });
});
