// Operators written with integer kernels compute what they computed before.
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../../src/ir/graph';
import { float32Tensor } from '../../../src/ir/tensor';
import { expandForIntegers } from '../../../src/passes/quantize-integer/expand';
import { integerRules, whyNoIntegerKernel } from '../../../src/ops/integer-rules';
import { conv, GraphMaker } from '../../ir/graphs';
import { outputDifference } from '../run-graph';

const shape = [-1, 4, 4, 3] as const;
const none = { activation: 'none' } as const;
type Build = (g: GraphMaker, x: string) => string;

/** Sums and products in another order: float32 rounding. */
const FLOAT_ROUNDING = 1e-6;

const cases: [string, Build, string[]][] = [
  ['silu', (g, x) => g.node('y', 'silu', [x], {}, shape), ['sigmoid', 'mul']],
  ['hard-sigmoid', (g, x) => g.node('y', 'hard-sigmoid', [x], {}, shape), ['add', 'mul']],
  ['Keras 2’s hard-sigmoid', (g, x) => g.node('y', 'hard-sigmoid-keras2', [x], {}, shape), ['mul', 'add', 'mul']],
  ['batch-norm', (g, x) => g.node('y', 'batch-norm', [x, g.weights('m', [3]), g.weights('v', [3], 0.1, 1), g.weights('a', [3]), g.weights('b', [3])], { epsilon: 1e-3, axis: -1, activation: 'relu' }, shape), ['mul', 'add']],
  ['batch-norm without gamma and beta', (g, x) => g.node('y', 'batch-norm', [x, g.weights('m', [3]), g.weights('v', [3], 0.1, 1)], { epsilon: 1e-3, axis: 3, ...none }, shape), ['mul', 'add']],
  ['square', (g, x) => g.node('y', 'square', [x], {}, shape), ['mul']],
  ['neg', (g, x) => g.node('y', 'neg', [x], {}, shape), ['mul']],
  ['add-n of three', (g, x) => g.node('y', 'add-n', [x, x, x], {}, shape), ['add', 'add']],
  ['add-n of one', (g, x) => g.node('y', 'add-n', [x], {}, shape), ['identity']],
  ['division by constants', (g, x) => g.node('y', 'div', [x, g.constant('c', float32Tensor([3], [2, -4, 0.5]))], { activation: 'relu6' }, shape), ['mul']],
  ['clip to 0…6', (g, x) => g.node('y', 'clip', [x], { minimum: 0, maximum: 6 }, shape), ['relu6']],
  ['clip from 0', (g, x) => g.node('y', 'clip', [x], { minimum: 0, maximum: Infinity }, shape), ['relu']],
  ['clip to −0.5…0.7', (g, x) => g.node('y', 'clip', [x], { minimum: -0.5, maximum: 0.7 }, shape), ['maximum', 'minimum']],
  ['clip from −0.5', (g, x) => g.node('y', 'clip', [x], { minimum: -0.5, maximum: Infinity }, shape), ['maximum']],
  ['clip to 0.7', (g, x) => g.node('y', 'clip', [x], { minimum: -Infinity, maximum: 0.7 }, shape), ['minimum']],
  ['a fused sigmoid', (g, x) => g.node('y', 'conv2d', [x, g.weights('k', [1, 1, 3, 3])], { ...conv, activation: 'sigmoid' }, shape), ['conv2d', 'sigmoid']],
  ['a fused tanh', (g, x) => g.node('y', 'add', [x, x], { activation: 'tanh' }, shape), ['add', 'tanh']],
  ['a fused elu', (g, x) => g.node('y', 'add', [x, x], { activation: 'elu' }, shape), ['add', 'elu']],
  ['a relu fused into a concat', (g, x) => g.node('y', 'concat', [x, x], { axis: 3, activation: 'relu' }, [-1, 4, 4, 6]), ['concat', 'relu']],
  ['a batch-norm with a fused sigmoid', (g, x) => g.node('y', 'batch-norm', [x, g.weights('m', [3]), g.weights('v', [3], 0.1, 1)], { epsilon: 1e-3, axis: -1, activation: 'sigmoid' }, shape), ['mul', 'add', 'sigmoid']],
];

function netOf(build: Build): Graph {
  const g = new GraphMaker();
  return g.build([build(g, g.input('x', shape))]);
}

describe.each(cases)('%s', (_name, build, ops) => {
  it('is written with integer kernels and computes the same', async () => {
    const graph = netOf(build);
    const expanded = expandForIntegers(graph, () => true);
    expect(expanded.nodes.map((node) => node.op)).toEqual(ops);
    for (const node of expanded.nodes) expect(whyNoIntegerKernel(expanded, node, 8)).toBeUndefined();
    expect(await outputDifference(graph, expanded)).toBeLessThan(FLOAT_ROUNDING);
  });
});

describe('what stays', () => {
  it('is a node that a rule keeps, and what has a kernel', () => {
    const silu = netOf((g, x) => g.node('y', 'silu', [x], {}, shape));
    expect(expandForIntegers(silu, () => false)).toBe(silu);
    const relu = netOf((g, x) => g.node('y', 'relu', [x], {}, shape));
    expect(expandForIntegers(relu, () => true)).toBe(relu);
  });

  it('is a division by what is computed, or by zero', () => {
    const computed = netOf((g, x) => g.node('y', 'div', [x, x], none, shape));
    expect(expandForIntegers(computed, () => true)).toBe(computed);
    const zero = netOf((g, x) => g.node('y', 'div', [x, g.constant('c', float32Tensor([], [0]))], none, shape));
    expect(expandForIntegers(zero, () => true)).toBe(zero);
    expect(integerRules.div.kind).toBe('none');
  });
});
