import { describe, expect, it } from 'vitest';
import { checkGraph } from '../../src/ir/check';
import type { Graph } from '../../src/ir/graph';
import { decodeFloats, decodeIntegers, int32Tensor } from '../../src/ir/tensor';
import { cleanUp } from '../../src/passes/clean-up/run';
import { conv, GraphMaker, smallConvNet } from '../ir/graphs';
import { contextOf, outputDifference } from './run-graph';

const all = { foldConstants: true, fuseActivations: true, removeIdentities: true, shortenChains: true, mergeLayers: true };
async function clean(graph: Graph, options = all): Promise<Graph> {
  const { graph: cleaned } = await cleanUp.run(graph, options, contextOf(options));
  checkGraph(cleaned, 'test');
  expect(await outputDifference(graph, cleaned)).toBeLessThan(1e-6);
  return cleaned;
}

describe('clean up', () => {
  it('removes dropout and changes nothing else of a small net', async () => {
    const cleaned = await clean(smallConvNet());
    expect(cleaned.nodes.map((node) => node.op)).toEqual(['conv2d', 'batch-norm', 'depthwise-conv2d', 'batch-norm', 'flatten', 'dense', 'softmax']);
    expect(cleaned.nodes[1]!.attributes).toMatchObject({ activation: 'relu' });
  });

  it('bridges chains of identities, casts, reshapes and transposes that change nothing', async () => {
    const g = new GraphMaker();
    const shape = [-1, 4];
    let y = g.input('x', shape);
    y = g.node('i1', 'identity', [y], {}, shape);
    y = g.node('i2', 'cast', [y], { dtype: 'float32' }, shape);
    y = g.node('i3', 'reshape', [y], { shape: [-1, 4] }, shape);
    y = g.node('i4', 'transpose', [y], { permutation: [0, 1] }, shape);
    y = g.node('relu', 'relu', [y], {}, shape);
    y = g.node('i5', 'identity', [y], {}, shape);
    expect((await clean(g.build([y]))).nodes.map((node) => node.id)).toEqual(['relu']);
  });

  it('keeps an identity that alone makes an output of an input, and one of two outputs that are the same', async () => {
    const g = new GraphMaker();
    const x = g.input('x', [-1, 4]);
    const same = g.node('same', 'identity', [x], {}, [-1, 4]);
    const relu = g.node('relu', 'relu', [x], {}, [-1, 4]);
    const copy = g.node('copy', 'identity', [relu], {}, [-1, 4]);
    const graph = g.build([same, relu, copy]);
    expect((await clean(graph)).nodes).toHaveLength(3);
  });

  it('computes what depends on constants alone, once', async () => {
    const g = new GraphMaker();
    const x = g.input('x', [-1, 4]);
    const sum = g.node('sum', 'add', [g.weights('a', [4]), g.weights('b', [4])], { activation: 'none' }, [4]);
    const root = g.node('root', 'square', [sum], {}, [4]);
    const graph = g.build([g.node('y', 'mul', [x, root], { activation: 'none' }, [-1, 4])]);
    const cleaned = await clean(graph);
    expect(cleaned.nodes.map((node) => node.id)).toEqual(['y']);
    const constant = cleaned.values[cleaned.nodes[0]!.inputs[1]!]!.tensor!;
    const a = decodeFloats(graph.values.a!.tensor!);
    const b = decodeFloats(graph.values.b!.tensor!);
    expect(decodeFloats(constant)[2]).toBeCloseTo((a[2]! + b[2]!) ** 2, 5);
  });

  it('knows a shape that does not depend on the batch', async () => {
    const g = new GraphMaker();
    const x = g.input('x', [2, 6]);
    const shape = g.node('shape', 'shape', [x], {}, [2]);
    const y = g.node('y', 'reshape', [g.node('r', 'relu', [x], {}, [2, 6]), shape], { shape: null }, [2, 6]);
    const graph: Graph = { ...g.build([y]), values: { ...g.build([y]).values, 'shape:0': { id: 'shape:0', name: 'shape', dtype: 'int32', shape: [2] } } };
    const { graph: cleaned } = await cleanUp.run(graph, all, contextOf(all));
    expect(cleaned.nodes.map((node) => node.op)).toEqual(['relu', 'reshape']);
    expect([...decodeIntegers(cleaned.values['shape:0']!.tensor!)]).toEqual([2, 6]);
  });

  it('does not store a large fill', async () => {
    const g = new GraphMaker();
    const x = g.input('x', [200, 200]);
    const dims = g.constant('dims', int32Tensor([2], [200, 200]));
    const fill = g.node('fill', 'fill', [dims, g.weights('v', [])], {}, [200, 200]);
    const graph = g.build([g.node('y', 'add', [x, fill], { activation: 'none' }, [200, 200])]);
    expect((await cleanUp.run(graph, all, contextOf(all))).graph.nodes.map((node) => node.op)).toEqual(['fill', 'add']);
  });

  it('moves activations into the layer before them unless something else reads that layer', async () => {
    const g = new GraphMaker();
    const x = g.input('x', [-1, 4, 4, 3]);
    const a = g.node('a', 'conv2d', [x, g.weights('ka', [1, 1, 3, 3])], conv, [-1, 4, 4, 3]);
    const b = g.node('b', 'conv2d', [x, g.weights('kb', [1, 1, 3, 3])], conv, [-1, 4, 4, 3]);
    const ra = g.node('ra', 'clip', [a], { minimum: 0, maximum: 6 }, [-1, 4, 4, 3]);
    const rb = g.node('rb', 'relu', [b], {}, [-1, 4, 4, 3]);
    const sum = g.node('sum', 'add', [ra, b], { activation: 'none' }, [-1, 4, 4, 3]);
    const cleaned = await clean(g.build([g.node('tanh', 'tanh', [sum], {}, [-1, 4, 4, 3]), rb]));
    expect(cleaned.nodes.map((node) => [node.id, (node.attributes as { activation?: string }).activation])).toEqual([
      ['a', 'relu6'], ['b', 'none'], ['rb', undefined], ['sum', 'tanh'],
    ]);
  });

  it('drops what no output needs, and does nothing that was switched off', async () => {
    const g = new GraphMaker();
    const x = g.input('x', [-1, 4]);
    const y = g.node('y', 'relu', [x], {}, [-1, 4]);
    g.node('dead', 'exp', [y], {}, [-1, 4]);
    expect((await clean(g.build([y]))).nodes.map((node) => node.id)).toEqual(['y']);
    const off = { foldConstants: false, fuseActivations: false, removeIdentities: false, shortenChains: false, mergeLayers: false };
    expect((await clean(smallConvNet(), off)).nodes).toHaveLength(smallConvNet().nodes.length);
  });

  it('keeps every rounding to a grid, and drops a quantize node that changes no grid', async () => {
    const g = new GraphMaker();
    const shape = [-1, 4, 4, 3];
    const x = g.input('x', shape);
    const onGrid = g.node('to', 'quantize', [x], {}, shape);
    const a = g.node('a', 'conv2d', [onGrid, g.weights('ka', [1, 1, 3, 3])], conv, shape);
    const relu = g.node('relu', 'relu', [a], {}, shape);
    const again = g.node('again', 'quantize', [relu], {}, shape);
    const coarser = g.node('coarser', 'identity', [again], {}, shape);
    const off = g.node('off', 'quantize', [coarser], {}, shape);
    const graph = g.build([off]);
    const grid = { dtype: 'int8', scale: 1 / 64, zeroPoint: 0 } as const;
    const grids = { [onGrid]: grid, [a]: grid, [relu]: grid, [again]: grid, [coarser]: { ...grid, scale: 1 / 16 } };
    const values = Object.fromEntries(Object.entries(graph.values).map(([id, value]) => [id, grids[id] ? { ...value, quantization: grids[id] } : value]));
    const cleaned = await clean({ ...graph, values });
    expect(cleaned.nodes.map((node) => node.id)).toEqual(['to', 'a', 'relu', 'coarser', 'off']);
  });

  it('does not compute a constant that stands on a grid', async () => {
    const g = new GraphMaker();
    const x = g.input('x', [-1, 4]);
    const constant = g.node('constant', 'quantize', [g.weights('w', [4])], {}, [4]);
    const graph = g.build([g.node('y', 'add', [x, constant], { activation: 'none' }, [-1, 4])]);
    const quantization = { dtype: 'int8', scale: 0.5, zeroPoint: 0 } as const;
    const values = { ...graph.values, [constant]: { ...graph.values[constant]!, quantization } };
    expect((await clean({ ...graph, values })).nodes.map((node) => node.id)).toEqual(['constant', 'y']);
  });
});
