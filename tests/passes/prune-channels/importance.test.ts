/** Importance of channels, beside sums worked out by hand and beside removal tried in full. */
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../../src/ir/graph';
import { decodeFloats, float32Tensor } from '../../../src/ir/tensor';
import { unitGroups, type UnitGroup } from '../../../src/passes/channels/groups';
import { traceChannels } from '../../../src/passes/channels/trace';
import { foldBatchNorm } from '../../../src/passes/fold-batch-norm/run';
import { importanceOf, type Importance } from '../../../src/passes/prune-channels/importance';
import { removalErrors } from '../../../src/passes/prune-channels/removal-errors';
import { GraphMaker, smallConvNet } from '../../ir/graphs';
import { dataContext, examplesOf, randomExamples } from '../examples';
import { contextOf } from '../run-graph';

/** x [4] → dense a (3 units) → dense b (2 outputs), with weights that are easy to add up. */
function twoLayers(): Graph {
  const g = new GraphMaker();
  const x = g.input('x', [-1, 4]);
  const first = g.constant('a/kernel', float32Tensor([4, 3], [1, 0, -2, 1, 0, -2, 1, 0.5, -2, 1, 0.5, -2]));
  const second = g.constant('b/kernel', float32Tensor([3, 2], [1, 1, 0, 1, -1, 1]));
  const a = g.node('a', 'dense', [x, first], { activation: 'none' }, [-1, 3]);
  return g.build([g.node('b', 'dense', [a, second], { activation: 'none' }, [-1, 2])]);
}

function firstGroup(graph: Graph): { tracer: ReturnType<typeof traceChannels>; group: UnitGroup } {
  const tracer = traceChannels(graph);
  return { tracer, group: unitGroups(tracer)[0]! };
}

function importance(graph: Graph, kind: Importance): number[] | null {
  const { tracer, group } = firstGroup(graph);
  const found = importanceOf(tracer, group, kind);
  return found && [...found];
}

const divided = (numbers: readonly number[]): number[] => numbers.map((number) => number / (numbers.reduce((a, b) => a + b, 0) / numbers.length));
const close = (expected: readonly number[]): number[] => expected.map((number) => expect.closeTo(number, 5) as unknown as number);

describe('importance of a channel', () => {
  it('sums magnitudes or squares over what makes it and what reads it, beside the mean of its group', () => {
    expect(importance(twoLayers(), 'l1')).toEqual(close(divided([4 + 2, 1 + 1, 8 + 2])));
    expect(importance(twoLayers(), 'l2')).toEqual(close(divided([4 + 2, 0.5 + 1, 16 + 2])));
  });

  it('is the scale of its batch norm, before and after folding', async () => {
    const graph = smallConvNet();
    const { graph: folded } = await foldBatchNorm.run(graph, {}, contextOf({}));
    const gammas = ['bn1/gamma', 'bn2/gamma'].map((id) => decodeFloats(graph.values[id]!.tensor!));
    const expected = divided(Array.from(gammas[0]!, (gamma, c) => Math.abs(gamma) + Math.abs(gammas[1]![c]!)));
    expect(importance(graph, 'batch-norm-scale')).toEqual(close(expected));
    expect(importance(folded, 'batch-norm-scale')).toEqual(close(expected));
    expect(importance(twoLayers(), 'batch-norm-scale')).toBeNull();
  });

  it('is the distance of its filter to all others', () => {
    // Columns (1,1,1,1), (0,0,.5,.5), (−2,−2,−2,−2): distances √2.5, 6, √20.5 (4 + 4 + 6.25 + 6.25).
    const [ab, ac, bc] = [Math.sqrt(2.5), 6, Math.sqrt(20.5)];
    expect(importance(twoLayers(), 'geometric-median')).toEqual(close(divided([ab + ac, ab + bc, ac + bc])));
  });

  it('counts the rows of a flattened channel all together', () => {
    const graph = smallConvNet();
    const sums = new Float64Array(8);
    const add = (id: string, channelOf: (i: number) => number): void => decodeFloats(graph.values[id]!.tensor!).forEach((weight, i) => (sums[channelOf(i)]! += Math.abs(weight)));
    for (const id of ['conv/kernel', 'dw/kernel', 'bn1/gamma', 'bn2/gamma']) add(id, (i) => i % 8);
    add('dense/kernel', (i) => Math.floor(i / 5) % 8);
    expect(importance(graph, 'l1')).toEqual(close(divided([...sums])));
  });
});

describe('the error without a channel', () => {
  it('is nothing for a channel that others can stand in for, and then all for those others', async () => {
    const g = new GraphMaker();
    const x = g.input('x', [-1, 4]);
    // Unit 2 is unit 0 + unit 1, and unit 3 is constant: a bias stands in for it.
    const kernel = g.constant('a/kernel', float32Tensor([4, 4], [1, 0, 1, 0, 0, 1, 1, 0, 1, 1, 2, 0, 0, 0, 0, 0]));
    const a = g.node('a', 'dense', [x, kernel, g.constant('a/bias', float32Tensor([4], [0, 0, 0, 7]))], { activation: 'none' }, [-1, 4]);
    const graph = g.build([g.node('b', 'dense', [a, g.weights('b/kernel', [4, 3])], { activation: 'none' }, [-1, 3])]);
    const { tracer, group } = firstGroup(graph);
    const context = dataContext({}, graph, null);
    const errors = (await removalErrors(tracer, [group], { ...context, examples: randomExamples(graph, 200, 4) })).get(group)!;
    const order = [...errors.keys()].sort((i, j) => errors[i]! - errors[j]!);
    expect(errors[3]).toBeLessThan(1e-3);
    expect(order[0]).toBe(3);
    // One of the three that depend on each other goes nearly free; the two that are left do not.
    expect(errors[order[1]!]).toBeLessThan(0.05);
    expect(errors[order[2]!]).toBeGreaterThan(0.1);
  });

  it('agrees with removing each channel and fitting the next layer by a regression of its own', async () => {
    const g = new GraphMaker();
    const x = g.input('x', [-1, 3]);
    const a = g.node('a', 'dense', [x, g.weights('a/kernel', [3, 3])], { activation: 'none' }, [-1, 3]);
    const graph = g.build([g.node('b', 'dense', [a, g.weights('b/kernel', [3, 1])], { activation: 'none' }, [-1, 1])]);
    const { tracer, group } = firstGroup(graph);
    // Orthogonal examples: XᵀX is the identity times a number, so that A = XK has AᵀA ∝ KᵀK.
    const data = Float32Array.from([1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1]);
    const errors = (await removalErrors(tracer, [group], { ...dataContext({}, graph, null), examples: examplesOf({ shape: [6, 3], dtype: 'float32', data }) })).get(group)!;
    const kernel = [...decodeFloats(graph.values['a/kernel']!.tensor!)];
    const weights = [...decodeFloats(graph.values['b/kernel']!.tensor!)];
    const column = (c: number): number[] => [0, 1, 2].map((row) => kernel[row * 3 + c]!);
    const dot = (p: readonly number[], q: readonly number[]): number => p.reduce((sum, value, i) => sum + value * q[i]!, 0);
    const target = [0, 1, 2].map((row) => dot(kernel.slice(row * 3, row * 3 + 3), weights));
    // What of column c is not in the plane of the other two: its part along their cross product.
    const first = [0, 1, 2].map((c) => {
      const [p, q] = [0, 1, 2].filter((other) => other !== c).map(column) as [number[], number[]];
      const normal = [p[1]! * q[2]! - p[2]! * q[1]!, p[2]! * q[0]! - p[0]! * q[2]!, p[0]! * q[1]! - p[1]! * q[0]!];
      return dot(target, normal) ** 2 / dot(normal, normal) / dot(target, target);
    });
    const smallest = Math.min(...first);
    expect(Math.min(...errors)).toBeGreaterThan(smallest * 0.9);
    expect(Math.min(...errors)).toBeLessThan(smallest * 1.1 + 0.01);
    expect(errors.indexOf(Math.min(...errors))).toBe(first.indexOf(smallest));
  });
});
