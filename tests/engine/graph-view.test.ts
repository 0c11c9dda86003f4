/**
 * The drawing's graph of models that Keras and TensorFlow wrote: the layers are those that their configurations name, the edges are
 * those that an inbound list or the architecture's paper gives.
 */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engine/create-engine';
import { describeGraph } from '../../src/engine/graph-view';
import type { GraphView } from '../../src/engine/graph-view-types';
import { openModel } from '../../src/formats/open';
import type { Graph } from '../../src/ir/graph';
import { ignoreProgress } from '../../src/lib/progress';
import { fileOf } from '../../src/lib/source-file';
import { emptyRecipe, makeStep } from '../../src/passes/recipe';
import { noDecoder } from '../datasets/fixtures';
import { caseFileBytes, kerasCases } from '../fixtures/keras/cases';
import { conv, GraphMaker } from '../ir/graphs';

const graphOf = async (path: string): Promise<Graph> => (await openModel([fileOf(path.replace('.gz', ''), new Uint8Array(caseFileBytes(path)))], ignoreProgress)).graph;
const viewOf = async (path: string): Promise<GraphView> => describeGraph(await graphOf(path));
const fileOfCase = (id: string): string => kerasCases().find((one) => one.id === id)!.files.find(({ kind }) => kind === 'keras' || kind === 'h5')!.path;
const wholeModels = kerasCases().filter(({ id, refused, quantization }) => id.startsWith('model-') && !refused && !quantization).map(({ id }) => id);
const groupOf = (view: GraphView, layer: string) => view.groups!.find(({ makes }) => makes.includes(layer));
const readersOf = (view: GraphView, name: string): string[] => {
  const nameOf = new Map(view.nodes.map((node) => [node.id, node.name]));
  return view.edges.filter(({ from }) => nameOf.get(from) === name).map(({ to }) => nameOf.get(to)!);
};

/** Every edge goes forward, so that "in graph order" means something. */
function expectInOrder(view: GraphView): void {
  const place = new Map(view.nodes.map(({ id }, i) => [id, i]));
  expect(place.size).toBe(view.nodes.length);
  expect(view.edges.filter(({ from, to }) => place.get(from)! >= place.get(to)!)).toEqual([]);
}

/** As the sample's config.json lists them, but the input; and the sum of the sizes of its kernels, biases and batch norms. */
const KERAS_LAYERS = [
  ...['', '_1', '_2'].flatMap((number) => ['conv2d', 'batch_normalization', 're_lu', 'max_pooling2d'].map((name) => `${name}${number}`)),
  'flatten',
  'dense',
  'dropout',
  'dense_1',
];
const KERAS_PARAMETERS = 242_218;

describe('the graph of the sample', () => {
  const engine = createEngine({ loadBrotli: async () => ({ compress: (bytes: Uint8Array) => bytes }), decodeImage: noDecoder });
  afterAll(() => engine.dispose());

  it('has the layers of Keras between its input and output, and is another one after a recipe', async () => {
    await engine.open([fileOf('fashion_cnn.keras', new Uint8Array(readFileSync('public/samples/fashion_cnn.keras')))], ignoreProgress);
    const before = await engine.describeGraph(emptyRecipe, ignoreProgress);
    expectInOrder(before);
    expect(before.nodes.map(({ kind }) => kind)).toEqual(['input', ...KERAS_LAYERS.map(() => 'layer'), 'output']);
    expect(before.nodes.slice(1, -1).map(({ name }) => name)).toEqual(KERAS_LAYERS);
    expect(before.nodes[1]).toMatchObject({ name: 'conv2d', op: 'conv2d', shape: [-1, 28, 28, 32], parameters: 288, nbytes: 1152, macs: 28 * 28 * 32 * 9 });
    expect(before.nodes.reduce((sum, { parameters }) => sum + parameters, 0)).toBe(KERAS_PARAMETERS);
    expect(before.blocks).toEqual([]);
    const after = await engine.describeGraph({ version: 1, steps: [makeStep('fold-batch-norm')] }, ignoreProgress);
    expect(before.nodes.map(({ name }) => name)).toContain('batch_normalization');
    expect(after.nodes.filter(({ op }) => op === 'batch-norm')).toEqual([]);
    expect(readersOf(before, 'conv2d')).toEqual(['batch_normalization']);
    expect(readersOf(after, 'conv2d')).not.toContain('batch_normalization');
  });

  it('says which channels go together, and why the last ones stay', async () => {
    const { groups } = await engine.describeGraph(emptyRecipe, ignoreProgress);
    expect(groups![0]).toEqual({ makes: ['conv2d'], passes: ['batch_normalization', 're_lu', 'max_pooling2d'], reads: ['conv2d_1'], channels: 32, units: 32, refused: null });
    expect(groups!.at(-1)).toMatchObject({ makes: ['dense_1'], channels: 10, refused: '"dense_1" (softmax) computes across it' });
  });
});

describe('structures', () => {
  it('residual: the sum reads both ways, and their channels go together', async () => {
    const g = new GraphMaker();
    const x = g.input('x', [-1, 6, 6, 3]);
    const convolution = (name: string, from: string, channels: number): string =>
      g.node(name, 'conv2d', [from, g.weights(`${name}/kernel`, [3, 3, channels, 8]), g.weights(`${name}/bias`, [8])], conv, [-1, 6, 6, 8]);
    const stem = convolution('stem', x, 3);
    const branch = convolution('branch', stem, 8);
    const sum = g.node('sum', 'add', [stem, branch], { activation: 'none' }, [-1, 6, 6, 8]);
    const view = describeGraph(g.build([convolution('head', sum, 8)]));
    expectInOrder(view);
    expect(readersOf(view, 'stem')).toEqual(['branch', 'sum']);
    expect(groupOf(view, 'branch')).toMatchObject({ makes: ['stem', 'branch'], passes: ['sum'], reads: ['branch', 'head'], channels: 8, refused: null });
  });

  it.each(wholeModels)('%s: every box once, every edge forward', async (id) => {
    const graph = await graphOf(fileOfCase(id));
    const view = describeGraph(graph);
    expectInOrder(view);
    expect(view.nodes.flatMap(({ ops }) => ops).toSorted()).toEqual(graph.nodes.map(({ op }) => op).toSorted());
    const touched = new Set(view.edges.flatMap(({ from, to }) => [from, to]));
    expect(view.nodes.filter(({ id: node, kind }) => kind === 'output' && !touched.has(node))).toEqual([]);
  });

  it('a layer that is called twice is two boxes with one name, and its weights count once', async () => {
    const view = await viewOf('keras3/model-shared-layer.keras.gz');
    const names = view.nodes.filter(({ op }) => op === 'dense').map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) !== i)!;
    expect(view.nodes.filter(({ name }) => name === twice).map(({ parameters }) => parameters > 0)).toEqual([true, false]);
  });
});

describe('a large graph', () => {
  const chain = (count: number, nameOf: (i: number) => string): Graph => {
    const g = new GraphMaker();
    let x = g.input('x', [-1, 4]);
    for (let i = 0; i < count; i++) x = g.node(nameOf(i), 'relu', [x], {}, [-1, 4]);
    return g.build([x]);
  };
  const insideOf = (view: GraphView, label: string): string[] => {
    const block = view.blocks.find((one) => one.label === label)!.id;
    return view.nodes.filter((node) => node.block === block).map(({ name }) => name);
  };

  it('is folded by the beginnings of its names', () => {
    const view = describeGraph(chain(60, (i) => `block_${Math.floor(i / 6)}/relu_${i}`));
    expect(view.blocks.map(({ label }) => label).toSorted()).toEqual(Array.from({ length: 10 }, (_, i) => `block_${i}`));
    expect(insideOf(view, 'block_3')).toEqual([18, 19, 20, 21, 22, 23].map((i) => `block_3/relu_${i}`));
  });

  it('is folded into few runs where its names say nothing', () => {
    const view = describeGraph(chain(5000, (i) => `n${i}`));
    const outermost = [...view.blocks.filter(({ parent }) => parent === null), ...view.nodes.filter(({ block }) => block === null)];
    expect(outermost.length).toBeLessThanOrEqual(60);
    expect(view.nodes).toHaveLength(5002);
    const children = new Map<string | null, number>();
    for (const parent of [...view.blocks.map((block) => block.parent), ...view.nodes.map((node) => node.block)]) children.set(parent, (children.get(parent) ?? 0) + 1);
    expect(Math.max(...children.values())).toBeLessThanOrEqual(60);
  });

  it('is not folded into parts that others stand between', () => {
    const view = describeGraph(chain(60, (i) => `${i % 2 === 0 ? 'even' : 'odd'}_${i}`));
    expect(view.blocks.map(({ label }) => label).filter((label) => label === 'even' || label === 'odd')).toEqual([]);
  });

  it('is refused in words beyond what can be drawn', () => {
    expect(() => describeGraph(chain(20_001, (i) => `n${i}`))).toThrow(/20003 layers; the graph draws up to 20000/);
  });
});
