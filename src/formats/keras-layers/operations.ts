/** Bare operations between layers: `keras.ops` of Keras 3, by the name of their class. */
import { applyActivation } from './activation-functions';
import { malformed, refuse, show } from './config';
import { type Flow, type GraphBuilder, NONE } from './graph-builder';
import { type FamilyTable, flowsIn, isFlow, type LayerCall, type LayerFamily, positiveAxis, rankOf, shapeOf } from './lowering';
import { argumentOf, asFloat, operandOf, pairOf, wholeNumber, wholeNumbers } from './operation-arguments';
import { moveOperations } from './operations-movement';
import { reduceOperations } from './operations-reduction';

const UNARY = {
  Relu6: 'relu6',
  Sigmoid: 'sigmoid',
  Tanh: 'tanh',
  Softplus: 'softplus',
  Softsign: 'softsign',
  Silu: 'silu',
  Selu: 'selu',
  HardSigmoid: 'hard-sigmoid',
  HardSilu: 'hard-swish',
  Exp: 'exp',
  Expm1: 'expm1',
  Log: 'log',
  Log1p: 'log1p',
  Sqrt: 'sqrt',
  Rsqrt: 'rsqrt',
  Square: 'square',
  Reciprocal: 'reciprocal',
  Negative: 'neg',
  Absolute: 'abs',
  Abs: 'abs',
  Sign: 'sign',
  Floor: 'floor',
  Ceil: 'ceil',
  Round: 'round',
  Sin: 'sin',
  Cos: 'cos',
  Tan: 'tan',
  Arcsin: 'asin',
  Arccos: 'acos',
  Arctan: 'atan',
  Sinh: 'sinh',
  Cosh: 'cosh',
  Arcsinh: 'asinh',
  Arccosh: 'acosh',
  Arctanh: 'atanh',
  Erf: 'erf',
  Isnan: 'is-nan',
  LogicalNot: 'logical-not',
  ZerosLike: 'zeros-like',
  OnesLike: 'ones-like',
  Relu: 'relu',
  StopGradient: 'identity',
  Identity: 'identity',
} as const;

const BINARY_FUSED = { Add: 'add', Subtract: 'sub', Multiply: 'mul' } as const;
const BINARY = {
  Maximum: 'maximum',
  Minimum: 'minimum',
  Power: 'pow',
  FloorDivide: 'floor-div',
  Mod: 'floor-mod',
  SquaredDifference: 'squared-difference',
  Arctan2: 'atan2',
  Equal: 'equal',
  NotEqual: 'not-equal',
  Less: 'less',
  LessEqual: 'less-equal',
  Greater: 'greater',
  GreaterEqual: 'greater-equal',
  LogicalAnd: 'logical-and',
  LogicalOr: 'logical-or',
  LogicalXor: 'logical-xor',
} as const;

const one = (lower: (call: LayerCall, builder: GraphBuilder) => Flow): LayerFamily => ({ lower: (call, builder) => [lower(call, builder)] });
const inputOf = (call: LayerCall, builder: GraphBuilder): Flow => operandOf(call, builder, 0, ['x']);

/** Functions of `keras.activations` under the names of their operations. */
const ACTIVATIONS = {
  LogSigmoid: 'log_sigmoid',
  Mish: 'mish',
  HardTanh: 'hard_tanh',
  TanhShrink: 'tanh_shrink',
  HardShrink: 'hard_shrink',
  SoftShrink: 'soft_shrink',
  Squareplus: 'squareplus',
  SparsePlus: 'sparse_plus',
  SparseSigmoid: 'sparse_sigmoid',
  Glu: 'glu',
} as const;

/** Settings that change these functions, and the values under which they are the ones above. */
const PLAIN_SETTINGS: Readonly<Record<string, unknown>> = { threshold: 0.5, b: 4, axis: -1 };

const operationTable: FamilyTable = {
  ...Object.fromEntries(Object.entries(UNARY).map(([name, op]) => [name, one((call, builder) => builder.node(op, [floatFor(op, call, builder)], NONE))])),
  ...Object.fromEntries(
    Object.entries(BINARY_FUSED).map(([name, op]) => [name, one((call, builder) => builder.node(op, pairOf(call, builder), { activation: 'none' }))]),
  ),
  ...Object.fromEntries(Object.entries(BINARY).map(([name, op]) => [name, one((call, builder) => builder.node(op, pairOf(call, builder), NONE))])),
  ...Object.fromEntries(Object.entries(ACTIVATIONS).map(([name, activation]) => [name, one((call, builder) => plainActivation(call, builder, activation))])),
  ...reduceOperations,
  ...moveOperations,
  Divide: one(divide),
  TrueDivide: one(divide),
  Gelu: one((call, builder) => builder.node('gelu', [inputOf(call, builder)], { approximate: argumentOf(call, 1, ['approximate']) !== false })),
  Elu: one((call, builder) => builder.node('elu', [inputOf(call, builder)], { alpha: numberAt(call, 1, ['alpha'], 1) })),
  Celu: one((call, builder) => builder.node('elu', [inputOf(call, builder)], { alpha: onlyOne(call, numberAt(call, 1, ['alpha'], 1)) })),
  LeakyRelu: one((call, builder) => builder.node('leaky-relu', [inputOf(call, builder)], { alpha: numberAt(call, 1, ['negative_slope', 'alpha'], 0.2) })),
  Softmax: one((call, builder) => builder.node('softmax', [inputOf(call, builder)], { axis: axisAt(call, 1, -1) })),
  LogSoftmax: one((call, builder) => builder.node('log-softmax', [inputOf(call, builder)], { axis: axisAt(call, 1, -1) })),
  Clip: one(clip),
  Cast: one(cast),
  Where: one((call, builder) => {
    const [condition, a, b] = [operandOf(call, builder, 0, ['condition']), argumentOf(call, 1, ['x1', 'x']), argumentOf(call, 2, ['x2', 'y'])];
    const like = [a, b].find(isFlow);
    const choice = [operandOf(call, builder, 1, ['x1', 'x'], like), operandOf(call, builder, 2, ['x2', 'y'], like)];
    return builder.node('select', [condition, ...choice], NONE);
  }),
  Matmul: one((call, builder) => {
    const [a, b] = pairOf(call, builder);
    return matmul(call, builder, a, b);
  }),
  Einsum: one((call, builder) => {
    const equation = argumentOf(call, -1, ['subscripts', 'equation']);
    if (typeof equation !== 'string' || !/^[A-Za-z]+(,[A-Za-z]+)*->[A-Za-z]*$/.test(equation)) {
      return refuse(call, `has the equation ${show(equation)}; Whittle runs those with letters and an explicit output.`);
    }
    return builder.node('einsum', flowsIn(call.args), { equation });
  }),
  MaxPool: one((call, builder) => pool(call, builder, 'max-pool')),
  AveragePool: one((call, builder) => pool(call, builder, 'average-pool')),
  Normalize: one(normalize),
  Resize: one(resize),
};

export const operationNames: readonly string[] = Object.keys(operationTable);

export function operationFamily(className: string): LayerFamily | undefined {
  return Object.hasOwn(operationTable, className) ? operationTable[className] : undefined;
}

/** Functions of real numbers take floats; those that keep whole numbers whole take what comes. */
function floatFor(op: string, call: LayerCall, builder: GraphBuilder): Flow {
  const x = inputOf(call, builder);
  const keeps = ['abs', 'neg', 'sign', 'square', 'relu', 'identity', 'zeros-like', 'ones-like', 'logical-not', 'is-nan', 'floor', 'ceil', 'round'];
  if (op === 'round' && (argumentOf(call, 1, ['decimals']) ?? 0) !== 0) return refuse(call, 'rounds to decimals; Whittle rounds to whole numbers.');
  return keeps.includes(op) ? x : asFloat(builder, x);
}

function plainActivation(call: LayerCall, builder: GraphBuilder, activation: string): Flow {
  for (const [setting, wanted] of Object.entries(PLAIN_SETTINGS)) {
    const value = argumentOf(call, -1, [setting]) ?? wanted;
    if (value !== wanted) return refuse(call, `has ${setting} = ${show(value)}; Whittle runs ${show(wanted)}.`);
  }
  return applyActivation(call, builder, activation, inputOf(call, builder));
}

function divide(call: LayerCall, builder: GraphBuilder): Flow {
  const [a, b] = pairOf(call, builder);
  return builder.node('div', [asFloat(builder, a), asFloat(builder, b)], { activation: 'none' });
}

function numberAt(call: LayerCall, position: number, names: readonly string[], fallback: number): number {
  const value = argumentOf(call, position, names) ?? fallback;
  return typeof value === 'number' ? value : malformed(call, `has ${names[0]} = ${show(value)}, which is no number.`);
}

function onlyOne(call: LayerCall, alpha: number): number {
  return alpha === 1 ? alpha : refuse(call, `has alpha = ${alpha}; Whittle runs CELU with 1.`);
}

function axisAt(call: LayerCall, position: number, fallback: number): number {
  return wholeNumber(call, argumentOf(call, position, ['axis']) ?? fallback, 'axis');
}

function clip(call: LayerCall, builder: GraphBuilder): Flow {
  const minimum = numberAt(call, 1, ['x_min', 'clip_value_min'], -Infinity);
  const maximum = numberAt(call, 2, ['x_max', 'clip_value_max'], Infinity);
  return builder.node('clip', [inputOf(call, builder)], { minimum, maximum });
}

function cast(call: LayerCall, builder: GraphBuilder): Flow {
  const name = argumentOf(call, 1, ['dtype']);
  const text = typeof name === 'string' ? name : '';
  const dtype = /float/.test(text) ? 'float32' : /^u?int/.test(text) ? 'int32' : text === 'bool' ? 'bool' : null;
  return builder.node('cast', [inputOf(call, builder)], { dtype: dtype ?? refuse(call, `casts to ${show(name)}.`) });
}

function matmul(call: LayerCall, builder: GraphBuilder, a: Flow, b: Flow): Flow {
  const transposeA = argumentOf(call, -1, ['transpose_a']) === true;
  const transposeB = argumentOf(call, -1, ['transpose_b']) === true;
  const ranks = [rankOf(call, a), rankOf(call, b)];
  if (ranks.every((rank) => rank >= 2)) return builder.node('batch-matmul', [a, b], { transposeA, transposeB });
  return refuse(call, `multiplies ranks ${ranks.join(' and ')}; Whittle multiplies matrices.`);
}

function pool(call: LayerCall, builder: GraphBuilder, op: 'max-pool' | 'average-pool'): Flow {
  const x = inputOf(call, builder);
  const dimensions = rankOf(call, x) - 2;
  const spread = (value: unknown, what: string): number[] => {
    const numbers = wholeNumbers(call, value, what);
    return numbers.length === 1 ? new Array<number>(dimensions).fill(numbers[0]!) : numbers;
  };
  const kernel = spread(argumentOf(call, 1, ['pool_size']), 'pool_size');
  const strides = argumentOf(call, 2, ['strides']);
  const padding = argumentOf(call, 3, ['padding']) ?? 'valid';
  const format = argumentOf(call, 4, ['data_format']) ?? 'channels_last';
  if ((padding !== 'same' && padding !== 'valid') || format !== 'channels_last') {
    return refuse(call, `has padding = ${show(padding)} and data_format = ${show(format)}; Whittle runs same, valid and channels_last.`);
  }
  const attributes = { kernel, strides: strides === null || strides === undefined ? kernel : spread(strides, 'strides'), padding, activation: 'none' } as const;
  return builder.node(op, [x], attributes);
}

/** x / max(|x|, epsilon) by the 2-norm. */
function normalize(call: LayerCall, builder: GraphBuilder): Flow {
  const x = inputOf(call, builder);
  const order = argumentOf(call, 2, ['order']) ?? 2;
  if (order !== 2) return refuse(call, `normalizes by the norm of order ${show(order)}; Whittle runs 2.`);
  const rank = rankOf(call, x);
  const axes = wholeNumbers(call, argumentOf(call, 1, ['axis']) ?? -1, 'axis').map((axis) => positiveAxis(call, axis, rank));
  // Keras's epsilon bounds the norm, the operator's its square.
  const epsilon = numberAt(call, 3, ['epsilon'], KERAS_EPSILON);
  return builder.node('l2-normalize', [x], { axes, epsilon: epsilon ** 2 });
}

/** keras.config.epsilon(). */
const KERAS_EPSILON = 1e-7;

function resize(call: LayerCall, builder: GraphBuilder): Flow {
  const x = asFloat(builder, operandOf(call, builder, 0, ['images', 'image']));
  const size = wholeNumbers(call, argumentOf(call, 1, ['size']), 'size');
  const mode = argumentOf(call, 2, ['interpolation', 'method']) ?? 'bilinear';
  const plain = { antialias: false, crop_to_aspect_ratio: false, pad_to_aspect_ratio: false, preserve_aspect_ratio: false };
  for (const [setting, wanted] of Object.entries(plain)) {
    if ((argumentOf(call, -1, [setting]) ?? wanted) !== wanted) return refuse(call, `has ${setting} set, which Whittle does not run.`);
  }
  if (mode !== 'bilinear' && mode !== 'nearest') return refuse(call, `resizes by ${show(mode)}; Whittle runs bilinear and nearest.`);
  const format = argumentOf(call, -1, ['data_format']) ?? 'channels_last';
  if (format !== 'channels_last' || size.length !== 2 || shapeOf(call, x).length !== 4) return refuse(call, 'resizes something else than a batch of pictures with channels last.');
  const attributes = { size: [size[0]!, size[1]!] as const, alignCorners: false, halfPixelCenters: true };
  return builder.node(mode === 'bilinear' ? 'resize-bilinear' : 'resize-nearest', [x], attributes);
}
