/** The passes against today's tools on the bundled models: as accurate within 0.15 points, in no more gzipped bytes. */
import { openAsBlob } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { createNodeEngine } from '../../src/cli/node-engine';
import type { Recipe } from '../../src/passes/pass';
import { floorRows, type FloorRow } from './peer-floor';

/** Half the standard error of an accuracy near 92 % on 10,000 images: less is noise of rounding. */
const ACCURACY_SLACK = 0.0015;
const ignore = (): void => {};

const engine = createNodeEngine();
afterAll(() => engine.dispose());

describe.each(['fashion_cnn', 'fashion_mobile'] as const)('%s, 10,000 test images', (model) => {
  const rows = floorRows.filter((row) => row.model === model);

  it('opens with its data', async () => {
    const file = (name: string) => openAsBlob(`public/samples/${name}`).then((blob) => ({ name, blob }));
    const summary = await engine.open([await file(`${model}.keras`)], ignore);
    expect(summary.cost.parameters).toBe(model === 'fashion_cnn' ? 242_218 : 47_274);
    expect((summary.cost.macs / 1e6).toFixed(2)).toBe(model === 'fashion_cnn' ? '7.60' : '5.79');
    expect((await engine.openDataset([await file('fashion-mnist-test.npz')], ignore)).count).toBe(10_000);
  });

  it.each(rows.map((row) => [row.method, row] as const))('%s', async (_method, row: FloorRow) => {
    const recipe: Recipe = { version: 1, steps: row.steps };
    const { accuracy } = await engine.evaluate(recipe, 'wasm', Number.MAX_SAFE_INTEGER, ignore);
    const { gzip, raw } = await engine.measureSize(recipe, 'tfjs-graph', { weights: row.weights }, ignore);
    console.log(`${model} | ${row.method} | ${(accuracy.value * 100).toFixed(2)} (peer ${(row.peerAccuracy * 100).toFixed(2)}) | gzip ${gzip} (peer ${row.peerGzip ?? '–'}) | raw ${raw}`);
    expect(accuracy.value).toBeGreaterThanOrEqual(row.peerAccuracy - ACCURACY_SLACK);
    expect(gzip).toBeLessThanOrEqual(row.peerGzip ?? Number.POSITIVE_INFINITY);
  });
});
