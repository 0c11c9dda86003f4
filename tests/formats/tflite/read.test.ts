import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as tf from '@tensorflow/tfjs';
import { ignoreProgress } from '../../../src/lib/progress';
import { fileOf } from '../../../src/lib/source-file';
import type { ReadResult } from '../../../src/formats/format';
import { encodeModel } from '../../../src/formats/tflite/encode';
import type { FlatModel } from '../../../src/formats/tflite/flat-model';
import { operatorLowerings } from '../../../src/formats/tflite/lower-operators';
import { readTflite } from '../../../src/formats/tflite/read';
import type { Backend, Batch } from '../../../src/runtime/backend';
import { createBackend } from '../../../src/runtime/tfjs/backends';
import { relativeDifference } from '../../runtime/tfjs/numbers';
import { flatModel, flatOperator, flatTensor } from './flat-models';
import { modelBytes, recordedCases, type RecordedBatch, type RecordedCase } from './recorded-cases';

/** Float kernels of two libraries: sums in another order. */
const TOLERANCE = 1e-5;
/** Integer kernels round products in another way: values may be one step away, and few of them more. */
const STEPS = 1.01;
const SHARE_WITHIN = 0.99;
/** The interpreter quantizes activations on the fly where weights are 8 bits and activations floats; Whittle does not. */
const DYNAMIC_TOLERANCE = 0.03;

const cases = recordedCases();
const isInteger = ({ name }: RecordedCase): boolean => /int8|int16|uint8/.test(name);
const isDynamic = ({ name }: RecordedCase): boolean => name.endsWith('-dynamic');
const named = (chosen: readonly RecordedCase[]) => chosen.map((one) => [one.name, one] as const);

let cpu: Backend;

beforeAll(async () => {
  tf.env().set('PROD', true);
  cpu = await createBackend('cpu');
});

afterAll(() => cpu.dispose());

function read(name: string): Promise<ReadResult> {
  const main = fileOf(`${name}.tflite`, modelBytes(name));
  return readTflite({ main, files: [main], report: ignoreProgress });
}

async function answersOf({ name, inputs }: RecordedCase): Promise<readonly Batch[]> {
  const { graph } = await read(name);
  const model = await cpu.prepare(graph);
  try {
    return await model.run(inputs.map(({ shape, dtype, data }) => ({ shape, dtype, data })));
  } finally {
    model.dispose();
  }
}

describe('a .tflite file of floats', () => {
  const floats = cases.filter((one) => !isInteger(one) && !isDynamic(one));
  it.each(named(floats))('%s answers as the interpreter does', async (_, one) => {
    const actual = await answersOf(one);
    expect(actual.map((output) => output.shape)).toEqual(one.outputs.map((output) => output.shape));
    expect(actual.map((output) => output.dtype)).toEqual(one.outputs.map((output) => output.dtype));
    one.outputs.forEach((output, k) => expect(relativeDifference(actual[k]!.data, output.data)).toBeLessThan(TOLERANCE));
  });
});

describe('a .tflite file of integers', () => {
  it.each(named(cases.filter(isInteger)))('%s answers within a step', async (_, one) => {
    const actual = await answersOf(one);
    one.outputs.forEach((output, k) => {
      expect(actual[k]!.shape).toEqual(output.shape);
      expect(shareWithin(actual[k]!.data, output)).toBeGreaterThanOrEqual(SHARE_WITHIN);
      expect(largestAt(actual[k]!.data)).toBe(largestAt(output.data));
    });
  });
});

describe('a .tflite file of 8-bit weights and float activations', () => {
  it.each(named(cases.filter(isDynamic)))('%s answers nearly as the interpreter does', async (_, one) => {
    const actual = await answersOf(one);
    one.outputs.forEach((output, k) => expect(relativeDifference(actual[k]!.data, output.data)).toBeLessThan(DYNAMIC_TOLERANCE));
  });
});

describe('what a file says of itself', () => {
  const text = (words: string): Uint8Array => new TextEncoder().encode(words);
  const withMetadata = (metadata: FlatModel['metadata']): Promise<ReadResult> => {
    const model = flatModel([flatTensor(), flatTensor()], [flatOperator('RELU', [0], [1])], [0], [1], { description: 'by hand', metadata });
    const main = fileOf('folder/small.tflite', encodeModel(model));
    return readTflite({ main, files: [main], report: ignoreProgress });
  };

  it('gives the recipe that Whittle left in it', async () => {
    const recipe = { version: 1, steps: [] };
    expect((await withMetadata([{ name: 'whittle_recipe', data: text(JSON.stringify(recipe)) }])).recipe).toEqual(recipe);
    expect((await withMetadata([{ name: 'whittle_recipe', data: text('{"version":') }])).recipe).toBeUndefined();
  });

  it('gives its name, its writer and the runtime that it needs', async () => {
    const { graph } = await withMetadata([{ name: 'min_runtime_version', data: text('2.3.0\0\0\0') }]);
    expect(graph.name).toBe('small');
    expect(graph.source).toEqual({ format: 'tflite', producer: 'by hand (TensorFlow Lite 2.3.0 and newer)' });
  });
});

describe('the recorded models', () => {
  it('stand for every operator that is read', () => {
    const tried = new Set(cases.flatMap((one) => one.operators));
    expect(Object.keys(operatorLowerings).filter((op) => !tried.has(op))).toEqual([]);
  });
});

/** Of the float ones the step is that of the integers behind them, which the file keeps to itself. */
function shareWithin(actual: Batch['data'], { data, step }: RecordedBatch): number {
  const allowed = (step || FLOAT_OUTPUT_STEP * largest(data)) * STEPS;
  let within = 0;
  for (let i = 0; i < data.length; i++) if (Math.abs(actual[i]! - data[i]!) <= allowed) within++;
  return within / data.length;
}

/** A softmax's 1/256, or an output of 256 steps from its largest to the opposite. */
const FLOAT_OUTPUT_STEP = 1 / 127;

function largest(data: Batch['data']): number {
  return Math.max(...Array.from(data, Math.abs));
}

function largestAt(data: Batch['data']): number {
  const numbers = Array.from(data);
  return numbers.indexOf(Math.max(...numbers));
}
