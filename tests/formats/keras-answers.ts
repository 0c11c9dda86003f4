/** Declares the tests of one kind of file over all recorded cases: answered as Keras answers, or refused with a reason. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/runtime/backend';
import { createBackend } from '../../src/runtime/tfjs/backends';
import { configureWasm } from '../../src/runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../../src/runtime/tfjs/wasm-paths.node';
import { type CaseFile, kerasCases } from '../fixtures/keras/cases';
import { expectKerasAnswer, readCase } from './keras-case';

/** What a refusal must say, by the fixture's reason. */
const REFUSALS: Readonly<Record<string, RegExp>> = {
  interpolation: /^The layer ".+" \((Resizing|UpSampling2D)\) has (interpolation|antialias) = .+; Whittle runs/,
  'weights-only': /holds weights only, without the layers they belong to\..+model\.save/,
  'architecture-only': /lists no weights/,
  lambda: /^The layer "twice" \(Lambda\) is code/,
  'custom-layer': /^(The layer "gain" \(.*Gain\) is a custom layer registered as fixtures>Gain|The model is of the class Subclassed)/,
  'custom-activation': /^The layer "dense_2" \(Dense\) uses the activation .*twice_tanh.*, whose code is not in the file/,
  'text-preprocessing': /^The layer ".+" \(.+\) (takes string|looks values up in a vocabulary or hashes them)/,
  'quantized-layers': /^The layer "dense" \(Dense\) was quantized by Keras/,
  'hdf5-filter': /is compressed by lzf \(32000\)/,
  'npz-weights': /keeps its weights in model\.weights\.npz/,
  container: /holds no config\.json/,
};

/** Read although a reader may refuse them. */
const READ_ALL_THE_SAME = new Set(['keras-in-folder']);

/** Not marked in the record, and refused: no operator of Whittle computes these. */
const BEYOND_WHITTLE: Readonly<Record<string, RegExp>> = {
  'conv-lstm3d': /^The layer "conv_lstm3d" \(ConvLSTM3D\) is a layer of Keras that Whittle does not run/,
};

export function testKerasAnswers(kinds: readonly CaseFile['kind'][]): void {
  const all = kerasCases().flatMap((testCase) =>
    testCase.files.filter(({ kind }) => kinds.includes(kind)).map((file) => {
      const refusal = testCase.refused && !READ_ALL_THE_SAME.has(testCase.id) ? REFUSALS[testCase.refused] : BEYOND_WHITTLE[testCase.id];
      return { name: `${testCase.id} (${file.path})`, testCase, file, refusal };
    }),
  );
  const groups = [...new Set(all.map(({ testCase }) => testCase.group))];
  const backends: Backend[] = [];
  beforeAll(async () => {
    configureWasm(nodeWasmPaths());
    backends.push(await createBackend('cpu'), await createBackend('wasm'));
  });
  afterAll(() => backends.forEach((backend) => backend.dispose()));

  describe.each(groups)('%s', (group) => {
    const members = all.filter(({ testCase }) => testCase.group === group);
    it.each(members.filter(({ refusal }) => !refusal))('answers as Keras on cpu and wasm: $name', async ({ testCase, file }) => {
      const result = await readCase(file);
      for (const backend of backends) await expectKerasAnswer(backend, testCase, result);
    });
    it.each(members.filter(({ refusal }) => refusal))('refuses with its reason: $name', async ({ file, refusal }) => {
      await expect(readCase(file)).rejects.toMatchObject({ message: expect.stringMatching(refusal!) as string });
      await expect(readCase(file)).rejects.toMatchObject({ name: expect.stringMatching(/^(Unsupported|Format)Error$/) as string });
    });
  });
}
