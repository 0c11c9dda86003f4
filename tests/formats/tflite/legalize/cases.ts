/** Forms that the operators' own cases leave out and that need rules. */
import type { OpCase } from '../../../ops/cases/op-case';
import { fixed, flags, integers, opCase, ramp, weight, x } from '../../../ops/cases/op-case';

const noMasks = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 } as const;
const plain = { strides: [1, 1], padding: 'valid', dilations: [1, 1] } as const;
const recurrent = { activation: 'tanh', returnSequences: false, goBackwards: false, zeroOutputForMask: false } as const;
const gated = { ...recurrent, recurrentActivation: 'sigmoid' } as const;
const mask = flags([2, 4], [1, 1, 1, 0, 1, 0, 1, 1]);
const wide = [-90, -30, -12, -3, -1e-3, -1e-7, 0, 1e-7, 1e-3, 0.5, 3, 12, 30, 80];

export const legalizeCases: readonly OpCase[] = [
  ...(['softplus', 'mish', 'silu', 'selu', 'softsign', 'hard-sigmoid', 'hard-sigmoid-keras2', 'erf', 'expm1', 'asinh', 'atan'] as const).map((op) =>
    opCase(op, 'far and near zero', {}, [x([wide.length], wide)]),
  ),
  opCase('sinh', 'near zero', {}, [x([5], [-1e-3, -1e-6, 0, 1e-6, 0.1])]),
  opCase('log1p', 'near zero', {}, [x([6], [-0.9, -1e-3, -1e-8, 0, 1e-8, 1e-3])]),
  opCase('atanh', 'near zero', {}, [x([5], [-1e-3, -1e-6, 0, 1e-6, 1e-3])]),
  opCase('acosh', 'near one', {}, [x([3], [1.0001, 1.01, 50])]),
  opCase('relu', 'whole numbers', {}, [integers([3], [-2, 0, 5])]),
  opCase('square', 'whole numbers', {}, [integers([3], [-2, 0, 5])]),
  opCase('exp', 'whole numbers', {}, [integers([3], [-2, 0, 3])]),
  opCase('clip', 'from zero on', { minimum: 0, maximum: Infinity }, [x([2, 3])]),
  opCase('clip', 'zero to six', { minimum: 0, maximum: 6 }, [x([4], [-1, 2, 6, 9])]),
  opCase('clip', 'whole numbers', { minimum: -1, maximum: 3 }, [integers([4], [-5, 0, 3, 7])]),
  opCase('add', 'five dimensions, runs alike', { activation: 'none' }, [x([2, 3, 2, 3, 2]), x([2, 1, 1, 3, 2])]),
  opCase('mul', 'five dimensions, none alike', { activation: 'none' }, [x([2, 1, 2, 1, 2]), x([1, 3, 1, 2, 1])]),
  opCase('add', 'sigmoid after', { activation: 'sigmoid' }, [x([2, 3]), x([2, 3])]),
  opCase('concat', 'one', { axis: 1, activation: 'none' }, [x([2, 3])]),
  opCase('concat', 'elu after', { axis: 1, activation: 'elu' }, [x([2, 3]), x([2, 1])]),
  opCase('softmax', 'five dimensions', { axis: -1 }, [x([1, 2, 1, 2, 3])]),
  opCase('softmax', 'axis 1 of five', { axis: 1 }, [x([1, 2, 1, 2, 3])]),
  opCase('l2-normalize', 'another epsilon', { axes: [-1], epsilon: 0.5 }, [x([2, 3])]),
  opCase('batch-norm', 'computed parameters', { epsilon: 0.001, axis: 1, activation: 'relu' }, [x([2, 3, 2, 2]), x([3]), x([3], 'positive'), x([3]), x([3])]),
  opCase('max-pool', '2d explicit padding that is SAME', { kernel: [3, 3], strides: [1, 1], padding: [[1, 1], [1, 1]], activation: 'none' }, [x([1, 5, 5, 2])]),
  opCase('average-pool', '2d explicit padding, stride 2, relu', { kernel: [3, 2], strides: [2, 1], padding: [[2, 1], [0, 1]], activation: 'relu' }, [x([2, 6, 5, 2])]),
  opCase('average-pool', '1d explicit padding', { kernel: [3], strides: [2], padding: [[2, 1]], activation: 'none' }, [x([2, 6, 2])]),
  opCase('max-pool', '3d same', { kernel: [2, 3, 2], strides: [2, 1, 2], padding: 'same', activation: 'relu' }, [x([2, 3, 5, 4, 2])]),
  opCase('average-pool', '3d valid', { kernel: [2, 3, 2], strides: [2, 1, 2], padding: 'valid', activation: 'none' }, [x([2, 3, 5, 4, 2])]),
  opCase('conv2d', 'explicit padding that is SAME', { ...plain, padding: [[1, 1], [1, 1]], groups: 1, activation: 'sigmoid' }, [x([1, 5, 5, 2]), weight([3, 3, 2, 3]), weight([3])]),
  opCase('conv1d', 'sigmoid', { strides: [1], padding: 'same', dilations: [2], groups: 1, activation: 'sigmoid' }, [x([2, 9, 3]), weight([3, 3, 4]), weight([4])]),
  opCase('einsum', 'a sum', { equation: 'abc->b' }, [x([2, 3, 4])]),
  opCase('strided-slice', 'new axis at the end', { ...noMasks, begin: [0, -1, 0], end: [0, 0, 0], strides: [1, 1, 1], beginMask: 1, endMask: 1, shrinkAxisMask: 2, newAxisMask: 4 }, [x([2, 5, 3])]),
  opCase('strided-slice', 'ellipsis, last cell', { ...noMasks, begin: [0, -1], end: [0, 0], strides: [1, 1], ellipsisMask: 1, shrinkAxisMask: 2 }, [x([2, 3, 4])]),
  opCase('strided-slice', 'ellipsis, backwards', { ...noMasks, begin: [0, 0], end: [0, 0], strides: [1, -1], ellipsisMask: 1, beginMask: 2, endMask: 2 }, [x([2, 3, 4])]),
  opCase('transpose', 'six dimensions', { permutation: [2, 3, 0, 1, 5, 4] }, [x([2, 1, 3, 2, 2, 2])]),
  opCase('cumprod', 'seven, reverse', { axis: 1, exclusive: false, reverse: true }, [x([2, 7])]),
  opCase('cumprod', 'axis 0, exclusive', { axis: 0, exclusive: true, reverse: false }, [x([3, 2])]),
  opCase('stack', 'flags', { axis: 1 }, [flags([2], [1, 0]), flags([2], [1, 1])]),
  opCase('div', 'whole numbers, relu', { activation: 'relu' }, [integers([4], [7, -7, 8, 9]), integers([4], [2, 2, 3, -4])]),
  opCase('select', 'two types', {}, [flags([2], [1, 0]), integers([2], [3, 4]), x([2])]),
  opCase('sum', 'flags', { axes: [1], keepDims: false }, [flags([2, 2], [1, 0, 1, 1])]),
  opCase('mean', 'whole numbers', { axes: [1], keepDims: false }, [integers([2, 3], ramp(6))]),
  opCase('gather', 'of an activation', { axis: 1, batchDims: 0 }, [x([2, 3, 2]), fixed([2], [2, 0])]),
  opCase('atan2', 'a scalar', {}, [x([2, 3]), weight([], [2])]),
  opCase('lstm', 'sequences and states', { ...gated, returnSequences: true }, [x([2, 6, 3]), weight([3, 20]), weight([5, 20]), weight([20])], 2),
  opCase('lstm', 'last, all states', gated, [x([2, 6, 3]), weight([3, 20]), weight([5, 20]), weight([20])]),
  opCase('lstm', 'one output, no bias', gated, [x([2, 6, 3]), weight([3, 20]), weight([5, 20])], 1),
  opCase('lstm', 'one output, backwards', { ...gated, goBackwards: true, returnSequences: true }, [x([1, 6, 3]), weight([3, 20]), weight([5, 20]), weight([20])], 1),
  opCase('lstm', 'one step', gated, [x([2, 1, 3]), weight([3, 20]), weight([5, 20]), weight([20])]),
  opCase('lstm', 'masked, initial states', gated, [x([2, 4, 3]), weight([3, 20]), weight([5, 20]), weight([20]), mask, x([2, 5]), x([2, 5])]),
  opCase('gru', 'reset before, masked', { ...gated, resetAfter: false }, [x([2, 4, 3]), weight([3, 15]), weight([5, 15]), weight([15]), mask]),
  opCase('gru', 'softplus and hard sigmoid', { ...gated, activation: 'softplus', recurrentActivation: 'hard-sigmoid-keras2', resetAfter: false }, [x([2, 4, 3]), weight([3, 15]), weight([5, 15]), weight([15])]),
  ...(['linear', 'relu', 'elu', 'selu', 'softsign', 'softmax'] as const).map((activation) =>
    opCase('simple-rnn', activation, { ...recurrent, activation }, [x([2, 3, 3]), weight([3, 5]), weight([5, 5]), weight([5])]),
  ),
  opCase('simple-rnn', 'backwards, sequences', { ...recurrent, goBackwards: true, returnSequences: true }, [x([2, 3, 3]), weight([3, 5]), weight([5, 5]), weight([5])]),
  opCase('conv-lstm2d', 'backwards', { ...gated, goBackwards: true, strides: [1, 1], padding: 'same', dilations: [1, 1] }, [
    x([2, 3, 4, 5, 2]), weight([2, 2, 2, 12]), weight([2, 2, 3, 12]), weight([12]),
  ]),
];
