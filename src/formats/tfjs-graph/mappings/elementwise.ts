/** Arithmetic, comparison and mathematics, element by element. Most are the same operator by another name. */
import type { ValueId } from '../../../ir/graph';
import { float32Tensor } from '../../../ir/tensor';
import type { OpAttributes, OpName } from '../../../ops/signatures';
import type { GraphBuilder, Mapping, Mappings, TfNode } from '../graph-builder';
import { readScaled, readShifted } from '../read-codes';

/** The operators that take no attributes, or an activation only. */
type Plain = { [O in OpName]: Record<string, never> extends OpAttributes[O] ? O : never }[OpName];

export const elementwiseMappings: Mappings = {
  // a, b → y
  Add: fusable('add'),
  AddV2: fusable('add'),
  BiasAdd: fusable('add'),
  Sub: (node, builder) => readShifted(node, builder) ?? fusable('sub')(node, builder),
  Mul: (node, builder) => readScaled(node, builder) ?? fusable('mul')(node, builder),
  RealDiv: fusable('div'),
  Div: fusable('div'),
  DivNoNan: plain('div-no-nan', 2),
  FloorDiv: plain('floor-div', 2),
  FloorMod: plain('floor-mod', 2),
  // TensorFlow.js runs both by one kernel, the floored remainder.
  Mod: plain('floor-mod', 2),
  Maximum: plain('maximum', 2),
  Minimum: plain('minimum', 2),
  Pow: plain('pow', 2),
  SquaredDifference: plain('squared-difference', 2),
  Atan2: plain('atan2', 2),
  Equal: plain('equal', 2),
  NotEqual: plain('not-equal', 2),
  Less: plain('less', 2),
  LessEqual: plain('less-equal', 2),
  Greater: plain('greater', 2),
  GreaterEqual: plain('greater-equal', 2),
  LogicalAnd: plain('logical-and', 2),
  LogicalOr: plain('logical-or', 2),
  LogicalXor: plain('logical-xor', 2),
  Select: plain('select', 3),
  SelectV2: plain('select', 3),
  AddN: (node, builder) => [builder.emit(node, 'add-n', node.inputs, {})],

  // x → y
  Relu: plain('relu'),
  Relu6: plain('relu6'),
  Selu: plain('selu'),
  Sigmoid: plain('sigmoid'),
  Tanh: plain('tanh'),
  Softplus: plain('softplus'),
  Softsign: plain('softsign'),
  Exp: plain('exp'),
  Expm1: plain('expm1'),
  Log: plain('log'),
  Log1p: plain('log1p'),
  Sqrt: plain('sqrt'),
  Rsqrt: plain('rsqrt'),
  Square: plain('square'),
  Reciprocal: plain('reciprocal'),
  Abs: plain('abs'),
  Neg: plain('neg'),
  Sign: plain('sign'),
  Floor: plain('floor'),
  Ceil: plain('ceil'),
  Round: plain('round'),
  Sin: plain('sin'),
  Cos: plain('cos'),
  Tan: plain('tan'),
  Asin: plain('asin'),
  Acos: plain('acos'),
  Atan: plain('atan'),
  Sinh: plain('sinh'),
  Cosh: plain('cosh'),
  Asinh: plain('asinh'),
  Acosh: plain('acosh'),
  Atanh: plain('atanh'),
  Erf: plain('erf'),
  IsNan: plain('is-nan'),
  LogicalNot: plain('logical-not'),
  ZerosLike: plain('zeros-like'),
  OnesLike: plain('ones-like'),
  Elu: (node, builder) => [builder.emit(node, 'elu', [node.input(0)], { alpha: 1 })],
  LeakyRelu: (node, builder) => [
    builder.emit(node, 'leaky-relu', [node.input(0)], { alpha: node.attributes.float('alpha', 0.2) }),
  ],
  Prelu: plain('prelu', 2),
  ClipByValue: clipByValue,
  // |x| = ∞
  IsInf: (node, builder) => {
    const absolute = builder.emit(node, 'abs', [node.input(0)], {}, 'absolute');
    return [builder.emit(node, 'equal', [absolute, scalar(node, builder, 'infinity', Number.POSITIVE_INFINITY)], {})];
  },
  // x − x is 0 for every finite x, and not a number for all others.
  IsFinite: (node, builder) => {
    const difference = builder.emit(node, 'sub', [node.input(0), node.input(0)], { activation: 'none' }, 'difference');
    return [builder.emit(node, 'equal', [difference, scalar(node, builder, 'zero', 0)], {})];
  },
  Cast: (node, builder) => {
    const dtype = node.attributes.dtype('DstT');
    if (dtype === undefined) return node.refuse('it does not say which type to cast to');
    return [builder.emit(node, 'cast', [node.input(0)], { dtype })];
  },
};

function plain(op: Plain, arity = 1): Mapping {
  return (node, builder) => {
    const inputs = Array.from({ length: arity }, (_, i) => node.input(i));
    return [builder.emit(node, op, inputs, {})];
  };
}

function fusable(op: 'add' | 'sub' | 'mul' | 'div'): Mapping {
  return (node, builder) => [builder.emit(node, op, [node.input(0), node.input(1)], { activation: 'none' })];
}

function clipByValue(node: TfNode, builder: GraphBuilder): readonly ValueId[] {
  const [x, low, high] = [node.input(0), node.input(1), node.input(2)];
  const areConstant = builder.tensorOf(low) && builder.tensorOf(high);
  if (!areConstant) return [builder.emit(node, 'minimum', [builder.emit(node, 'maximum', [x, low], {}, 'maximum'), high], {})];
  return [builder.emit(node, 'clip', [x], { minimum: node.float(1, 'minimum'), maximum: node.float(2, 'maximum') })];
}

function scalar(node: TfNode, builder: GraphBuilder, name: string, value: number): ValueId {
  return builder.constant(`${node.name}/${name}`, float32Tensor([], [value]));
}
