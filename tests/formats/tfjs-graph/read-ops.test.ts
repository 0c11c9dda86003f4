import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as tf from '@tensorflow/tfjs';
import { ignoreProgress } from '../../../src/lib/progress';
import { fileOf } from '../../../src/lib/source-file';
import { opMappings } from '../../../src/formats/tfjs-graph/op-mappings';
import { readTfjsGraph } from '../../../src/formats/tfjs-graph/read';
import type { Backend } from '../../../src/runtime/backend';
import { createBackend } from '../../../src/runtime/tfjs/backends';
import { runWithTfjsLoader } from '../../../src/runtime/tfjs/reference-loader';
import { relativeDifference } from '../../runtime/tfjs/numbers';
import { filesOf, inputsOf, type OpGraph } from './op-graph';
import { opGraphs } from './op-graphs';

/** The same kernels run; only fused sums may round otherwise. */
const TOLERANCE = 1e-5;

/** TensorFlow.js cannot run these, so that it can be no oracle; they are read because graphs may hold them. */
const WITHOUT_ORACLE = [
  'Conv2dTranspose', 'LogicalXor', 'Softsign', 'Reverse', 'SpaceToDepth', 'PreventGradient', 'CheckNumerics', 'Print',
  'PlaceholderWithDefault', 'ShapeN',
];

let cpu: Backend;

beforeAll(async () => {
  tf.env().set('PROD', true);
  cpu = await createBackend('cpu');
});

afterAll(() => cpu.dispose());

const titleOf = ({ op, note }: OpGraph): string => (note ? `${op} (${note})` : op);

describe('a graph model of one op', () => {
  it.each(opGraphs.map((graph) => [titleOf(graph), graph] as const))('%s runs as TensorFlow.js runs it', async (_, graph) => {
    const files = filesOf(graph);
    const inputs = inputsOf(graph);
    const expected = await runWithTfjsLoader(files, 'tfjs-graph', inputs, 'cpu');
    const [main, ...shards] = files.map((file) => fileOf(file.name, file.bytes));
    const result = await readTfjsGraph({ main: main!, files: [main!, ...shards], report: ignoreProgress });
    const model = await cpu.prepare(result.graph);
    const actual = await model.run(inputs);
    model.dispose();
    expect(actual.map((output) => output.shape)).toEqual(expected.map((output) => output.shape));
    expect(actual.map((output) => output.dtype)).toEqual(expected.map((output) => output.dtype));
    expected.forEach((output, k) => expect(relativeDifference(actual[k]!.data, output.data)).toBeLessThan(TOLERANCE));
  });

  it('stands for every op that is mapped', () => {
    const tried = new Set(opGraphs.map((graph) => graph.op));
    expect(Object.keys(opMappings).filter((op) => !tried.has(op) && !WITHOUT_ORACLE.includes(op))).toEqual([]);
  });
});
