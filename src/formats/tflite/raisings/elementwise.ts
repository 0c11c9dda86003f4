/** Arithmetic, comparisons and functions of single numbers. */
import type { DType, OpAttributes, OpName } from '../../../ops/signatures';
import { withActivation } from '../raise-activation';
import { castTypes, type RaisingOf, type RaisingContext, type Raisings } from '../raise-context';
import { emitReshape } from '../raise-shape';

type Without = { [O in OpName]: OpAttributes[O] extends OpAttributes['relu'] ? O : never }[OpName];

/** Operators of one input that take and give float32. */
const floatFunctions = {
  sigmoid: 'LOGISTIC', tanh: 'TANH', 'hard-swish': 'HARD_SWISH', exp: 'EXP', log: 'LOG', sqrt: 'SQRT', rsqrt: 'RSQRT', floor: 'FLOOR',
  ceil: 'CEIL', sin: 'SIN', cos: 'COS',
} as const satisfies Partial<Record<Without, string>>;

/** Those that have kernels for int32 as well. */
const numberFunctions = { abs: 'ABS', neg: 'NEG', sign: 'SIGN' } as const satisfies Partial<Record<Without, string>>;

const arithmetic = { add: 'ADD', sub: 'SUB', mul: 'MUL', div: 'DIV' } as const;

/** Of two inputs of one type. */
const pairFunctions = {
  'floor-div': 'FLOOR_DIV', 'floor-mod': 'FLOOR_MOD', maximum: 'MAXIMUM', minimum: 'MINIMUM', pow: 'POW',
  'squared-difference': 'SQUARED_DIFFERENCE',
} as const satisfies Partial<Record<Without, string>>;

const comparisons = {
  equal: 'EQUAL', 'not-equal': 'NOT_EQUAL', less: 'LESS', 'less-equal': 'LESS_EQUAL', greater: 'GREATER', 'greater-equal': 'GREATER_EQUAL',
} as const satisfies Partial<Record<Without, string>>;

const logical = { 'logical-and': 'LOGICAL_AND', 'logical-or': 'LOGICAL_OR' } as const satisfies Partial<Record<Without, string>>;

const numbers: readonly DType[] = ['bool', 'int32', 'float32'];

export const elementwiseRaisings: Raisings = {
  ...each(floatFunctions, (op): RaisingOf<unknown> => (_, context) => context.emit(op, [context.as(0, 'float32')], [context.y()])),
  ...each(numberFunctions, (op): RaisingOf<unknown> => (_, context) => context.emit(op, [context.x(0)], [context.y()])),
  ...each(pairFunctions, (op): RaisingOf<unknown> => (_, context) => context.emit(op, context.operands(), [context.y()])),
  ...each(comparisons, (op): RaisingOf<unknown> => (_, context) => context.emit(op, alike(context), [context.y()])),
  ...each(logical, (op): RaisingOf<unknown> => (_, context) => context.emit(op, [context.as(0, 'bool'), context.as(1, 'bool')], [context.y()])),
  ...each(arithmetic, (op): RaisingOf<OpAttributes['add']> => ({ attributes }, context) => {
    const inputs = context.operands();
    withActivation(context, attributes.activation, (output, fused) =>
      context.emit(op, inputs, [output], {
        fusedActivationFunction: fused,
        // Scales need not be powers of two: the older int16 kernels wanted that.
        ...(op === 'ADD' || op === 'SUB' ? { potScaleInt16: false } : {}),
      }),
    );
  }),

  relu: clamp('RELU', 0, null),
  relu6: clamp('RELU6', 0, 6),
  'relu-n1-to-1': clamp('RELU_N1_TO_1', -1, 1),
  'leaky-relu': ({ attributes }, context) =>
    context.emit('LEAKY_RELU', [context.as(0, 'float32')], [context.y()], { alpha: attributes.alpha }),
  prelu: (_, context) => context.emit('PRELU', [context.as(0, 'float32'), context.x(1)], [context.y()]),
  elu({ attributes }, context) {
    if (attributes.alpha !== 1) context.refuse(`its alpha is ${attributes.alpha}, and TensorFlow Lite's is 1`);
    context.emit('ELU', [context.as(0, 'float32')], [context.y()]);
  },
  gelu: ({ attributes }, context) =>
    context.emit('GELU', [context.as(0, 'float32')], [context.y()], { approximate: attributes.approximate }),
  softmax({ attributes }, context) {
    lastAxis(context, attributes.axis);
    context.emit('SOFTMAX', [context.as(0, 'float32')], [context.y()], { beta: 1 });
  },
  'log-softmax'({ attributes }, context) {
    lastAxis(context, attributes.axis);
    context.emit('LOG_SOFTMAX', [context.as(0, 'float32')], [context.y()]);
  },
  square(_, context) {
    const x = context.x(0);
    if (context.dtype(0) === 'float32' && !context.isInteger) context.emit('SQUARE', [x], [context.y()]);
    else context.emit('MUL', [x, x], [context.y()]);
  },
  round(_, context) {
    if (context.dtype(0) === 'float32') context.emit('ROUND', [context.x(0)], [context.y()]);
    else emitReshape(context, context.x(0), context.y(), context.outputShape(0));
  },
  atan2(_, context) {
    const shape = context.outputShape(0);
    const broadcast = [0, 1].map((i) => {
      const input = context.as(i, 'float32');
      if (context.shape(i).length === shape.length && context.shape(i).every((size, axis) => size === shape[axis])) return input;
      if (shape.includes(-1)) return context.refuse(`its output shape [${shape.join(', ')}] is not known before it runs`);
      const whole = context.inner('float32', shape);
      context.emit('BROADCAST_TO', [input, context.integers(shape)], [whole]);
      return whole;
    });
    context.emit('ATAN2', broadcast, [context.y()]);
  },
  select(_, context) {
    const dtype = numbers[Math.max(numbers.indexOf(context.dtype(1)), numbers.indexOf(context.dtype(2)))]!;
    context.emit('SELECT_V2', [context.as(0, 'bool'), context.as(1, dtype), context.as(2, dtype)], [context.y()]);
  },
  'add-n'({ inputs }, context) {
    if (inputs.length === 1) emitReshape(context, context.x(0), context.y(), context.outputShape(0));
    else if (inputs.length === 2) context.emit('ADD', context.operands(), [context.y()], { potScaleInt16: false });
    else if (context.isInteger) context.refuse('TensorFlow Lite adds two integer tensors at a time');
    else context.emit('ADD_N', context.operands(), [context.y()]);
  },
  'logical-not': (_, context) => context.emit('LOGICAL_NOT', [context.as(0, 'bool')], [context.y()]),
  'zeros-like': (_, context) => context.emit('ZEROS_LIKE', [context.x(0)], [context.y()]),
  cast(node, context) {
    const [from, to] = [context.dtype(0), node.attributes.dtype];
    if (from === 'string' || to === 'string') context.refuse('strings are not written');
    context.emit('CAST', [context.x(0)], [context.y()], castTypes(from, to));
  },
  bucketize: ({ attributes }, context) =>
    context.emit('BUCKETIZE', [context.as(0, 'float32')], [context.y()], { boundaries: attributes.boundaries }),
  quantize(_, context) {
    const [from, to] = [context.grid(0), context.outputGrid(0)];
    if (!from && !to) emitReshape(context, context.x(0), context.y(), context.outputShape(0));
    else context.emit(to ? 'QUANTIZE' : 'DEQUANTIZE', [context.x(0)], [context.y()]);
  },
};

/** Whole numbers have no kernel of their own: a maximum and a minimum do the same. */
function clamp(op: string, lowest: number, highest: number | null): RaisingOf<unknown> {
  return (_, context) => {
    if (context.dtype(0) !== 'int32') return context.emit(op, [context.x(0)], [context.y()]);
    const raised = highest === null ? context.y() : context.inner('int32', context.outputShape(0));
    context.emit('MAXIMUM', [context.x(0), context.integers([lowest], [])], [raised]);
    if (highest !== null) context.emit('MINIMUM', [raised, context.integers([highest], [])], [context.y()]);
  };
}

/** Both inputs of a comparison in the wider type of the two. */
function alike(context: RaisingContext): readonly number[] {
  const dtype = numbers[Math.max(numbers.indexOf(context.dtype(0)), numbers.indexOf(context.dtype(1)))];
  if (!dtype) return context.refuse('strings are not written');
  return [context.as(0, dtype), context.as(1, dtype)];
}

function lastAxis(context: RaisingContext, axis: number): void {
  const rank = context.shape(0).length;
  if (axis !== -1 && axis !== rank - 1) context.refuse(`TensorFlow Lite computes it over the last axis only, not over axis ${axis}`);
}

function each<O extends OpName, R>(operators: Readonly<Record<O, string>>, make: (op: string) => R): { readonly [K in O]: R } {
  return Object.fromEntries(Object.entries<string>(operators).map(([op, name]) => [op, make(name)])) as { readonly [K in O]: R };
}
