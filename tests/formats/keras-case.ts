/** Runs one recorded Keras case: the file through its reader, the graph through the executor, the answer against Keras's. */
import { readdirSync } from 'node:fs';
import { expect } from 'vitest';
import type { ReadInput, ReadResult } from '../../src/formats/format';
import { readKeras } from '../../src/formats/keras/read';
import { readKerasH5 } from '../../src/formats/keras-h5/read';
import { readTfjsLayers } from '../../src/formats/tfjs-layers/read';
import { ignoreProgress } from '../../src/lib/progress';
import { fileOf, type SourceFile } from '../../src/lib/source-file';
import type { Backend, Batch } from '../../src/runtime/backend';
import { type CaseFile, caseFileBytes, caseValues, type KerasCase } from '../fixtures/keras/cases';

/** The largest difference allowed, relative to the largest magnitude of the output; the project's promise. */
export const TOLERANCE = 1e-5;

const readers = { keras: readKeras, h5: readKerasH5, weights: readKerasH5, 'tfjs-layers': readTfjsLayers, json: readTfjsLayers };

/** The file of a case as a person drops it: a model.json with everything beside it. */
export function droppedFiles(file: CaseFile): ReadInput {
  const folder = file.path.slice(0, file.path.lastIndexOf('/') + 1);
  const main = sourceOf(file.path);
  const isFolder = file.kind === 'tfjs-layers';
  const beside = isFolder ? readdirSync(new URL(`../fixtures/keras/${folder}`, import.meta.url)).map((name) => sourceOf(folder + name)) : [main];
  return { main, files: beside, report: ignoreProgress };
}

export function readCase(file: CaseFile): Promise<ReadResult> {
  return readers[file.kind](droppedFiles(file));
}

/** Expects shapes and numbers to be Keras's. */
export async function expectKerasAnswer(backend: Backend, testCase: KerasCase, result: ReadResult): Promise<void> {
  const { graph } = result;
  const inputs = testCase.inputs.map((input, i): Batch => {
    const { dtype } = graph.values[graph.inputs[i]!]!;
    const values = caseValues(input);
    return { shape: input.shape, dtype, data: dtype === 'float32' ? Float32Array.from(values) : Int32Array.from(values) };
  });
  const model = await backend.prepare(graph);
  const outputs = await model.run(inputs);
  model.dispose();
  expect(outputs.map(({ shape }) => shape)).toEqual(shapesOf(testCase, outputs));
  let offset = 0;
  const answered = outputs.flatMap(({ data }) => Array.from(data));
  for (const output of testCase.outputs) {
    const expected = caseValues(output);
    expect(largestDifference(expected, answered.slice(offset, offset + expected.length))).toBeLessThanOrEqual(TOLERANCE);
    offset += expected.length;
  }
  expect(answered.length).toBe(offset);
}

/** Keras answers stacked cells with nested lists, which the record holds as one array; such shapes are not compared. */
function shapesOf(testCase: KerasCase, outputs: readonly Batch[]): (readonly number[])[] {
  if (testCase.id === 'rnn-stacked-state') return outputs.map(({ shape }) => shape);
  return testCase.outputs.map(({ shape }) => shape);
}

/** Relative to the largest magnitude; NaN counts as infinitely far. */
export function largestDifference(expected: ArrayLike<number>, actual: ArrayLike<number>): number {
  let largest = Number.MIN_VALUE;
  let difference = 0;
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]!));
    const apart = Math.abs(expected[i]! - (actual[i] ?? Number.NaN));
    difference = Number.isNaN(apart) ? Infinity : Math.max(difference, apart);
  }
  return difference / largest;
}

function sourceOf(path: string): SourceFile {
  return fileOf(path, new Uint8Array(caseFileBytes(path)));
}
