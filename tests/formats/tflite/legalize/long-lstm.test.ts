/** An LSTM that is too long to write out: by TensorFlow Lite's own operator, which must not remember the run before. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Graph, Node } from '../../../../src/ir/graph';
import type { AffineEncoding } from '../../../../src/ir/tensor';
import { float32Tensor } from '../../../../src/ir/tensor';
import { legalize } from '../../../../src/formats/tflite/legalize';
import { inferShapes } from '../../../../src/ops/infer-shapes';
import type { Backend } from '../../../../src/runtime/backend';
import { createBackend } from '../../../../src/runtime/tfjs/backends';
import { numbersOf, opCase, weight, x } from '../../../ops/cases/op-case';
import { graphOfCase } from '../../../ops/graph-of-case';
import { runWithTfjs } from '../../../ops/tfjs-oracle';
import { relativeDifference } from '../../../runtime/tfjs/numbers';

const STEPS = 1600;
const attributes = { activation: 'tanh', recurrentActivation: 'sigmoid', returnSequences: true, goBackwards: true, zeroOutputForMask: false } as const;
const long = opCase('lstm', 'long, backwards, with its last state', attributes, [x([1, STEPS, 2]), weight([2, 8]), weight([2, 8]), weight([8])], 2);
const TOLERANCE = 1e-6;

/** As a file that remembers would start: from states of a run before. */
function fromOldStates(graph: Graph): Graph {
  const states = [0.9, -50].map((value, i) => ({ id: `old${i}`, name: `old${i}`, dtype: 'float32' as const, shape: [1, 2], tensor: float32Tensor([1, 2], [value, -value]) }));
  const nodes = graph.nodes.map((node): Node => (node.op === 'lstm' ? { ...node, inputs: [...node.inputs, null, 'old0', 'old1'] } : node));
  return { ...graph, nodes, values: { ...graph.values, ...Object.fromEntries(states.map((value) => [value.id, value])) } };
}

describe('a long LSTM', () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend('cpu');
  });
  afterAll(() => backend.dispose());

  async function difference(graph: Graph, output: number): Promise<number> {
    const expected = await runWithTfjs(long);
    const model = await backend.prepare(graph);
    const [actual] = (await model.run([{ shape: [1, STEPS, 2], dtype: 'float32', data: Float32Array.from(numbersOf(long, 0)) }])).slice(output);
    model.dispose();
    return relativeDifference(actual!.data, await expected[output]!.data());
  }

  it('says so, and gives the same from any states', async () => {
    const { graph, diagnostics } = legalize(inferShapes(graphOfCase(long)));
    expect(graph.nodes.map(({ op }) => op)).toEqual(['reverse', 'pad', 'concat', 'lstm', 'slice', 'slice', 'reshape']);
    expect(diagnostics).toMatchObject([{ level: 'warning', message: expect.stringMatching(/1600 time steps.*LiteRT in a browser does not/s) }]);
    for (const output of [0, 1]) {
      expect(await difference(graph, output)).toBeLessThan(TOLERANCE);
      expect(await difference(fromOldStates(graph), output)).toBeLessThan(TOLERANCE);
    }
  });

  it('keeps the grid of a quantized kernel', () => {
    const graph = inferShapes(graphOfCase(long));
    const scale = Float32Array.from({ length: 8 }, (_, i) => (i + 1) / 100);
    const values = Int8Array.from({ length: 16 }, (_, i) => i * 10 - 70);
    const encoding: AffineEncoding = { kind: 'affine', bits: 8, signed: true, values, scale, zeroPoint: new Float64Array(8), axis: 1, blockSize: null };
    const quantized = { ...graph, values: { ...graph.values, x1: { ...graph.values['x1']!, tensor: { dtype: 'float32', shape: [2, 8], encoding } } } } as Graph;
    const legal = legalize(quantized).graph;
    const kernel = legal.values[legal.nodes.find(({ op }) => op === 'lstm')!.inputs[1]!]!.tensor!;
    expect(kernel).toMatchObject({ shape: [3, 8], encoding: { kind: 'affine', bits: 8, axis: 1, scale } });
    expect([...(kernel.encoding as AffineEncoding).values]).toEqual([...values, -127, -127, -127, -127, 0, 0, -127, -127]);
  });
});
