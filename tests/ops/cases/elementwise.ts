/** Elementwise operators with two inputs and with one. */
import type { OpAttributes } from '../../../src/ops/signatures';
import type { OpCase } from './op-case';
import { flags, integers, opCase, ramp, weight, x } from './op-case';

const fused = ['add', 'sub', 'mul', 'div'] as const;
const floats = ['maximum', 'minimum', 'squared-difference', 'atan2', 'div-no-nan'] as const;
const wholes = ['floor-div', 'floor-mod', 'truncate-mod'] as const;
const comparisons = ['equal', 'not-equal', 'less', 'less-equal', 'greater', 'greater-equal'] as const;
const logicals = ['logical-and', 'logical-or', 'logical-xor'] as const;
type WithoutAttributes = { [O in keyof OpAttributes]: OpAttributes[O] extends OpAttributes['relu'] ? O : never }[keyof OpAttributes];
const anyNumber = [
  'relu', 'relu6', 'relu-n1-to-1', 'selu', 'sigmoid', 'hard-sigmoid', 'hard-sigmoid-keras2', 'tanh', 'softplus', 'softsign', 'silu',
  'hard-swish', 'mish', 'exp', 'expm1', 'square', 'abs', 'neg', 'sign', 'floor', 'ceil', 'round', 'sin', 'cos', 'tan', 'atan', 'sinh',
  'cosh', 'asinh', 'erf', 'is-nan', 'zeros-like', 'ones-like', 'identity', 'quantize',
] as const satisfies readonly WithoutAttributes[];
const positives = ['log', 'log1p', 'sqrt', 'rsqrt', 'reciprocal'] as const;
const belowOne = ['asin', 'acos', 'atanh'] as const;

export const elementwiseCases: readonly OpCase[] = [
  ...fused.flatMap((op) => [
    opCase(op, 'same shapes', { activation: 'none' }, [x([2, 3, 4]), x([2, 3, 4], 'positive')]),
    opCase(op, 'a row, relu', { activation: 'relu' }, [x([2, 3, 4]), weight([4], 'positive')]),
    opCase(op, 'both broadcast', { activation: 'none' }, [x([2, 1, 4]), x([3, 1], 'positive')]),
    opCase(op, 'a scalar', { activation: 'none' }, [x([2, 3]), weight([], [0.5])]),
  ]),
  opCase('add', 'integers', { activation: 'none' }, [integers([2, 3], ramp(6)), integers([3], [5, -7, 2])]),
  opCase('mul', 'an integer and a float', { activation: 'none' }, [integers([2, 3], ramp(6)), x([2, 3])]),
  opCase('div', 'integers', { activation: 'none' }, [integers([4], [7, -7, 8, 9]), integers([4], [2, 2, 3, -4])]),
  ...floats.flatMap((op) => [
    opCase(op, 'same shapes', {}, [x([2, 3, 4]), x([2, 3, 4])]),
    opCase(op, 'broadcast', {}, [x([2, 3, 4]), weight([3, 1])]),
  ]),
  opCase('div-no-nan', 'by zero', {}, [x([4], [1, 0, -3, 5]), x([4], [0, 0, 2, 4])]),
  opCase('pow', 'of positives', {}, [x([2, 3], 'positive'), x([3])]),
  opCase('pow', 'a square', {}, [x([2, 3]), weight([], [2])]),
  ...wholes.flatMap((op) => [
    opCase(op, 'floats of both signs', {}, [x([6], [7, -7, 7, -7, 5.5, -5.5]), x([6], [3, 3, -3, -3, 2, 2])]),
    opCase(op, 'integers', {}, [integers([2, 2], [7, -7, 7, -8]), integers([2], [3, -3])]),
  ]),
  ...comparisons.flatMap((op) => [
    opCase(op, 'integers', {}, [integers([2, 3], ramp(6)), integers([3], [1, 1, 5])]),
    opCase(op, 'floats with a scalar', {}, [x([2, 3]), weight([], [0])]),
  ]),
  ...logicals.map((op) => opCase(op, 'broadcast', {}, [flags([2, 2], [0, 1, 0, 1]), flags([2, 1], [0, 1])])),
  opCase('select', 'same shapes', {}, [flags([2, 2], [1, 0, 0, 1]), x([2, 2]), x([2, 2])]),
  opCase('select', 'broadcast', {}, [flags([2, 1, 1], [1, 0]), x([2, 3, 4]), weight([4])]),
  opCase('add-n', 'three', {}, [x([2, 3]), x([2, 3]), x([2, 3])]),
  opCase('add-n', 'one', {}, [x([2, 3])]),
  opCase('prelu', 'alpha for each channel', {}, [x([2, 3, 4]), weight([4])]),
  opCase('prelu', 'alpha shared in space', {}, [x([2, 3, 3, 4]), weight([1, 1, 4])]),

  ...anyNumber.map((op) => opCase(op, 'rank 3', {}, [x([2, 3, 4])])),
  ...positives.map((op) => opCase(op, 'positive numbers', {}, [x([2, 3, 4], 'positive')])),
  ...belowOne.map((op) => opCase(op, 'between −1 and 1', {}, [x([2, 3, 4], 'uniform')])),
  opCase('acosh', 'from 1 on', {}, [x([5], [1, 1.5, 2, 3, 10])]),
  opCase('abs', 'integers', {}, [integers([2, 3], [-3, -2, -1, 0, 1, 2])]),
  opCase('round', 'halves', {}, [x([6], [0.5, 1.5, 2.5, -0.5, -1.5, 2.4])]),
  opCase('relu6', 'above 6', {}, [x([4], [-1, 3, 6, 9])]),
  opCase('is-nan', 'with one', {}, [x([3], [1, Number.NaN, 0])]),
  opCase('logical-not', 'flags', {}, [flags([2, 2], [0, 1, 1, 0])]),
  opCase('leaky-relu', 'alpha 0.3', { alpha: 0.3 }, [x([2, 3, 4])]),
  opCase('elu', 'alpha 1', { alpha: 1 }, [x([2, 3, 4])]),
  opCase('elu', 'alpha 0.5', { alpha: 0.5 }, [x([2, 3, 4])]),
  opCase('thresholded-relu', 'theta 0.5', { theta: 0.5 }, [x([2, 3, 4])]),
  opCase('gelu', 'exact', { approximate: false }, [x([2, 3, 4])]),
  opCase('gelu', 'approximate', { approximate: true }, [x([2, 3, 4])]),
  opCase('clip', 'both ends', { minimum: -0.5, maximum: 0.75 }, [x([2, 3, 4])]),
  opCase('cast', 'float to integer', { dtype: 'int32' }, [x([5], [1.7, -1.7, 0, 3.2, -0.4])]),
  opCase('cast', 'integer to float', { dtype: 'float32' }, [integers([2, 2], [1, -2, 3, 4])]),
  opCase('cast', 'flag to float', { dtype: 'float32' }, [flags([3], [1, 0, 1])]),
  opCase('cast', 'float to flag', { dtype: 'bool' }, [x([3], [0, 1, -2])]),
  opCase('softmax', 'last axis', { axis: -1 }, [x([2, 3, 4])]),
  opCase('softmax', 'axis 1', { axis: 1 }, [x([2, 3, 4])]),
  opCase('log-softmax', 'last axis', { axis: -1 }, [x([2, 3, 4])]),
  opCase('log-softmax', 'axis 1', { axis: 1 }, [x([2, 3, 4])]),
];
