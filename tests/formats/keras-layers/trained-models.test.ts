/** The two trained classifiers, opened from both of their files. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readKeras } from '../../../src/formats/keras/read';
import { readKerasH5 } from '../../../src/formats/keras-h5/read';
import { ignoreProgress } from '../../../src/lib/progress';
import { fileOf } from '../../../src/lib/source-file';
import type { Backend } from '../../../src/runtime/backend';
import { createBackend } from '../../../src/runtime/tfjs/backends';
import { largestDifference, TOLERANCE } from '../keras-case';

const fixture = (name: string): Buffer => readFileSync(new URL(`../../fixtures/fashion/${name}`, import.meta.url));

interface Expected {
  readonly images: { readonly shape: readonly number[] };
  readonly fashion_cnn: readonly (readonly number[])[];
  readonly fashion_mobile: readonly (readonly number[])[];
}

it('ConvNeXt’s own layers answer as in Keras', async () => {
  const read = (name: string): Buffer => readFileSync(new URL(`../../fixtures/keras/convnext/${name}`, import.meta.url));
  const expected = JSON.parse(read('block.json').toString()) as { shape: number[]; input: number[]; output: number[] };
  const main = fileOf('block.keras', new Uint8Array(read('block.keras')));
  const { graph } = await readKeras({ main, files: [main], report: ignoreProgress });
  const backend = await createBackend('cpu');
  const prepared = await backend.prepare(graph);
  const [output] = await prepared.run([{ shape: expected.shape, dtype: 'float32', data: Float32Array.from(expected.input) }]);
  prepared.dispose();
  backend.dispose();
  expect(largestDifference(expected.output, output!.data)).toBeLessThanOrEqual(TOLERANCE);
});

describe.each(['fashion_cnn', 'fashion_mobile'] as const)('%s', (model) => {
  const expected = JSON.parse(fixture('expected-outputs.json').toString()) as Expected;
  const pixels = Float32Array.from(fixture('images.u8'), (byte) => byte / 255);
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend('cpu');
  });
  afterAll(() => backend.dispose());

  it.each([
    ['.keras', readKeras],
    ['.h5', readKerasH5],
  ] as const)('answers as Keras out of its %s', async (extension, read) => {
    const main = fileOf(model + extension, new Uint8Array(fixture(model + extension)));
    const { graph, diagnostics } = await read({ main, files: [main], report: ignoreProgress });
    expect(diagnostics).toEqual([]);
    const prepared = await backend.prepare(graph);
    const [output] = await prepared.run([{ shape: expected.images.shape, dtype: 'float32', data: pixels }]);
    prepared.dispose();
    expect(output!.shape).toEqual([64, 10]);
    expect(largestDifference(expected[model].flat(), output!.data)).toBeLessThanOrEqual(TOLERANCE);
  });
});
