/** The gradient at a channel's gate, beside gradients worked out by hand and beside fading the channel in full. */
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../../src/ir/graph';
import { decodeFloats, float32Tensor } from '../../../src/ir/tensor';
import { unitGroups } from '../../../src/passes/channels/groups';
import { traceChannels } from '../../../src/passes/channels/trace';
import type { CalibrationExamples, PassContext } from '../../../src/passes/pass';
import { pruneChannels } from '../../../src/passes/prune-channels/run';
import { taylorExpansions } from '../../../src/passes/prune-channels/taylor';
import { defaultsOf } from '../../../src/options/options';
import { createBackend } from '../../../src/runtime/tfjs/backends';
import { configureWasm } from '../../../src/runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../../../src/runtime/tfjs/wasm-paths.node';
import { answerGradients } from '../../../src/training/answer-gradients';
import { GraphMaker, smallConvNet } from '../../ir/graphs';
import { dataContext, examplesOf, randomExamples } from '../examples';

configureWasm(nodeWasmPaths());

const optionsOf = (given: object) => ({ ...defaultsOf(pruneChannels.meta.options), ...given });

function contextWith(graph: Graph, examples: CalibrationExamples, options = {}): PassContext & { readonly examples: CalibrationExamples } {
  return { ...dataContext(options, graph, examples), examples, gradients: answerGradients('wasm', 1) };
}

describe('gradients of the answers', () => {
  it('are, of a number that a dense layer gives, what the layer reads, up to the sign', async () => {
    const g = new GraphMaker();
    const graph = g.build([g.node('a', 'dense', [g.input('x', [-1, 3]), g.weights('a/kernel', [3, 1])], { activation: 'none' }, [-1, 1])]);
    const rows = [[1, -2, 3], [0.5, 4, 0]];
    const found: number[][] = [];
    for await (const gradients of answerGradients('wasm', 1)(graph, examplesOf({ shape: [2, 3], dtype: 'float32', data: Float32Array.from(rows.flat()) }), { count: 2, batch: 1 })) {
      found.push([...gradients.get('a/kernel')!].map(Math.abs));
    }
    expect(found).toEqual(rows.map((row) => row.map(Math.abs)));
  });

  it('leave moving statistics alone, and no tensor behind', async () => {
    const graph = smallConvNet();
    const backend = await createBackend('wasm');
    const before = backend.tensorCount();
    const examples = randomExamples(graph, 16, 3);
    const all: string[] = [];
    for await (const gradients of answerGradients('wasm', 1)(graph, examples, { count: 16, batch: 8 })) all.push(...gradients.keys());
    expect(all).toContain('conv/kernel');
    expect(all.filter((id) => id.includes('moving') || id.includes('mean') || id.includes('variance'))).toEqual([]);
    expect(backend.tensorCount()).toBe(before);
  });
});

describe('the Taylor expansion', () => {
  it('is what fading each channel costs', async () => {
    const g = new GraphMaker();
    const x = g.input('x', [-1, 5]);
    // Columns of rising size, read by rows that are not: neither weight alone says which matters.
    const kernel = Float32Array.from({ length: 30 }, (_, i) => Math.sin(i * 1.7) * (1 + (i % 6)));
    const a = g.node('a', 'dense', [x, g.constant('a/kernel', float32Tensor([5, 6], kernel))], { activation: 'relu' }, [-1, 6]);
    const reader = Float32Array.from({ length: 24 }, (_, i) => Math.cos(i * 2.3) / (1 + (Math.floor(i / 4) * 5) % 6));
    const b = g.node('b', 'dense', [a, g.constant('b/kernel', float32Tensor([6, 4], reader))], { activation: 'none' }, [-1, 4]);
    const graph = g.build([g.node('softmax', 'softmax', [b], { axis: -1 }, [-1, 4])]);
    const examples = randomExamples(graph, 256, 5);
    const tracer = traceChannels(graph);
    const [group] = unitGroups(tracer);
    const found = (await taylorExpansions(tracer, [group!], contextWith(graph, examples))).get(group!)!;
    const faded = await Promise.all([...found.keys()].map((unit) => divergenceOfFading(graph, unit, examples)));
    // To second order a tenth less costs half of 0.1² times what is found. The draws are few and random: about a quarter off each.
    const shares = faded.map((divergence, unit) => (0.005 * found[unit]!) / divergence);
    expect(Math.max(...faded) / Math.min(...faded)).toBeGreaterThan(20);
    expect(Math.min(...shares)).toBeGreaterThan(0.4);
    expect(Math.max(...shares)).toBeLessThan(2);
  });

  it('prunes, and says what it lacks', async () => {
    const graph = smallConvNet();
    const options = optionsOf({ importance: 'taylor', share: 0.5, reconstruct: false });
    const examples = randomExamples(graph, 32, 2);
    const { graph: pruned } = await pruneChannels.run(graph, options, contextWith(graph, examples, options));
    expect(pruned.values['conv/kernel']!.tensor!.shape.at(-1)).toBe(4);
    await expect(pruneChannels.run(graph, options, { ...contextWith(graph, examples, options), examples: null })).rejects.toThrow(/no data are open/);
    await expect(pruneChannels.run(graph, options, { ...contextWith(graph, examples, options), gradients: null })).rejects.toThrow(/Nobody works out gradients/);
  });
});

/** Divergence in nats of the answers when a unit of `a` counts a tenth less. */
async function divergenceOfFading(graph: Graph, unit: number, examples: CalibrationExamples): Promise<number> {
  const weights = decodeFloats(graph.values['b/kernel']!.tensor!).map((weight, i) => (Math.floor(i / 4) === unit ? weight * 0.9 : weight));
  const changed: Graph = { ...graph, values: { ...graph.values, 'b/kernel': { ...graph.values['b/kernel']!, tensor: float32Tensor([6, 4], weights) } } };
  const inputs = await examples.inputs(0, examples.count);
  const [before, after] = await Promise.all([graph, changed].map(async (one) => (await (await createBackend('cpu')).prepare(one)).run(inputs)));
  return Array.from(before![0]!.data).reduce((sum, p, i) => sum + p * Math.log(p / after![0]!.data[i]!), 0);
}
