/** Picking, scattering and rearranging: by index, between space, depth and batch, and in another size. */
import type { OpAttributes } from '../../ops/signatures';
import type { Execute, Kernel, KernelContext, Tensor } from './kernel';
import { castTo } from './cast';
import { alongAxis } from './few-dimensions';
import { axisOf, readNumbers, withNumbers } from './kernel';
import * as tf from '@tensorflow/tfjs-core';

type Tensor4D = Parameters<typeof tf.image.resizeBilinear>[0] & { rank: 4 };

export const movementKernels = {
  gather: (node) => {
    const { axis, batchDims } = node.attributes;
    return (x: Tensor, indices: Tensor) =>
      tf.tidy(() => tf.gather(x, indices.dtype === 'int32' ? indices : tf.cast(indices, 'int32'), axisOf(axis, x.rank), batchDims));
  },
  'gather-nd': (_node, context) =>
    // The kernels of the graphics backends never free what they reshape.
    context.backend === 'webgl' || context.backend === 'webgpu' ? gatherByRow : (x: Tensor, indices: Tensor) => tf.gatherND(x, indices),
  'scatter-nd': (_node, context) =>
    withNumbers(context, [{ index: 2, known: null }], ([indices, updates], shape) => tf.scatterND(indices!, updates!, [...shape!] as never)),
  'sparse-to-dense': (_node, context) =>
    withNumbers(context, [{ index: 1, known: null }], ([indices, , values, fallback], shape) =>
      tf.sparseToDense(indices!, values!, [...shape!] as never, fallback! as never),
    ),
  reverse: (node, context) => {
    const { axes } = node.attributes;
    const reversed = (x: Tensor): Tensor => {
      if (x.rank <= 4) return tf.reverse(x, axes.map((axis) => axisOf(axis, x.rank)));
      // Kernels take at most four dimensions: one axis at a time between all before and all after it.
      return axes.reduce((value, axis) => alongAxis(value, axisOf(axis, x.rank), (rows) => tf.reverse(rows, 1)), x).clone();
    };
    return (x: Tensor) =>
      // The wasm kernel moves four bytes an element whatever the type, so that flags of one byte would overrun their memory.
      tf.tidy(() => (x.dtype === 'bool' ? castTo(reversed(tf.cast(x, 'int32')), 'bool', context) : reversed(x)));
  },
  'one-hot': (node, context) => {
    const { axis, depth, onValue, offValue } = node.attributes;
    const { dtype } = context.outputs[0]!;
    return (x: Tensor) =>
      tf.tidy(() => {
        // The wasm kernel writes whole numbers whatever type it is asked for: ones and zeros first, then the values.
        const hot: Tensor = tf.oneHot(x.dtype === 'int32' ? x : tf.cast(x, 'int32'), depth, 1, 0, 'int32');
        const last = dtype === 'float32' ? tf.add(tf.mul(castTo(hot, dtype, context), onValue - offValue), offValue) : oneHotIntegers(hot, onValue, offValue);
        const target = axisOf(axis, last.rank);
        if (target === last.rank - 1) return last;
        const order = last.shape.slice(0, -1).map((_, i) => i);
        order.splice(target, 0, last.rank - 1);
        return tf.transpose(last, order);
      });
  },
  'depth-to-space': (node) => (x: Tensor) => tf.depthToSpace(x as never, node.attributes.blockSize, 'NHWC') as Tensor,
  'space-to-depth': (node) => {
    const { blockSize } = node.attributes;
    return (x: Tensor) =>
      tf.tidy(() => {
        const [batch, height, width, channels] = x.shape as [number, number, number, number];
        const blocks = tf.reshape(x, [batch, height / blockSize, blockSize, width / blockSize, blockSize, channels]);
        return tf.reshape(tf.transpose(blocks, [0, 1, 3, 2, 4, 5]), [batch, height / blockSize, width / blockSize, blockSize * blockSize * channels]);
      });
  },
  'space-to-batch': (node) => {
    const { blockShape, paddings } = node.attributes;
    return (x: Tensor) => tf.spaceToBatchND(x, [...blockShape], paddings.map((sides) => [...sides]));
  },
  'batch-to-space': (node) => {
    const { blockShape, crops } = node.attributes;
    return (x: Tensor) => tf.batchToSpaceND(x, [...blockShape], crops.map((sides) => [...sides]));
  },
  'resize-bilinear': (node, context) => resizing(node.attributes, context, tf.image.resizeBilinear),
  'resize-nearest': (node, context) => resizing(node.attributes, context, tf.image.resizeNearestNeighbor),
  'top-k': (node, context): Execute => {
    const { k, sorted } = node.attributes;
    const known = k ?? context.numbers(1)?.[0] ?? null;
    const pick = (x: Tensor, count: number): Tensor[] => {
      const { values, indices } = tf.topk(x, count, sorted);
      return [values, indices];
    };
    if (known !== null) return (x: Tensor) => pick(x, known);
    return async (x: Tensor, count: Tensor) => pick(x, (await readNumbers(count))[0]!);
  },
  where: () => async (condition: Tensor) => [await tf.whereAsync(condition)],
} satisfies { [O in MovementOp]: Kernel<O> };

function oneHotIntegers(hot: Tensor, onValue: number, offValue: number): Tensor {
  return tf.add(tf.mul(hot, tf.scalar(onValue - offValue, 'int32')), tf.scalar(offValue, 'int32'));
}

function resizing(attributes: OpAttributes['resize-bilinear'], context: KernelContext, resize: typeof tf.image.resizeBilinear): Execute {
  const { size, alignCorners, halfPixelCenters } = attributes;
  return withNumbers(context, [{ index: 1, known: size }], ([x], target) =>
    resize(x as Tensor4D, [target![0]!, target![1]!], alignCorners, halfPixelCenters),
  );
}

/** Gathers whole rows: the first dimensions of x, as many as an index has coordinates, are counted as one. */
function gatherByRow(x: Tensor, indices: Tensor): Tensor {
  return tf.tidy(() => {
    const depth = indices.shape.at(-1)!;
    const [counted, rest] = [x.shape.slice(0, depth), x.shape.slice(depth)];
    const strides = counted.map((_, i) => counted.slice(i + 1).reduce((a, b) => a * b, 1));
    const rows = tf.sum(tf.mul(tf.reshape(indices, [-1, depth]), tf.tensor1d(strides, 'int32')), 1);
    const picked = tf.gather(tf.reshape(x, [counted.reduce((a, b) => a * b, 1), rest.reduce((a, b) => a * b, 1)]), tf.cast(rows, 'int32'));
    return tf.reshape(picked, [...indices.shape.slice(0, -1), ...rest]);
  });
}

type MovementOp =
  | 'gather' | 'gather-nd' | 'scatter-nd' | 'sparse-to-dense' | 'reverse' | 'one-hot' | 'depth-to-space' | 'space-to-depth' | 'space-to-batch'
  | 'batch-to-space' | 'resize-bilinear' | 'resize-nearest' | 'top-k' | 'where';
