/**
 * Operators on integers, written and run in LiteRT, against the same operator on floats with the very same constants and
 * inputs: the grid of the output is the only difference that is left.
 */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { canWriteTflite } from '../../../src/formats/tflite/write';
import { realRange, type Quantization } from '../../../src/ir/quantization';
import type { Batch, FileBackend } from '../../../src/runtime/backend';
import { opCases } from '../../contracts/op-cases';
import { oracleOf } from '../../contracts/op-oracle';
import { integerCase, type Bits, type IntegerCase } from './integer-case';
import { runWritten, startLiteRt } from './run-written';

/** Kernels round once inside and once at the end, each to the nearest. */
const STEPS = 1.01;
/** Those that look numbers up in tables, or multiply in fewer bits than 16, are off by more. */
const STEPS_OF: Readonly<Record<string, number>> = {
  'int8 log': 1.5, 'int8 rsqrt': 2.5, 'int8 div': 2.5, 'int16 tanh': 2.5, 'int16 sigmoid': 1.5, 'int16 softmax': 2, 'int16 batch-matmul': 1.5, 'int16 resize-bilinear': 40,
};

const BITS: readonly Bits[] = [
  { activations: 'int8', weights: 8 },
  { activations: 'int8', weights: 4 },
  { activations: 'int16', weights: 8 },
];

let backend: FileBackend;
beforeAll(async () => {
  await tf.setBackend('cpu');
  backend = await startLiteRt();
});

/** The layer stays float, because its kernel is made of others or takes what is not known. */
const REFUSAL = /the grid of the numbers before it is not known|leave this layer in floats/;

describe.each(BITS)('integer operators: activations $activations, weights $weights bits', (bits) => {
  const cases = opCases.flatMap((opCase) => {
    const made = integerCase(opCase, [], bits);
    return made ? [{ name: `${opCase.op}: ${opCase.name}`, opCase, answer: canWriteTflite(made.integer) }] : [];
  });

  it.each(cases.filter(({ answer }) => answer === true))('give the float result to a step: $name', async ({ opCase }) => {
    const wanted = await oracleOf({ opCase });
    const made = integerCase(opCase, wanted.map(({ data }) => data), bits)!;
    const inputs = batchesOf(made);
    const floats = await runWritten(backend, made.float, inputs);
    const integers = await runWritten(backend, made.integer, inputs);
    const steps = made.grids.map((grid, i) => largestStep(floats[i]!, integers[i]!, grid));
    expect(Math.max(...steps)).toBeLessThanOrEqual(STEPS_OF[`${bits.activations} ${opCase.op}`] ?? STEPS);
  });

  it.each(cases.filter(({ answer }) => answer !== true))('are refused in words: $name', ({ answer }) => {
    expect(answer).toMatch(REFUSAL);
  });
});

/** Whole numbers must agree: any difference is infinitely many steps. */
function largestStep(floats: Batch, integers: Batch, grid: Quantization | undefined): number {
  const [lowest, highest] = grid ? realRange(grid) : [-Infinity, Infinity];
  const apart = Array.from(floats.data, (value, k) => Math.abs(integers.data[k]! - Math.min(Math.max(value, lowest), highest)));
  const largest = Math.max(...apart);
  return grid ? largest / grid.scale : largest === 0 ? 0 : Infinity;
}

function batchesOf({ integer, inputIds, inputs }: IntegerCase): Batch[] {
  return inputIds.map((id, i): Batch => {
    const { shape, dtype } = integer.values[id]!;
    return { shape: shape!, dtype, data: dtype === 'float32' ? inputs[i]! : Int32Array.from(inputs[i]!) };
  });
}
