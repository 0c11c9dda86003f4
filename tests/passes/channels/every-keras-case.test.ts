/**
 * Every recorded Keras model: with channels removed it answers as with those channels set to zero, on its recorded inputs. Groups that
 * keep their channels say why.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Backend, Batch } from '../../../src/runtime/backend';
import { checkGraph } from '../../../src/ir/check';
import { checkOps } from '../../../src/ops/check';
import { createBackend } from '../../../src/runtime/tfjs/backends';
import { caseValues, kerasCases, type KerasCase } from '../../fixtures/keras/cases';
import { readCase } from '../../formats/keras-case';
import { pruneAndMask } from './masked';

const UNREAD = new Set(['conv-lstm3d']);
const KINDS = ['keras', 'h5', 'tfjs-layers'];
/** Float32 sums in another order, relative to the largest output. */
const TOLERANCE = 1e-5;

const cases = kerasCases()
  .filter((testCase) => !testCase.refused && !UNREAD.has(testCase.id) && testCase.files.some(({ kind }) => KINDS.includes(kind)))
  .map((testCase) => ({ name: `${testCase.id} (${testCase.writer})`, testCase }));
const groups = [...new Set(cases.map(({ testCase }) => testCase.group))];

let backend: Backend;
beforeAll(async () => {
  backend = await createBackend('cpu');
});

describe.each(groups)('pruned as masked: %s', (group) => {
  it.each(cases.filter(({ testCase }) => testCase.group === group))('$name', async ({ testCase }) => {
    const { graph } = await readCase(testCase.files.find(({ kind }) => KINDS.includes(kind))!);
    const { pruned, masked, groups: found } = pruneAndMask(graph, 0.5);
    expect(found.filter(({ refused }) => refused?.trim() === '')).toEqual([]);
    checkGraph(pruned, testCase.id);
    checkOps(pruned);
    const inputs = inputsOf(testCase, graph.inputs.map((id) => graph.values[id]!.dtype));
    const [expected, actual] = [await run(masked, inputs), await run(pruned, inputs)];
    const magnitude = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    const difference = expected.reduce((largest, value, i) => Math.max(largest, Math.abs(value - actual[i]!)), 0);
    expect(actual.length).toBe(expected.length);
    expect(difference).toBeLessThanOrEqual(TOLERANCE * Math.max(1, magnitude));
  });
});

async function run(graph: Parameters<Backend['prepare']>[0], inputs: readonly Batch[]): Promise<number[]> {
  const model = await backend.prepare(graph);
  try {
    return (await model.run(inputs)).flatMap(({ data }) => Array.from<number>(data));
  } finally {
    model.dispose();
  }
}

function inputsOf(testCase: KerasCase, dtypes: readonly Batch['dtype'][]): Batch[] {
  return testCase.inputs.map((input, i): Batch => {
    const values = caseValues(input);
    return { shape: input.shape, dtype: dtypes[i]!, data: dtypes[i] === 'float32' ? Float32Array.from(values) : Int32Array.from(values) };
  });
}
