// Every recorded Keras model, whatever its layers: the pass keeps the rules of integer models, and what it makes still computes.
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../../src/ir/graph';
import { openModel } from '../../../src/formats/open';
import { ignoreProgress } from '../../../src/lib/progress';
import { fileOf } from '../../../src/lib/source-file';
import type { Batch } from '../../../src/runtime/backend';
import type { CalibrationExamples } from '../../../src/passes/pass';
import { caseFileBytes, caseValues, kerasCases, type KerasCase } from '../../fixtures/keras/cases';
import { runGraph } from '../run-graph';
import { quantized } from './nets';

/** Files of one writer are enough: the graphs of the others are the same. Readers refuse the one layer named here. */
const cases = kerasCases().filter(
  ({ writer, refused, files, classes }) => writer === 'keras3' && !refused && !classes.includes('ConvLSTM3D') && files.some(({ kind }) => kind === 'keras'),
);

async function open(recorded: KerasCase): Promise<{ graph: Graph; inputs: Batch[] }> {
  const { path } = recorded.files.find(({ kind }) => kind === 'keras')!;
  const name = path.split('/').at(-1)!.replace(/\.gz$/, '');
  const { graph } = await openModel([fileOf(name, caseFileBytes(path) as Uint8Array<ArrayBuffer>)], ignoreProgress);
  return { graph, inputs: recorded.inputs.map((tensor): Batch => ({ shape: tensor.shape, dtype: tensor.dtype, data: caseValues(tensor) })) };
}

/** The recorded inputs, all at once: their batch is what the model was recorded with. */
function recordedExamples(inputs: readonly Batch[]): CalibrationExamples {
  const count = Math.min(...inputs.map(({ shape }) => shape[0]!));
  return {
    count,
    inputs: async (start, size) =>
      inputs.map(({ shape, dtype, data }) => {
        const each = data.length / shape[0]!;
        return { shape: [size, ...shape.slice(1)], dtype, data: data.slice(start * each, (start + size) * each) };
      }),
  };
}

/** Signal to noise, in dB, of the worst output. */
async function agreement(before: Graph, after: Graph, inputs: readonly Batch[]): Promise<number> {
  const expected = await runGraph(before, inputs);
  const actual = await runGraph(after, inputs);
  return Math.min(
    ...expected.map(({ data }, i) => {
      let power = 0;
      let noise = 0;
      data.forEach((x: number, j: number) => {
        power += x * x;
        noise += (x - actual[i]!.data[j]!) ** 2;
      });
      return noise === 0 ? Infinity : 10 * Math.log10(power / noise);
    }),
  );
}

/** int8 keeps 20 dB and more on small random layers; a wrong grid or weight leaves less than 10. */
const LEAST_DECIBELS = 15;

describe.each([
  ['int8', {}, cases],
  ['int16', { activations: 'int16' }, cases],
  ['int8 in and out', { inputOutput: 'int8', granularity: 'tensor' }, cases.filter(({ group }) => group === 'model')],
] as const)('%s', (_name, options, chosen) => {
  it.each(chosen.map((recorded) => [recorded.id, recorded] as const))('%s', async (_id, recorded) => {
    const { graph, inputs } = await open(recorded);
    const result = await quantized(graph, options, recordedExamples(inputs));
    expect(Object.values(result.graph.values).some((value) => value.quantization)).toBe(result.modified);
    expect(await agreement(graph, result.graph, inputs)).toBeGreaterThan(LEAST_DECIBELS);
  });
});
