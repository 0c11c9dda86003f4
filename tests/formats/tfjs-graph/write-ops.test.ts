import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '@tensorflow/tfjs';
import { fileOf } from '../../../src/lib/source-file';
import { ignoreProgress } from '../../../src/lib/progress';
import type { Graph } from '../../../src/ir/graph';
import { canWriteTfjsGraph as canWrite, writeTfjsGraph as write } from '../../../src/formats/tfjs-graph/write';
import { readTfjsGraph } from '../../../src/formats/tfjs-graph/read';
import type { Batch } from '../../../src/runtime/backend';
import { opCases } from '../../contracts/op-cases';
import { numbersOf, type OpCase } from '../../ops/cases/op-case';
import { graphOfCase } from '../../ops/graph-of-case';
import { runWithTfjs } from '../../ops/tfjs-oracle';
import { relativeDifference } from '../../runtime/tfjs/numbers';
import { runWithLoader } from './run-with-loader';

/** Other orders of summation, in float32. */
const TOLERANCE = 1e-5;

/** What TensorFlow.js graph models cannot say, and the words in which that is told. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  'transpose-conv3d': /no transposed convolution in three dimensions/,
  'transpose-conv2d: dilated': /no dilated transposed convolution/,
  'real-fft': /writes no spectra/,
  quantize: /TensorFlow Lite/,
};

const titled = opCases.map((opCase) => [`${opCase.op}: ${opCase.name}`, opCase] as const);
const refusalOf = (title: string, opCase: OpCase): RegExp | undefined => REFUSED[title] ?? REFUSED[opCase.op];
const written = titled.filter(([title, opCase]) => !refusalOf(title, opCase));
const refused = titled.filter(([title, opCase]) => refusalOf(title, opCase));

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('an operator written as a graph model', () => {
  it.each(refused)('%s is refused with the reason', async (title, opCase) => {
    expect(canWrite(graphOfCase(opCase))).toMatch(refusalOf(title, opCase)!);
  });

  it.each(written)('%s runs in TensorFlow.js, and again after it was read', async (_, opCase) => {
    const graph = graphOfCase(opCase);
    expect(canWrite(graph)).toBe(true);
    const { files } = await write(graph, { weights: 'as-is' }, undefined);
    const expected = await runWithTfjs(opCase);
    const inputs = inputsOf(opCase, graph);
    const actual = await runWithLoader(files, inputs);
    expect(actual.map((output) => output.shape)).toEqual(expected.map((output) => output.shape));
    expected.forEach((output, i) => expect(relativeDifference(actual[i]!.data, output.dataSync())).toBeLessThan(TOLERANCE));

    // What was written is read again, and written again in the same form.
    const [json, ...shards] = files.map((file) => fileOf(file.name, file.bytes));
    const again = await readTfjsGraph({ main: json!, files: [json!, ...shards], report: ignoreProgress });
    expect(again.graph.inputNames).toEqual(graph.inputNames);
    expect(again.graph.outputNames).toEqual(graph.outputNames);
    const second = await write(again.graph, { weights: 'as-is' }, undefined);
    const reread = await runWithLoader(second.files, inputs);
    actual.forEach((output, i) => expect(relativeDifference(reread[i]!.data, output.data)).toBeLessThan(TOLERANCE));
  });
});

function inputsOf(opCase: OpCase, graph: Graph): Batch[] {
  return graph.inputs.map((id) => {
    const i = Number(id.slice(1));
    const { shape, dtype } = opCase.inputs[i]!;
    const numbers = numbersOf(opCase, i);
    return { shape, dtype, data: dtype === 'float32' ? Float32Array.from(numbers) : Int32Array.from(numbers) };
  });
}
