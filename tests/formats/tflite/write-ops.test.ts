/** Every operator's cases, written and run in LiteRT, against TensorFlow.js's own results. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { canWriteTflite } from '../../../src/formats/tflite/write';
import { inferShapes } from '../../../src/ops/infer-shapes';
import type { Batch, FileBackend } from '../../../src/runtime/backend';
import { numbersOf, opCases, type OpCase } from '../../contracts/op-cases';
import { oracleOf } from '../../contracts/op-oracle';
import { graphOfCase } from '../../ops/graph-of-case';
import { largestDifference } from '../keras-case';
import { runWritten, startLiteRt, withoutFlags } from './run-written';

/** Relative to the largest magnitude of the output; sums in another order. */
const TOLERANCE = 1e-5;

/** The sizes of their outputs depend on the data, and LiteRT's JavaScript runs fixed sizes only. The Python interpreter ran these. */
const OPEN_SIZES: readonly string[] = ['where', 'non-max-suppression'];

const graphOf = (opCase: OpCase) => withoutFlags(inferShapes(graphOfCase(opCase)));
const flowing = opCases
  .map((opCase) => ({ name: `${opCase.op}: ${opCase.name}`, opCase }))
  .filter(({ opCase }) => opCase.inputs.some((input) => input && !input.constant));

let backend: FileBackend;
beforeAll(async () => {
  await tf.setBackend('cpu');
  backend = await startLiteRt();
});

describe('operators written to TensorFlow Lite', () => {
  it.each(flowing.filter(({ opCase }) => !OPEN_SIZES.includes(opCase.op)))('compute as TensorFlow.js: $name', async ({ opCase }) => {
    const graph = graphOf(opCase);
    expect(canWriteTflite(graph)).toBe(true);
    const wanted = await oracleOf({ opCase });
    const outputs = await runWritten(backend, graph, inputsOf(opCase));
    expect(outputs.map(({ shape }) => shape)).toEqual(wanted.map(({ shape }) => shape));
    outputs.forEach(({ data }, i) => expect(largestDifference(wanted[i]!.data, data)).toBeLessThanOrEqual(TOLERANCE));
  });

  it.each(flowing.filter(({ opCase }) => OPEN_SIZES.includes(opCase.op) && opCase.name !== 'with scores'))('are written with sizes that the data decide: $name', ({ opCase }) => {
    expect(canWriteTflite(graphOf(opCase))).toBe(true);
  });
});

function inputsOf(opCase: OpCase): Batch[] {
  return opCase.inputs.flatMap((input, i): Batch[] => {
    if (!input || input.constant) return [];
    const numbers = numbersOf(opCase, i);
    if (input.dtype === 'float32') return [{ shape: input.shape, dtype: 'float32', data: Float32Array.from(numbers) }];
    return [{ shape: input.shape, dtype: 'int32', data: Int32Array.from(numbers) }];
  });
}
