import { describe, expect, it } from 'vitest';
import type { Graph } from '../../src/ir/graph';
import { inferShapes, withBatch } from '../../src/ops/infer-shapes';
import { GraphBuilder } from './graph-builder';

const plain = { strides: [1, 1], padding: 'same', dilations: [1, 1], groups: 1, activation: 'none' } as const;
const noMasks = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 } as const;

const shapeOf = (graph: Graph, id: string) => graph.values[id]!.shape;

/** tf.reshape(x, [tf.shape(x)[0], 49, 4]), as a converter writes it. */
function reshapeByOwnBatch(): GraphBuilder {
  const builder = new GraphBuilder();
  builder.input('x', [-1, 7, 7, 4]);
  builder.node('shape', {}, ['x'], ['sizes']);
  builder.node('strided-slice', { ...noMasks, begin: [0], end: [1], strides: [1], shrinkAxisMask: 1 }, ['sizes'], ['batch']);
  builder.integers('49', [], [49]);
  builder.integers('4', [], [4]);
  builder.node('stack', { axis: 0 }, ['batch', '49', '4'], ['target']);
  builder.node('reshape', { shape: null }, ['x', 'target'], ['y']);
  return builder;
}

/** UpSampling by shape arithmetic: resize to twice the size. */
function resizeByOwnSize(height: number): Graph {
  const builder = new GraphBuilder();
  builder.input('x', [-1, height, 6, 3]);
  builder.node('shape', {}, ['x'], ['sizes']);
  builder.node('strided-slice', { ...noMasks, begin: [1], end: [3], strides: [1] }, ['sizes'], ['size']);
  builder.node('cast', { dtype: 'float32' }, ['size'], ['floats']);
  builder.integers('2', [], [2]);
  builder.node('mul', { activation: 'none' }, ['floats', '2'], ['doubled']);
  builder.node('cast', { dtype: 'int32' }, ['doubled'], ['target']);
  builder.node('resize-bilinear', { size: null, alignCorners: false, halfPixelCenters: true }, ['x', 'target'], ['y']);
  return builder.build('y');
}

describe('inferring shapes', () => {
  it('keeps the unknown batch through a shape that the graph computes', () => {
    expect(shapeOf(inferShapes(reshapeByOwnBatch().build('y')), 'y')).toEqual([-1, 49, 4]);
  });

  it('resolves the same graph wholly when the batch is given', () => {
    expect(shapeOf(withBatch(reshapeByOwnBatch().build('y'), 3), 'y')).toEqual([3, 49, 4]);
  });

  it('follows shape arithmetic through casts and products', () => {
    expect(shapeOf(inferShapes(resizeByOwnSize(5)), 'y')).toEqual([-1, 10, 12, 3]);
    expect(shapeOf(inferShapes(resizeByOwnSize(-1)), 'y')).toEqual([-1, -1, 12, 3]);
    expect(shapeOf(withBatch(resizeByOwnSize(-1), 1, 8), 'y')).toEqual([1, 16, 12, 3]);
  });

  it('folds the batch into a reshape that asks for it', () => {
    const builder = new GraphBuilder();
    builder.input('x', [-1, 7, 7, 4]);
    builder.node('reshape', { shape: [-1, 196] }, ['x'], ['y']);
    expect(shapeOf(inferShapes(builder.build('y')), 'y')).toEqual([-1, 196]);
    expect(shapeOf(withBatch(builder.build('y'), 5), 'y')).toEqual([5, 196]);
  });

  it('knows what the kernel tells when the input is unknown', () => {
    const builder = new GraphBuilder();
    builder.input('x', null);
    builder.weight('kernel', [3, 3, 8, 16]);
    builder.node('conv2d', plain, ['x', 'kernel'], ['y']);
    expect(shapeOf(inferShapes(builder.build('y')), 'y')).toEqual([-1, -1, -1, 16]);
  });

  it('takes other input shapes instead of the declared ones', () => {
    const builder = new GraphBuilder();
    builder.input('x', [-1, 32, 32, 3]);
    builder.weight('kernel', [3, 3, 3, 16]);
    builder.node('conv2d', { ...plain, strides: [2, 2] }, ['x', 'kernel'], ['y']);
    expect(shapeOf(inferShapes(builder.build('y'), { x: [2, 65, 33, 3] }), 'y')).toEqual([2, 33, 17, 16]);
  });

  it('asks for each unknown dimension by input and axis', () => {
    const builder = new GraphBuilder();
    builder.input('tokens', [-1, -1]);
    builder.input('image', [-1, -1, -1, 3]);
    const graph = withBatch(builder.build('tokens', 'image'), 1, (input, axis) => (input.id === 'image' ? 10 * axis : 7));
    expect([shapeOf(graph, 'tokens'), shapeOf(graph, 'image')]).toEqual([[1, 7], [1, 10, 20, 3]]);
  });

  it('leaves its input as it was and shares what did not change', () => {
    const builder = new GraphBuilder();
    builder.input('x', [-1, 3]);
    builder.weight('kernel', [3, 2]);
    builder.node('dense', { activation: 'none' }, ['x', 'kernel'], ['y']);
    const graph = builder.build('y');
    const before = structuredClone(graph.values);
    const inferred = inferShapes(graph);
    expect(graph.values).toEqual(before);
    expect(inferred.values['kernel']).toBe(graph.values['kernel']);
    expect(inferShapes(inferred).values['y']).toBe(inferred.values['y']);
  });
});

type Broken = readonly [title: string, build: (builder: GraphBuilder) => void, message: RegExp];
const broken: readonly Broken[] = [
  ['inner sizes of a product', (b) => {
    b.node('batch-matmul', { transposeA: false, transposeB: false }, [b.input('a', [-1, 3, 4]), b.input('b', [-1, 5, 6])], ['y']);
  }, /Node "the y" \(batch-matmul\) cannot take inputs \[-1, 3, 4\], \[-1, 5, 6\]: the inner dimension is 4 in one and 5 in the other/],
  ['features of a dense layer', (b) => {
    b.node('dense', { activation: 'none' }, [b.input('x', [-1, 3]), b.weight('k', [4, 2])], ['y']);
  }, /\(dense\).*the number of input features is 3 in one and 4 in the other/],
  ['shapes that do not broadcast', (b) => {
    b.node('add', { activation: 'none' }, [b.input('a', [-1, 3]), b.input('b', [-1, 4])], ['y']);
  }, /\(add\).*shapes \[-1, 3\] and \[-1, 4\] do not broadcast/],
  ['channels of a convolution', (b) => {
    b.node('conv2d', plain, [b.input('x', [-1, 8, 8, 3]), b.weight('k', [3, 3, 4, 8])], ['y']);
  }, /\(conv2d\).*the number of input channels is 3 in one and 4 in the other/],
  ['groups that do not divide', (b) => {
    b.node('conv2d', { ...plain, groups: 2 }, [b.input('x', [-1, 8, 8, 4]), b.weight('k', [3, 3, 2, 7])], ['y']);
  }, /7 output channels do not divide into 2 groups/],
  ['a kernel larger than the input', (b) => {
    b.node('conv2d', { ...plain, padding: 'valid' }, [b.input('x', [-1, 2, 8, 4]), b.weight('k', [3, 3, 4, 7])], ['y']);
  }, /a window of 3 does not fit into 2 cells/],
  ['a bias of another size', (b) => {
    b.node('conv2d', plain, [b.input('x', [-1, 8, 8, 4]), b.weight('k', [3, 3, 4, 8]), b.weight('bias', [9])], ['y']);
  }, /bias against kernel/],
  ['parts that do not join', (b) => {
    b.node('concat', { axis: -1, activation: 'none' }, [b.input('a', [-1, 3, 4]), b.input('b', [-1, 5, 4])], ['y']);
  }, /\(concat\).*dimension 1 of the input is 3 in one and 5 in the other/],
  ['a reshape that loses elements', (b) => {
    b.node('reshape', { shape: [2, 5] }, [b.input('x', [2, 6])], ['y']);
  }, /12 elements do not fit \[2, 5\]/],
  ['a reshape with two unknown sizes', (b) => {
    b.node('reshape', { shape: [-1, -1] }, [b.input('x', [2, 6])], ['y']);
  }, /\[-1, -1\] is not a shape to reshape to/],
  ['an axis that is not there', (b) => {
    b.node('softmax', { axis: 2 }, [b.input('x', [-1, 3])], ['y']);
  }, /axis 2 is not an axis of rank 2/],
  ['a squeeze of more than one', (b) => {
    b.node('squeeze', { axes: [1] }, [b.input('x', [-1, 3])], ['y']);
  }, /axis 1 has size 3/],
  ['a permutation that names an axis twice', (b) => {
    b.node('transpose', { permutation: [0, 1, 1] }, [b.input('x', [-1, 3, 2])], ['y']);
  }, /name one axis twice/],
  ['a split that does not add up', (b) => {
    b.node('split', { axis: 1, sizes: [2, 2] }, [b.input('x', [-1, 5])], ['y', 'z']);
  }, /sizes \[2, 2\] do not add up to 5/],
  ['a slice beyond the end', (b) => {
    b.node('slice', { begin: [0, 3], size: [-1, 3] }, [b.input('x', [-1, 5])], ['y']);
  }, /3 cells from 3 on are more than the 5 there are/],
  ['a stride of zero', (b) => {
    b.node('strided-slice', { ...noMasks, begin: [0], end: [1], strides: [0] }, [b.input('x', [5])], ['y']);
  }, /a stride is 0/],
  ['an einsum label of two sizes', (b) => {
    b.node('einsum', { equation: 'ab,bc->ac' }, [b.input('a', [-1, 3]), b.input('b', [4, 5])], ['y']);
  }, /label b is 3 in one and 4 in the other/],
  ['an equation with an ellipsis', (b) => {
    b.node('einsum', { equation: '...a,ab->...b' }, [b.input('a', [-1, 3]), b.input('b', [3, 5])], ['y']);
  }, /is not of the form ab,bc->ac/],
  ['recurrent kernels that differ', (b) => {
    b.node('lstm', { activation: 'tanh', recurrentActivation: 'sigmoid', returnSequences: false, goBackwards: false, zeroOutputForMask: false },
      [b.input('x', [-1, 4, 3]), b.weight('k', [3, 20]), b.weight('r', [5, 24])], ['y']);
  }, /the number of gate features is 20 in one and 24 in the other/],
  ['scales of another size than the channels', (b) => {
    b.node('batch-norm', { epsilon: 0.001, axis: -1, activation: 'none' }, [b.input('x', [-1, 3]), b.weight('m', [4]), b.weight('v', [4])], ['y']);
  }, /dimension 0 of input 1 is 4 in one and 3 in the other/],
  ['a stride of zero in a convolution', (b) => {
    b.node('conv2d', { ...plain, strides: [0, 1] }, [b.input('x', [-1, 8, 8, 3]), b.weight('k', [3, 3, 3, 8])], ['y']);
  }, /output 0 would have the shape \[-1, Infinity, 8, 8\]/],
  ['a pool of four dimensions', (b) => {
    b.node('max-pool', { kernel: [1, 1, 1, 1], strides: [1, 1, 1, 1], padding: 'valid', activation: 'none' }, [b.input('x', [-1, 3])], ['y']);
  }, /a pool has 1 to 3 spatial dimensions, not 4/],
  ['more of the largest than there are', (b) => {
    b.node('top-k', { k: 5, sorted: true }, [b.input('x', [-1, 3])], ['y', 'z']);
  }, /there are no 5 largest of 3/],
  ['a mirror wider than the image', (b) => {
    b.node('mirror-pad', { paddings: [[0, 0], [3, 0]], mode: 'reflect' }, [b.input('x', [-1, 3])], ['y']);
  }, /3 cells cannot mirror \[3, 0\]/],
  ['blocks that do not divide', (b) => {
    b.node('depth-to-space', { blockSize: 2 }, [b.input('x', [-1, 4, 4, 6])], ['y']);
  }, /6 does not divide into blocks of 4/],
  ['an unstack of another length', (b) => {
    b.node('unstack', { axis: 1 }, [b.input('x', [-1, 3])], ['y', 'z']);
  }, /axis 1 does not give 2 outputs/],
  ['a broadcast to something narrower', (b) => {
    b.node('broadcast-to', { shape: [2] }, [b.input('x', [3, 2])], ['y']);
  }, /has too few dimensions/],
  ['boxes without four corners', (b) => {
    b.node('non-max-suppression', { outputs: 'indices' },
      [b.input('boxes', [-1, 3]), b.input('scores', [-1]), b.integers('n', [], [3]), b.weight('iou', []), b.weight('least', [])], ['y']);
  }, /boxes must have shape \[n, 4\]/],
  ['a step of zero', (b) => {
    b.node('range', {}, [b.integers('from', [], [0]), b.integers('to', [], [3]), b.integers('by', [], [0])], ['y']);
  }, /the step is 0/],
  ['text that is added to numbers', (b) => {
    b.node('add', { activation: 'none' }, [b.input('x', [2]), b.input('t', [2], 'string')], ['y']);
  }, /types float32 and string do not mix/],
  ['an input that nothing gives', (b) => {
    b.node('relu', {}, ['ghost'], ['y']);
  }, /Node "the y" \(relu\) reads "ghost", which nothing before it gives/],
];

describe('a contradiction', () => {
  it.each(broken)('is named: %s', (_, build, message) => {
    const builder = new GraphBuilder();
    build(builder);
    expect(() => inferShapes(builder.build('y'))).toThrow(expect.objectContaining({ name: 'GraphError', message: expect.stringMatching(message) }));
  });
});
