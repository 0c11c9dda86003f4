/**
 * Every recorded Keras model, written as TensorFlow Lite and run in LiteRT, answers as Keras did. Nothing is refused: what
 * TensorFlow Lite has no operator for is written with those that it has. With a folder in WRITTEN_FILES the files are kept
 * there, for tests/fixtures/keras/check_written.py.
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Batch, FileBackend } from '../../src/runtime/backend';
import { canWriteTflite } from '../../src/formats/tflite/write';
import { bytesOfGraph, runWritten, sizedFor, startLiteRt, withoutFlags } from '../formats/tflite/run-written';
import { largestDifference, readCase, TOLERANCE } from '../formats/keras-case';
import { caseValues, kerasCases, type KerasCase } from '../fixtures/keras/cases';

/** No reader opens these: they hold code, weights alone, or layers that Whittle does not run. */
const UNREAD = new Set(['conv-lstm3d']);
const KINDS = ['keras', 'h5', 'tfjs-layers'];

const cases = kerasCases()
  .filter((testCase) => !testCase.refused && !UNREAD.has(testCase.id) && testCase.files.some(({ kind }) => KINDS.includes(kind)))
  .map((testCase) => ({ name: `${testCase.id} (${testCase.writer})`, testCase }));
const groups = [...new Set(cases.map(({ testCase }) => testCase.group))];

let backend: FileBackend;
beforeAll(async () => {
  backend = await startLiteRt();
});

describe.each(groups)('as TensorFlow Lite: %s', (group) => {
  it.each(cases.filter(({ testCase }) => testCase.group === group))('answers as Keras: $name', async ({ testCase }) => {
    const file = testCase.files.find(({ kind }) => KINDS.includes(kind))!;
    const graph = withoutFlags(sizedFor((await readCase(file)).graph, testCase.inputs.map(({ shape }) => shape)));
    expect(canWriteTflite(graph)).toBe(true);
    const outputs = await runWritten(backend, graph, inputsOf(testCase, graph.inputs.map((id) => graph.values[id]!.dtype)));
    if (process.env.WRITTEN_FILES) keep(process.env.WRITTEN_FILES, testCase, await bytesOfGraph(graph));
    const answered = outputs.flatMap(({ data }) => Array.from<number>(data));
    let offset = 0;
    for (const output of testCase.outputs) {
      const expected = caseValues(output);
      expect(largestDifference(expected, answered.slice(offset, offset + expected.length))).toBeLessThanOrEqual(TOLERANCE);
      offset += expected.length;
    }
    expect(answered.length).toBe(offset);
  });
});

function inputsOf(testCase: KerasCase, dtypes: readonly Batch['dtype'][]): Batch[] {
  return testCase.inputs.map((input, i): Batch => {
    const values = caseValues(input);
    return { shape: input.shape, dtype: dtypes[i]!, data: dtypes[i] === 'float32' ? Float32Array.from(values) : Int32Array.from(values) };
  });
}

function keep(folder: string, { id, writer, inputs, outputs }: KerasCase, bytes: Uint8Array): void {
  const file = `${id}.${writer}.tflite`;
  writeFileSync(`${folder}/${file}`, bytes);
  appendFileSync(`${folder}/written.jsonl`, `${JSON.stringify({ file, inputs, outputs })}\n`);
}
