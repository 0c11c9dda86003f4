import { describe, expect, it } from 'vitest';
import { checkGraph } from '../../../src/ir/check';
import type { Graph, LayerSource, Node } from '../../../src/ir/graph';
import { float32Tensor } from '../../../src/ir/tensor';
import { checkOps } from '../../../src/ops/check';
import { totalMacs } from '../../../src/ops/cost';
import { defaultsOf } from '../../../src/options/options';
import { factorizeOptions } from '../../../src/passes/factorize/meta';
import { factorize } from '../../../src/passes/factorize/run';
import type { PassResult, PassContext } from '../../../src/passes/pass';
import { resolveRules } from '../../../src/passes/rules';
import { createRandom } from '../../../src/lib/random';
import { conv, GraphMaker } from '../../ir/graphs';
import type { Batch } from '../../../src/runtime/backend';
import { dataContext, examplesOf } from '../examples';
import { contextOf, outputDifference, runGraph } from '../run-graph';

type Options = ReturnType<typeof defaultsOf<typeof factorizeOptions>>;
const defaults = defaultsOf(factorizeOptions);
const random = createRandom(3);

async function run(graph: Graph, given: Partial<Options>, context: (options: object) => PassContext = (options) => contextOf(options, graph)): Promise<PassResult> {
  const options = { ...defaults, ...given };
  const result = await factorize.run(graph, options, context(options));
  checkGraph(result.graph, 'factorize');
  checkOps(result.graph);
  return result;
}

/** Of two random factors: [rows, rank] · [rank, columns]. */
function ofRank(rank: number, rows: number, columns: number): Float32Array {
  const a = Array.from({ length: rows * rank }, () => random.normal());
  const b = Array.from({ length: rank * columns }, () => random.normal());
  return Float32Array.from({ length: rows * columns }, (_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    let sum = 0;
    for (let r = 0; r < rank; r++) sum += a[i * rank + r]! * b[r * columns + j]!;
    return sum / Math.sqrt(rows * rank);
  });
}

function denseNet(kernel: Float32Array, inputs: number, outputs: number): Graph {
  const g = new GraphMaker();
  const x = g.input('x', [-1, inputs]);
  const k = g.constant('dense/kernel', float32Tensor([inputs, outputs], kernel));
  return g.build([g.node('dense', 'dense', [x, k, g.weights('dense/bias', [outputs])], { activation: 'tanh' }, [-1, outputs])]);
}

type Conv = typeof conv | (Omit<typeof conv, 'strides' | 'padding' | 'dilations'> & { strides: number[]; padding: unknown; dilations: number[] });
function convNet(kernel: Float32Array, shape: readonly number[], attributes: Conv, size: readonly number[]): Graph {
  const g = new GraphMaker();
  const x = g.input('x', [-1, 9, 8, shape[2]!]);
  const k = g.constant('conv/kernel', float32Tensor(shape, kernel));
  const y = g.node('conv', 'conv2d', [x, k, g.weights('conv/bias', [shape[3]!])], { ...attributes, activation: 'relu' }, [-1, ...size, shape[3]!]);
  return g.build([y]);
}

/** [3, 3, I, O] whose matrix [rows · inputs, columns · outputs] has this rank. */
function separable(rank: number, inputs: number, outputs: number): Float32Array {
  const matrix = ofRank(rank, 3 * inputs, 3 * outputs);
  return Float32Array.from({ length: 9 * inputs * outputs }, (_, at) => {
    const [h, w, i, o] = [Math.floor(at / (3 * inputs * outputs)), Math.floor(at / (inputs * outputs)) % 3, Math.floor(at / outputs) % inputs, at % outputs];
    return matrix[(h * inputs + i) * 3 * outputs + w * outputs + o]!;
  });
}

const opsOf = (graph: Graph): string[] => graph.nodes.map(({ op }) => op);

describe('factorizing', () => {
  it.each([[40, 12], [12, 40]])('a dense layer of rank 3 (%i × %i) loses nothing at rank 3', async (inputs, outputs) => {
    const graph = denseNet(ofRank(3, inputs, outputs), inputs, outputs);
    const { graph: thin, diagnostics } = await run(graph, { rankBy: 'energy', energy: 0.9999 });
    expect(opsOf(thin)).toEqual(['dense', 'dense']);
    expect(thin.values[thin.nodes[0]!.inputs[1]!]!.shape).toEqual([inputs, 3]);
    expect(thin.nodes[0]!.inputs).toHaveLength(2);
    expect(thin.nodes.map(({ attributes }) => (attributes as { activation: string }).activation)).toEqual(['none', 'tanh']);
    expect(await outputDifference(graph, thin)).toBeLessThan(1e-5);
    expect(diagnostics.at(-1)!.message).toContain('rank 3');
  });

  it.each([
    ['same', { ...conv }, [9, 8]],
    ['valid, strided', { ...conv, strides: [2, 3], padding: 'valid' }, [4, 2]],
    ['dilated', { ...conv, dilations: [2, 1] }, [9, 8]],
    ['same, strided', { ...conv, strides: [2, 1] }, [5, 8]],
    ['padded by numbers', { ...conv, strides: [1, 2], padding: [[1, 0], [2, 1]] }, [8, 5]],
  ] as const)('a convolution of low rank loses nothing by channels, by rows and columns, and as Tucker-2: %s', async (_what, attributes, size) => {
    const cases = [
      ['channels', ofRank(2, 54, 12), ['conv2d', 'conv2d']],
      ['spatial', separable(2, 6, 12), ['conv2d', 'conv2d']],
    ] as const;
    for (const [way, kernel, ops] of cases) {
      const graph = convNet(kernel, [3, 3, 6, 12], attributes as unknown as Conv, size);
      const { graph: thin } = await run(graph, { rankBy: 'energy', energy: 0.9999, convolutions: way });
      expect(opsOf(thin)).toEqual(ops);
      expect(totalMacs(thin)).toBeLessThan(totalMacs(graph) / 2);
      expect(await outputDifference(graph, thin)).toBeLessThan(1e-5);
    }
    // Two of six inputs and two of twelve outputs matter.
    const mixIn = ofRank(2, 6, 6);
    const core = ofRank(2, 54, 12);
    const tucker = Float32Array.from({ length: 9 * 6 * 12 }, (_, at) => {
      const [cell, i, o] = [Math.floor(at / 72), Math.floor(at / 12) % 6, at % 12];
      let sum = 0;
      for (let j = 0; j < 6; j++) sum += mixIn[i * 6 + j]! * core[(cell * 6 + j) * 12 + o]!;
      return sum;
    });
    const graph = convNet(tucker, [3, 3, 6, 12], attributes as unknown as Conv, size);
    const { graph: thin } = await run(graph, { rankBy: 'rank', rankShare: 1 / 3, convolutions: 'tucker' });
    expect(opsOf(thin)).toEqual(['conv2d', 'conv2d', 'conv2d']);
    expect(thin.nodes.map(({ inputs }) => thin.values[inputs[1]!]!.shape!.slice(2))).toEqual([[6, 2], [2, 4], [4, 12]]);
    expect(await outputDifference(graph, thin)).toBeLessThan(1e-5);
  });

  it('keeps outputs on new examples closer than weights alone do, and puts their mean right', async () => {
    const g = new GraphMaker();
    const x = g.input('x', [-1, 10, 10, 4]);
    const y = g.node('conv', 'conv2d', [x, g.weights('conv/kernel', [3, 3, 4, 16]), g.weights('conv/bias', [16])], { ...conv, padding: 'valid' }, [-1, 8, 8, 16]);
    const graph = g.build([y]);
    // Neighbouring pixels are alike, channels differ in strength, and nothing is about zero.
    const images = (count: number, seed: number): Batch => {
      const normal = createRandom(seed);
      const data = new Float32Array(count * 400);
      for (let i = 0; i < data.length; i++) data[i] = (i % 400 >= 40 ? 0.8 * data[i - 40]! : 0) + (normal.normal() + 0.5) * 2 ** -(i % 4);
      return { shape: [count, 10, 10, 4], dtype: 'float32', data };
    };
    const held = images(40, 2);
    const [expected] = await runGraph(graph, [held]);
    const outcome = async (given: Partial<Options>): Promise<{ error: number; shift: number }> => {
      const { graph: thin } = await run(graph, { ...given, rankBy: 'layer', keep: 0.5 }, (options) => dataContext(options, graph, examplesOf(images(100, 1))));
      const [actual] = await runGraph(thin, [held]);
      const differences = Float64Array.from(expected!.data, (value, i) => value - actual!.data[i]!);
      const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
      return { error: mean(differences.map((value) => value * value)), shift: Math.abs(mean(differences)) };
    };
    for (const convolutions of ['channels', 'spatial', 'tucker', 'auto'] as const) {
      const [aware, blind] = [await outcome({ convolutions }), await outcome({ convolutions, dataAware: false })];
      expect(aware.error).toBeLessThan(0.6 * blind.error);
      expect(aware.shift).toBeLessThan(0.1 * Math.sqrt(aware.error));
    }
  });

  it('shares a goal out over the model by what each layer loses', async () => {
    const g = new GraphMaker();
    const x = g.input('x', [-1, 32]);
    const a = g.node('a', 'dense', [x, g.constant('ka', float32Tensor([32, 32], ofRank(2, 32, 32)))], { activation: 'relu' }, [-1, 32]);
    const b = g.node('b', 'dense', [a, g.weights('kb', [32, 32])], { activation: 'relu' }, [-1, 32]);
    const graph = g.build([b]);
    const { graph: thin, diagnostics } = await run(graph, { rankBy: 'model', keep: 0.6 });
    expect(totalMacs(thin)).toBeLessThanOrEqual(0.6 * totalMacs(graph));
    expect(thin.nodes.map(({ name }) => name)).toEqual(['a_reduce', 'a', 'b']);
    expect(diagnostics.map(({ subject }) => subject)).toContain('b');
    const { diagnostics: more } = await run(graph, { rankBy: 'model', keep: 0.02 });
    expect(more.at(-1)!.message).toContain('Not reached');
  });

  it('gives layers a share of their own by rules, and ranks a multiple', async () => {
    const g = new GraphMaker();
    let y = g.input('x', [-1, 64]);
    for (const name of ['a', 'b', 'c']) y = g.node(name, 'dense', [y, g.weights(`k${name}`, [64, 64])], { activation: 'relu' }, [-1, 64]);
    const rules = [{ match: 'a', options: { keep: 0.25 } }, { match: 'b', keep: true }];
    const { graph: thin, diagnostics } = await run(g.build([y]), { multiple: 8, rankBy: 'layer' }, (options) => ({
      ...contextOf(options),
      optionsFor: (name, op) => resolveRules(options as Record<string, number>, rules, name, op),
    }));
    expect(thin.nodes.map(({ name, inputs }) => [name, thin.values[inputs[1]!]!.shape!.join()])).toEqual([
      ['a_reduce', '64,8'], ['a', '8,64'], ['b', '64,64'], ['c_reduce', '64,16'], ['c', '16,64'],
    ]);
    expect(diagnostics.find(({ subject }) => subject === 'b')!.message).toContain('a rule says so');
  });

  it('says why it leaves a layer alone', async () => {
    const g = new GraphMaker();
    const x = g.input('x', [-1, 8, 8, 4]);
    const shape = [-1, 8, 8, 4];
    const grouped = g.node('grouped', 'conv2d', [x, g.weights('kg', [3, 3, 2, 4])], { ...conv, groups: 2 }, shape);
    const shared = g.weights('ks', [1, 1, 4, 4]);
    const first = g.node('first', 'conv2d', [grouped, shared], { ...conv, activation: 'relu' }, shape);
    const second = g.node('second', 'conv2d', [first, shared], { ...conv, activation: 'relu' }, shape);
    const thin = g.node('thin', 'conv2d', [second, g.weights('kt', [1, 1, 4, 1])], { ...conv, activation: 'relu' }, [-1, 8, 8, 1]);
    const tiny = g.node('down', 'conv2d', [thin, g.weights('kd', [1, 1, 1, 3])], conv, [-1, 8, 8, 3]);
    const up = g.node('up', 'conv2d', [tiny, g.weights('ku', [1, 1, 3, 16])], conv, [-1, 8, 8, 16]);
    const graph = g.build([up]);
    const { graph: same, modified, diagnostics } = await run(graph, {});
    expect(modified).toBe(false);
    expect(same).toBe(graph);
    const said = (subject: string): string => diagnostics.find((found) => found.subject === subject)!.message;
    expect(said('grouped')).toContain('grouped');
    expect(said('first')).toContain('shares its kernel');
    expect(said('thin')).toContain('no factorization saves');
    expect(said('down')).toContain('two linear layers in a row');
    expect(said('up')).toContain('two linear layers in a row');
  });

  it('gives the new layers records of their own and keeps the last one’s', async () => {
    const graph = convNet(separable(2, 6, 12), [3, 3, 6, 12], conv, [9, 8]);
    const config = { filters: 12, kernel_size: 3, padding: 'same', activation: 'relu', use_bias: true, trainable: true };
    const layer: LayerSource = { path: 'block/conv', className: 'Conv2D', config, call: 0 };
    const named: Graph = { ...graph, nodes: [{ ...graph.nodes[0]!, layer } as Node] };
    const { graph: thin } = await run(named, { rankBy: 'energy', energy: 0.9999, convolutions: 'spatial' });
    expect(thin.nodes.map((node) => node.layer!.path)).toEqual(['block/conv_rows', 'block/conv']);
    expect(thin.nodes.map((node) => node.layer!.config.kernel_size)).toEqual([[3, 1], [1, 3]]);
    expect(thin.nodes[0]!.layer!.config).toMatchObject({ filters: 2, use_bias: false, activation: 'linear' });
    expect(thin.values[thin.nodes[0]!.inputs[1]!]!.name).toBe('block/conv_rows/kernel');
  });
});
