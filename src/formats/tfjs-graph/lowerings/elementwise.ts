/** Elementwise operators: most are one TensorFlow op. */
import { WhittleError } from '../../../lib/errors';
import type { FusedActivation } from '../../../ops/signatures';
import { arithmetic } from '../arithmetic';
import { type as typeAttribute } from '../attribute-json';
import type { AnyLowering, Lowerings, LoweringContext, Ref } from '../lowering';

export const elementwiseLowerings = {
  add: binaryFused('AddV2'),
  sub: binaryFused('Sub'),
  mul: binaryFused('Mul'),
  div: binaryFused('RealDiv'),
  'div-no-nan': plain('DivNoNan'),
  'floor-div': plain('FloorDiv'),
  'floor-mod': plain('FloorMod'),
  'truncate-mod'(_, context) {
    // a − b · trunc(a / b), in float32 so that whole numbers are not divided by floor.
    const isInteger = context.dtype(0) === 'int32' && context.dtype(1) === 'int32';
    const math = arithmetic(context);
    const float = (index: number) => (isInteger ? context.inner('Cast', [context.ref(index)], { DstT: typeAttribute('float32') }) : context.ref(index));
    const [a, b] = [float(0), float(1)];
    const quotient = math.div(a, b);
    const truncated = math.mul(math.unary('Sign', quotient), math.unary('Floor', math.unary('Abs', quotient)));
    const rest = math.sub(a, math.mul(b, truncated));
    return [isInteger ? context.inner('Cast', [rest], { DstT: typeAttribute('int32') }) : rest];
  },
  maximum: plain('Maximum'),
  minimum: plain('Minimum'),
  pow: plain('Pow'),
  'squared-difference': plain('SquaredDifference'),
  atan2: plain('Atan2'),
  equal: plain('Equal'),
  'not-equal': plain('NotEqual'),
  less: plain('Less'),
  'less-equal': plain('LessEqual'),
  greater: plain('Greater'),
  'greater-equal': plain('GreaterEqual'),
  'logical-and': plain('LogicalAnd'),
  'logical-or': plain('LogicalOr'),
  'logical-xor'(_, context) {
    const [a, b] = [context.ref(0), context.ref(1)];
    const both = context.inner('LogicalNot', [context.inner('LogicalAnd', [a, b])]);
    return [context.inner('LogicalAnd', [context.inner('LogicalOr', [a, b]), both])];
  },
  select: plain('SelectV2'),
  'add-n': plain('AddN'),
  exp: plain('Exp'),
  expm1: plain('Expm1'),
  log: plain('Log'),
  log1p: plain('Log1p'),
  sqrt: plain('Sqrt'),
  rsqrt: plain('Rsqrt'),
  square: plain('Square'),
  reciprocal: plain('Reciprocal'),
  abs: plain('Abs'),
  neg: plain('Neg'),
  sign: plain('Sign'),
  floor: plain('Floor'),
  ceil: plain('Ceil'),
  round: plain('Round'),
  sin: plain('Sin'),
  cos: plain('Cos'),
  tan: plain('Tan'),
  asin: plain('Asin'),
  acos: plain('Acos'),
  atan: plain('Atan'),
  sinh: plain('Sinh'),
  cosh: plain('Cosh'),
  asinh: plain('Asinh'),
  acosh: plain('Acosh'),
  atanh: plain('Atanh'),
  erf: plain('Erf'),
  'is-nan': plain('IsNan'),
  'logical-not': plain('LogicalNot'),
  'zeros-like': plain('ZerosLike'),
  'ones-like': plain('OnesLike'),
  identity: plain('Identity'),
  clip(node, context) {
    const { minimum, maximum } = node.attributes;
    const x = context.ref(0);
    const bound = (value: number) => (context.dtype(0) === 'int32' ? context.tf.integers(value) : context.tf.floats(value));
    if (minimum === Number.NEGATIVE_INFINITY) return [context.emit('Minimum', [x, bound(maximum)])];
    if (maximum === Number.POSITIVE_INFINITY) return [context.emit('Maximum', [x, bound(minimum)])];
    return [context.emit('ClipByValue', [x, bound(minimum), bound(maximum)])];
  },
  // `lowerGraph` refuses graphs with integer activations before any node is lowered.
  quantize: (node) => {
    throw new WhittleError('ExportError', `${node.name} puts numbers on a grid of integers, which no TensorFlow.js operator does.`);
  },
  cast: (node, context) => [context.emit('Cast', [context.ref(0)], { DstT: typeAttribute(node.attributes.dtype) })],
} satisfies Partial<Lowerings>;

/** All inputs in order, no attributes. */
function plain(op: string): AnyLowering {
  return (node, context) => [context.emit(op, node.inputs.map((_, index) => context.ref(index)))];
}

function binaryFused(op: string) {
  return (node: { readonly attributes: { readonly activation: FusedActivation } }, context: LoweringContext): readonly Ref[] => [
    context.activate(context.emit(op, [context.ref(0), context.ref(1)]), node.attributes.activation),
  ];
}
