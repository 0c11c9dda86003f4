/**
 * More cases for the executor alone: more than four dimensions, where graphics backends are weakest, and what
 * TensorFlow.js's functions cannot do in one call. Where the common oracle does not know a case, the case brings its own.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { OpCase } from './op-cases';
import { fixed, flags, integers, opCase, ramp, weight, x } from '../ops/cases/op-case';

export interface ExecutorCase {
  readonly opCase: OpCase;
  /** By TensorFlow.js's functions; absent: the common oracle. */
  readonly oracle?: (inputs: readonly tf.Tensor[]) => tf.Tensor[];
}

const noMasks = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 } as const;
const volume = x([2, 4, 3, 5, 3]);
const plain = { strides: [1, 1], padding: 'valid', dilations: [1, 1], activation: 'none' } as const;
const plain3d = { strides: [1, 1, 1], padding: 'valid', dilations: [1, 1, 1], groups: 1, activation: 'none' } as const;
const around = [[1, 0], [0, 1], [1, 1]] as const;
const aroundAll = [[0, 0], [1, 0], [0, 1], [1, 1], [0, 0]] as [number, number][];

export const executorCases: readonly ExecutorCase[] = [
  ...[
    opCase('pad', 'rank 5', { paddings: [[0, 0], [1, 2], [0, 1], [1, 0], [0, 0]], value: 0.5 }, [volume]),
    opCase('mirror-pad', 'rank 5', { paddings: [[0, 0], [1, 2], [0, 1], [1, 0], [0, 0]], mode: 'reflect' }, [volume]),
    opCase('transpose', 'rank 5', { permutation: [0, 4, 2, 1, 3] }, [volume]),
    opCase('slice', 'rank 5', { begin: [0, 1, 0, 2, 1], size: [-1, 2, 2, -1, 2] }, [volume]),
    opCase('strided-slice', 'rank 5', { ...noMasks, begin: [0, 0, 0, 0, 0], end: [2, 4, 3, 5, 3], strides: [1, 2, 1, 2, 1] }, [volume]),
    opCase('concat', 'rank 5', { axis: 2, activation: 'none' }, [volume, x([2, 4, 1, 5, 3])]),
    opCase('stack', 'to rank 5', { axis: 1 }, [x([2, 3, 2, 4]), x([2, 3, 2, 4])]),
    opCase('unstack', 'rank 5', { axis: 1 }, [volume], 4),
    opCase('split', 'rank 5', { axis: -1, sizes: [1, 2] }, [volume]),
    opCase('tile', 'rank 5', { multiples: [1, 2, 1, 2, 1] }, [volume]),
    opCase('gather', 'rank 5', { axis: 3, batchDims: 0 }, [volume, fixed([3], [4, 0, 4])]),
    opCase('add', 'a channel of rank 5', { activation: 'relu' }, [volume, weight([3])]),
    opCase('mul', 'both broadcast at rank 5', { activation: 'none' }, [x([2, 1, 3, 1, 3]), x([4, 1, 5, 1])]),
    opCase('maximum', 'rank 6', {}, [x([2, 1, 2, 1, 3, 2]), x([1, 2, 2, 3, 1, 1])]),
    opCase('select', 'rank 5', {}, [flags([2, 1, 1, 1, 1], [1, 0]), volume, weight([3])]),
    opCase('less', 'rank 5', {}, [volume, weight([5, 1])]),
    opCase('prelu', 'rank 5', {}, [volume, weight([1, 1, 1, 3])]),
    opCase('relu', 'rank 5', {}, [volume]),
    opCase('batch-norm', 'rank 5', { epsilon: 0.001, axis: -1, activation: 'none' }, [volume, weight([3]), weight([3], 'positive'), weight([3]), weight([3])]),
    opCase('mean', 'space of rank 5', { axes: [1, 2, 3], keepDims: false }, [volume]),
    opCase('max', 'rank 5, kept', { axes: [1, 3], keepDims: true }, [volume]),
    opCase('softmax', 'rank 5, axis 1', { axis: 1 }, [volume]),
    opCase('conv2d', 'groups of one channel', { ...plain, groups: 3, padding: 'same' }, [x([2, 5, 5, 3]), weight([3, 3, 1, 6]), weight([6])]),
    opCase('conv2d', 'groups with a kernel that is an input', { ...plain, groups: 2 }, [x([2, 5, 5, 4]), x([3, 3, 2, 6]), weight([6])]),
    opCase('conv1d', 'a kernel that is an input', { strides: [1], padding: 'same', dilations: [1], groups: 1, activation: 'none' }, [x([2, 7, 4]), x([3, 4, 6])]),
    opCase('sin', 'large angles', {}, [x([8], [0, 3.2, -4.8, 6.3, 20, -33.3, 100, 1000])]),
    opCase('cos', 'large angles', {}, [x([8], [0, 3.2, -4.8, 6.3, 20, -33.3, 100, 1000])]),
    opCase('tan', 'all four quarters', {}, [x([6], [0.3, 1.2, 2.2, 3.5, 4.4, 5.5])]),
    opCase('cast', 'flag to flag', { dtype: 'bool' }, [flags([3], [1, 0, 1])]),
    opCase('cast', 'flag to integer', { dtype: 'int32' }, [flags([3], [1, 0, 1])]),
    opCase('concat', 'integers', { axis: 0, activation: 'none' }, [integers([2, 3], ramp(6)), integers([1, 3], [9, 8, 7])]),
    opCase('softplus', 'far from zero', {}, [x([4], [-90, -20, 20, 90])]),
    opCase('elu', 'alpha 2, far from zero', { alpha: 2 }, [x([4], [-90, -1, 1, 90])]),
    opCase('sigmoid', 'far from zero', {}, [x([4], [-90, -20, 20, 90])]),
  ].map((wide) => ({ opCase: wide })),
  {
    opCase: opCase('cast', 'integer to float, then moved', { dtype: 'float32' }, [integers([2, 3, 4], ramp(24))]),
  },
  {
    // TensorFlow.js's own strided slice gives too few numbers here.
    opCase: opCase('strided-slice', 'rank 5, backwards, shrunk and with a new axis', { ...noMasks, begin: [0, 1, -1, 0, -1], end: [0, 0, 0, 0, 0], strides: [1, 1, -1, 1, -2], beginMask: 1, endMask: 0b11101, newAxisMask: 0b1000, shrinkAxisMask: 0b10 }, [volume]),
    oracle: ([value]) => {
      const row = tf.reverse(tf.slice(value!, [0, 1, 0, 0, 0], [-1, 1, -1, -1, -1]), [2, 3]);
      return [tf.reshape(tf.gather(row, tf.tensor1d([0, 2, 4], 'int32'), 3), [2, 3, 1, 3, 3])];
    },
  },
  {
    opCase: opCase('conv3d', 'explicit padding', { ...plain3d, padding: around }, [volume, weight([2, 2, 2, 3, 4]), weight([4])]),
    oracle: ([value, kernel, bias]) => [tf.add(tf.conv3d(tf.pad(value!, aroundAll) as tf.Tensor5D, kernel as tf.Tensor5D, 1, 'valid'), bias!)],
  },
  {
    opCase: opCase('conv3d', 'two groups', { ...plain3d, groups: 2 }, [x([1, 4, 4, 4, 4]), weight([2, 2, 2, 2, 6])]),
    oracle: ([value, kernel]) => {
      const kernels = tf.split(kernel!, 2, -1);
      return [tf.concat(tf.split(value!, 2, -1).map((part, i): tf.Tensor => tf.conv3d(part as tf.Tensor5D, kernels[i] as tf.Tensor5D, 1, 'valid')), -1)];
    },
  },
  {
    opCase: opCase('max-pool', '3d explicit padding', { kernel: [2, 2, 2], strides: [2, 2, 2], padding: around, activation: 'none' }, [volume]),
    oracle: ([value]) => [tf.maxPool3d(tf.pad(value!, aroundAll, -1e30) as tf.Tensor5D, 2, 2, 'valid')],
  },
  {
    opCase: opCase('average-pool', '3d explicit padding', { kernel: [2, 2, 2], strides: [2, 2, 2], padding: around, activation: 'none' }, [volume]),
    oracle: ([value]) => {
      const average = (cells: tf.Tensor): tf.Tensor => tf.avgPool3d(tf.pad(cells, aroundAll) as tf.Tensor5D, 2, 2, 'valid');
      return [tf.div(average(value!), average(tf.onesLike(value!)))];
    },
  },
  {
    // The transposed convolution is the gradient of the convolution that it mirrors: its definition.
    opCase: opCase('transpose-conv2d', 'dilated', { ...plain, dilations: [2, 2], outputPadding: null }, [x([1, 4, 5, 2]), weight([3, 2, 3, 2])]),
    oracle: ([value, kernel]) => {
      // A dilated kernel is a kernel with zeros between its cells.
      const spread = tf.tensor(spreadKernel(kernel!), [5, 3, 3, 2]);
      return [tf.conv2dTranspose(value as tf.Tensor4D, spread as tf.Tensor4D, [1, 8, 7, 3], 1, 'valid')];
    },
  },
  {
    opCase: opCase('transpose-conv2d', 'same, stride 2, dilated by definition', { ...plain, strides: [2, 3], padding: 'same', dilations: [1, 2], outputPadding: null }, [x([1, 4, 3, 2]), weight([3, 1, 3, 2])]),
    oracle: ([value, kernel]) => [tf.conv2dTranspose(value as tf.Tensor4D, kernel as tf.Tensor4D, [1, 8, 9, 3], [2, 3], 'same')],
  },
];

/** [3, 2, O, I] with dilation 2 → [5, 3, O, I]. */
function spreadKernel(kernel: tf.Tensor): number[][][][] {
  const cells = kernel.arraySync() as number[][][][];
  const empty = cells[0]![0]!.map((row) => row.map(() => 0));
  return Array.from({ length: 5 }, (_, i) => Array.from({ length: 3 }, (_unused, j) => (i % 2 === 0 && j % 2 === 0 ? cells[i / 2]![j / 2]! : empty)));
}
