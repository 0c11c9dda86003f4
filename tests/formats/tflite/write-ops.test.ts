/** Every operator's cases, written and run in LiteRT, against TensorFlow.js's own results. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { canWriteTflite } from '../../../src/formats/tflite/write';
import type { Graph } from '../../../src/ir/graph';
import { inferShapes } from '../../../src/ops/infer-shapes';
import type { Batch, FileBackend } from '../../../src/runtime/backend';
import { numbersOf, type OpCase } from '../../contracts/op-cases';
import { allCases, oracleOf } from '../../contracts/op-oracle';
import { graphOfCase } from '../../ops/graph-of-case';
import { largestDifference } from '../keras-case';
import { runWritten, startLiteRt, withoutFlags } from './run-written';

/** Relative to the largest magnitude of the output; sums in another order. */
const TOLERANCE = 1e-5;

const graphOf = (opCase: OpCase) => withoutFlags(inferShapes(graphOfCase(opCase)));
const flowing = allCases
  .filter(({ opCase }) => opCase.inputs.some((input) => input && !input.constant))
  .map((one) => ({ name: `${one.opCase.op}: ${one.opCase.name}`, one, graph: graphOf(one.opCase) }));
/** Where sizes depend on the data, LiteRT's JavaScript does not run the file; its Python interpreter ran these. */
const isFixed = ({ graph }: { readonly graph: Graph }): boolean => graph.outputs.every((id) => graph.values[id]!.shape?.every((size) => size >= 0));
/** Its output shape is an input, and its rank is all that is known. */
const REFUSED = ['transpose-conv2d: output shape given, constants as inputs'];

let backend: FileBackend;
beforeAll(async () => {
  await tf.setBackend('cpu');
  backend = await startLiteRt();
});

describe('operators written to TensorFlow Lite', () => {
  it.each(flowing.filter(isFixed))('compute as TensorFlow.js: $name', async ({ one, graph }) => {
    const wanted = await oracleOf(one);
    const outputs = await runWritten(backend, graph, inputsOf(one.opCase));
    expect(outputs.map(({ shape }) => shape)).toEqual(wanted.map(({ shape }) => shape));
    outputs.forEach(({ data }, i) => expect(largestDifference(wanted[i]!.data, data)).toBeLessThanOrEqual(TOLERANCE));
  });

  it.each(flowing.filter(({ name }) => !REFUSED.includes(name)))('can be written: $name', ({ graph }) => {
    expect(canWriteTflite(graph)).toBe(true);
  });

  it.each(flowing.filter(({ name }) => REFUSED.includes(name)))('are refused in words: $name', ({ graph }) => {
    expect(canWriteTflite(graph)).toMatch(/its shapes are not known before it runs/);
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
