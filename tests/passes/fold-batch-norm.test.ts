import { describe, expect, it } from 'vitest';
import { checkGraph } from '../../src/ir/check';
import type { Graph } from '../../src/ir/graph';
import { float32Tensor } from '../../src/ir/tensor';
import { defaultsOf } from '../../src/options/options';
import { cleanUpOptions } from '../../src/passes/clean-up/meta';
import { cleanUp } from '../../src/passes/clean-up/run';
import { foldBatchNorm } from '../../src/passes/fold-batch-norm/run';
import { conv, depthwise, GraphMaker, smallConvNet } from '../ir/graphs';
import { contextOf, outputDifference } from './run-graph';

const fold = (graph: Graph) => foldBatchNorm.run(graph, {}, contextOf({}));
const opsOf = (graph: Graph): string[] => graph.nodes.map((node) => node.op);

function batchNorm(g: GraphMaker, name: string, input: string, channels: number, shape: readonly number[]): string {
  const parameters = [g.weights(`${name}/mean`, [channels]), g.weights(`${name}/variance`, [channels], 0.1, 1), g.weights(`${name}/gamma`, [channels]), g.weights(`${name}/beta`, [channels])];
  return g.node(name, 'batch-norm', [input, ...parameters], { epsilon: 1e-3, axis: -1, activation: 'none' }, shape);
}

async function expectFolded(graph: Graph, ops: readonly string[]): Promise<Graph> {
  const { graph: folded } = await fold(graph);
  checkGraph(folded, 'test');
  expect(opsOf(folded)).toEqual(ops);
  expect(await outputDifference(graph, folded)).toBeLessThan(1e-5);
  return folded;
}

describe('folding a batch norm into the layer before it', () => {
  it('folds conv and depthwise, with and without a bias, and keeps the rest', async () => {
    await expectFolded(smallConvNet(), ['conv2d', 'relu', 'depthwise-conv2d', 'identity', 'flatten', 'dense', 'softmax']);
  });

  it('folds a depthwise layer with a channel multiplier', async () => {
    const g = new GraphMaker();
    const y = g.node('dw', 'depthwise-conv2d', [g.input('x', [-1, 5, 5, 3]), g.weights('k', [3, 3, 3, 2])], depthwise, [-1, 5, 5, 6]);
    await expectFolded(g.build([batchNorm(g, 'bn', y, 6, [-1, 5, 5, 6])]), ['depthwise-conv2d']);
  });

  it('folds a transposed convolution and a dense layer', async () => {
    const g = new GraphMaker();
    const attributes = { strides: [2, 2], padding: 'same', dilations: [1, 1], outputPadding: null, activation: 'none' };
    const up = g.node('up', 'transpose-conv2d', [g.input('x', [-1, 3, 3, 2]), g.weights('k', [3, 3, 4, 2])], attributes, [-1, 6, 6, 4]);
    const flat = g.node('flat', 'flatten', [batchNorm(g, 'bn', up, 4, [-1, 6, 6, 4])], {}, [-1, 144]);
    const dense = g.node('dense', 'dense', [flat, g.weights('dk', [144, 3])], { activation: 'none' }, [-1, 3]);
    await expectFolded(g.build([batchNorm(g, 'bn2', dense, 3, [-1, 3])]), ['transpose-conv2d', 'flatten', 'dense']);
  });

  it('folds multiplication, division, addition and subtraction of constants, as TF.js graphs write batch norms', async () => {
    const g = new GraphMaker();
    const shape = [-1, 4, 4, 3];
    const y = g.node('c', 'conv2d', [g.input('x', shape), g.weights('k', [1, 1, 3, 3])], conv, shape);
    const mul = g.node('mul', 'mul', [g.weights('m', [3]), y], { activation: 'none' }, shape);
    const sub = g.node('sub', 'sub', [mul, g.weights('s', [1, 1, 1, 3])], { activation: 'none' }, shape);
    const div = g.node('div', 'div', [sub, g.weights('d', [], 0, 2)], { activation: 'none' }, shape);
    const add = g.node('add', 'add', [div, g.weights('a', [3])], { activation: 'relu' }, shape);
    const folded = await expectFolded(g.build([add]), ['conv2d']);
    expect(folded.nodes[0]!.attributes).toMatchObject({ activation: 'relu' });
  });
});

describe('folding a batch norm into the layer after it', () => {
  it('folds into a dense layer and into a conv without padding', async () => {
    const g = new GraphMaker();
    const normalized = batchNorm(g, 'bn', g.input('x', [-1, 5, 5, 3]), 3, [-1, 5, 5, 3]);
    const c = g.node('c', 'conv2d', [normalized, g.weights('k', [3, 3, 3, 4]), g.weights('b', [4])], { ...conv, padding: 'valid' }, [-1, 3, 3, 4]);
    await expectFolded(g.build([c]), ['conv2d']);
  });

  it('folds into a depthwise layer without padding', async () => {
    const g = new GraphMaker();
    const normalized = batchNorm(g, 'bn', g.input('x', [-1, 5, 5, 3]), 3, [-1, 5, 5, 3]);
    const c = g.node('c', 'depthwise-conv2d', [normalized, g.weights('k', [3, 3, 3, 2])], { ...depthwise, padding: 'valid' }, [-1, 3, 3, 6]);
    await expectFolded(g.build([c]), ['depthwise-conv2d']);
  });
});

describe('the statistics that a folded batch norm leaves', () => {
  const meanAndDeviation = (graph: Graph, id: string) => {
    const { mean, deviation } = graph.values[id]!.statistics!;
    return [Array.from(mean), Array.from(deviation)];
  };

  it('are beta and |gamma| of its output', async () => {
    const g = new GraphMaker();
    const y = g.node('c', 'conv2d', [g.input('x', [-1, 5, 5, 3]), g.weights('k', [3, 3, 3, 2])], conv, [-1, 5, 5, 2]);
    const parameters = [[0.5, 0], [1, 2], [-2, 3], [4, -5]].map((numbers, i) => g.constant(`p${i}`, float32Tensor([2], numbers)));
    const bn = g.node('bn', 'batch-norm', [y, ...parameters], { epsilon: 1e-3, axis: -1, activation: 'relu' }, [-1, 5, 5, 2]);
    const folded = await expectFolded(g.build([bn]), ['conv2d']);
    expect(meanAndDeviation(folded, bn)).toEqual([[4, -5], [2, 3]]);
  });

  it('follow constants that are folded after it, and the activation that clean-up fuses', async () => {
    const g = new GraphMaker();
    const shape = [-1, 5, 5, 2];
    const y = g.node('c', 'conv2d', [g.input('x', [-1, 5, 5, 3]), g.weights('k', [3, 3, 3, 2])], conv, shape);
    const normalized = g.node('bn', 'batch-norm', [y, g.weights('m', [2]), g.weights('v', [2], 0.1, 1), null, null], { epsilon: 1e-3, axis: -1, activation: 'none' }, shape);
    const scaled = g.node('mul', 'mul', [normalized, g.constant('f', float32Tensor([2], [-2, 4]))], { activation: 'none' }, shape);
    const moved = g.node('add', 'add', [scaled, g.constant('o', float32Tensor([], [3]))], { activation: 'none' }, shape);
    const relu = g.node('relu', 'relu', [moved], {}, shape);
    const folded = await expectFolded(g.build([relu]), ['conv2d', 'relu']);
    expect(meanAndDeviation(folded, moved)).toEqual([[3, 3], [2, 4]]);
    const options = defaultsOf(cleanUpOptions);
    const { graph: fused } = await cleanUp.run(folded, options, contextOf(options));
    expect(opsOf(fused)).toEqual(['conv2d']);
    expect(meanAndDeviation(fused, relu)).toEqual([[3, 3], [2, 4]]);
  });
});

describe('leaving a batch norm alone, with the reason', () => {
  const cases: readonly (readonly [string, () => Graph, string])[] = [
    ['zero padding comes after it', () => {
      const g = new GraphMaker();
      const normalized = batchNorm(g, 'bn', g.input('x', [-1, 5, 5, 3]), 3, [-1, 5, 5, 3]);
      return g.build([g.node('c', 'conv2d', [normalized, g.weights('k', [3, 3, 3, 4])], conv, [-1, 5, 5, 4])]);
    }, 'zero padding'],
    ['an activation stands between', () => {
      const g = new GraphMaker();
      const y = g.node('c', 'conv2d', [g.input('x', [-1, 5, 5, 3]), g.weights('k', [3, 3, 3, 4])], { ...conv, activation: 'relu' }, [-1, 5, 5, 4]);
      return g.build([batchNorm(g, 'bn', y, 4, [-1, 5, 5, 4])]);
    }, 'activation stands between'],
    ['the layer’s output is used elsewhere', () => {
      const g = new GraphMaker();
      const y = g.node('c', 'conv2d', [g.input('x', [-1, 5, 5, 3]), g.weights('k', [3, 3, 3, 4])], conv, [-1, 5, 5, 4]);
      return g.build([batchNorm(g, 'bn', y, 4, [-1, 5, 5, 4]), y]);
    }, 'also used elsewhere'],
    ['the kernel is shared', () => {
      const g = new GraphMaker();
      const k = g.weights('k', [3, 3, 3, 3]);
      const x = g.input('x', [-1, 5, 5, 3]);
      const y = g.node('c', 'conv2d', [x, k], conv, [-1, 5, 5, 3]);
      const z = g.node('d', 'conv2d', [x, k], conv, [-1, 5, 5, 3]);
      return g.build([batchNorm(g, 'bn', y, 3, [-1, 5, 5, 3]), z]);
    }, 'shares its kernel'],
  ];
  it.each(cases)('when %s', async (_what, make, reason) => {
    const graph = make();
    const result = await fold(graph);
    expect(result.graph).toBe(graph);
    expect(result.modified).toBe(false);
    expect(result.diagnostics.map((found) => found.message).join()).toContain(reason);
  });
});
