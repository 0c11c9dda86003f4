/**
 * Elementwise operators: two inputs that broadcast, or one whose shape passes through. Types follow TF.js: two number
 * types give the wider one, transcendental functions give float32.
 */
import { mapContents, sameContents } from './contents';
import type { Definition, OpTable } from './definition';
import { inputType, oneOutput } from './definition';
import { axisOf, broadcastShapes, mergeShapes, upcast } from './dimensions';
import type { DType, OpAttributes } from './signatures';

export const elementwiseOps = {
  // a, b → y
  add: binary('upcast', (a, b) => a + b),
  sub: binary('upcast', (a, b) => a - b),
  mul: binary('upcast', (a, b) => a * b),
  div: binary('upcast', (a, b) => a / b),
  'div-no-nan': binary('upcast', (a, b) => (b === 0 ? 0 : a / b)),
  'floor-div': binary('upcast', (a, b) => Math.floor(a / b)),
  'floor-mod': binary('upcast', (a, b) => a - Math.floor(a / b) * b),
  'truncate-mod': binary('upcast', (a, b) => a % b),
  maximum: binary('upcast', Math.max),
  minimum: binary('upcast', Math.min),
  pow: binary('upcast', Math.pow),
  'squared-difference': binary('upcast', (a, b) => (a - b) ** 2),
  atan2: binary('upcast', Math.atan2),
  equal: binary('bool', (a, b) => Number(a === b)),
  'not-equal': binary('bool', (a, b) => Number(a !== b)),
  less: binary('bool', (a, b) => Number(a < b)),
  'less-equal': binary('bool', (a, b) => Number(a <= b)),
  greater: binary('bool', (a, b) => Number(a > b)),
  'greater-equal': binary('bool', (a, b) => Number(a >= b)),
  'logical-and': binary('bool', (a, b) => Number(a !== 0 && b !== 0)),
  'logical-or': binary('bool', (a, b) => Number(a !== 0 || b !== 0)),
  'logical-xor': binary('bool', (a, b) => Number((a !== 0) !== (b !== 0))),
  select: {
    arity: { minimum: 3, maximum: 3 },
    outputCount: oneOutput,
    shape: (context) => {
      const [condition, a, b] = [inputType(context, 0), inputType(context, 1), inputType(context, 2)];
      const shape = broadcastShapes([condition.shape, a.shape, b.shape], context.fail);
      return [{ dtype: upcast(a.dtype, b.dtype, context.fail), shape }];
    },
    contents: (context) => mapContents(context, (condition, a, b) => (condition !== 0 ? a! : b!)),
  },
  'add-n': {
    arity: { minimum: 1, maximum: Infinity },
    outputCount: oneOutput,
    shape: (context) => {
      const types = context.inputs.map((_, i) => inputType(context, i));
      const dtype = types.map((type) => type.dtype).reduce((a, b) => upcast(a, b, context.fail));
      const shape = types.map((type) => type.shape).reduce((a, b) => mergeShapes(a, b, context.fail, 'the input'));
      return [{ dtype, shape }];
    },
    contents: (context) => mapContents(context, (...values) => values.reduce((a, b) => a + b, 0)),
  },
  prelu: {
    arity: { minimum: 2, maximum: 2 },
    outputCount: oneOutput,
    shape: (context) => [
      { dtype: 'float32', shape: broadcastShapes([inputType(context, 0).shape, inputType(context, 1).shape], context.fail) },
    ],
  },

  // x → y of the same type
  relu: unary('same', (x) => Math.max(x, 0)),
  relu6: unary('same', (x) => Math.min(Math.max(x, 0), 6)),
  'relu-n1-to-1': unary('same', (x) => Math.min(Math.max(x, -1), 1)),
  square: unary('same', (x) => x * x),
  abs: unary('same', Math.abs),
  neg: unary('same', (x) => -x),
  sign: unary('same', Math.sign),
  round: unary('same', roundHalfToEven),
  'zeros-like': unary('same', () => 0),
  'ones-like': unary('same', () => 1),
  clip: {
    ...unary('same'),
    contents: (context) => mapContents(context, (x) => Math.min(Math.max(x!, context.attributes.minimum), context.attributes.maximum)),
  } satisfies Definition<OpAttributes['clip']>,
  identity: { ...unary('same'), contents: sameContents },
  quantize: unary('float32'),
  cast: {
    arity: { minimum: 1, maximum: 1 },
    outputCount: oneOutput,
    shape: (context) => [{ dtype: context.attributes.dtype, shape: inputType(context, 0).shape }],
    contents: (context) => mapContents(context, (x) => x!),
  },

  // x → float32
  'leaky-relu': unary('float32'),
  elu: unary('float32'),
  selu: unary('float32'),
  'thresholded-relu': unary('float32'),
  sigmoid: unary('float32'),
  'hard-sigmoid': unary('float32'),
  'hard-sigmoid-keras2': unary('float32'),
  tanh: unary('float32'),
  softplus: unary('float32'),
  softsign: unary('float32'),
  gelu: unary('float32'),
  silu: unary('float32'),
  'hard-swish': unary('float32'),
  mish: unary('float32'),
  exp: unary('float32', Math.exp),
  expm1: unary('float32', Math.expm1),
  log: unary('float32', Math.log),
  log1p: unary('float32', Math.log1p),
  sqrt: unary('float32', Math.sqrt),
  rsqrt: unary('float32', (x) => 1 / Math.sqrt(x)),
  reciprocal: unary('float32', (x) => 1 / x),
  floor: unary('float32', Math.floor),
  ceil: unary('float32', Math.ceil),
  sin: unary('float32'),
  cos: unary('float32'),
  tan: unary('float32'),
  asin: unary('float32'),
  acos: unary('float32'),
  atan: unary('float32'),
  sinh: unary('float32'),
  cosh: unary('float32'),
  asinh: unary('float32'),
  acosh: unary('float32'),
  atanh: unary('float32'),
  erf: unary('float32'),
  softmax: alongAxis(),
  'log-softmax': alongAxis(),

  // x → bool
  'is-nan': unary('bool'),
  'logical-not': unary('bool', (x) => Number(x === 0)),
} satisfies Partial<OpTable>;

function binary(type: 'upcast' | DType, rule: (a: number, b: number) => number): Definition<unknown> {
  return {
    arity: { minimum: 2, maximum: 2 },
    outputCount: oneOutput,
    shape: (context) => {
      const [a, b] = [inputType(context, 0), inputType(context, 1)];
      const common = upcast(a.dtype, b.dtype, context.fail);
      return [{ dtype: type === 'upcast' ? common : type, shape: broadcastShapes([a.shape, b.shape], context.fail) }];
    },
    // TF.js divides integers towards minus infinity.
    contents: (context) =>
      mapContents(context, (a, b) => (context.outputs[0]!.dtype === 'int32' ? Math.floor(rule(a!, b!)) : rule(a!, b!))),
  };
}

function unary(type: 'same' | DType, rule?: (x: number) => number): Definition<unknown> {
  const definition: Definition<unknown> = {
    arity: { minimum: 1, maximum: 1 },
    outputCount: oneOutput,
    shape: (context) => {
      const { dtype, shape } = inputType(context, 0);
      return [{ dtype: type === 'same' ? dtype : type, shape }];
    },
  };
  return rule ? { ...definition, contents: (context) => mapContents(context, (x) => rule(x!)) } : definition;
}

function alongAxis(): Definition<OpAttributes['softmax']> {
  return {
    arity: { minimum: 1, maximum: 1 },
    outputCount: oneOutput,
    shape: (context) => {
      const { shape } = inputType(context, 0);
      if (shape) axisOf(context.attributes.axis, shape.length, context.fail);
      return [{ dtype: 'float32', shape }];
    },
  };
}

function roundHalfToEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}
