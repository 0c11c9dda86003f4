/** Activations that TensorFlow has no op for, composed by their definitions. Also the activations inside recurrent layers. */
import type { RecurrentActivation } from '../../../ops/signatures';
import { arithmetic } from '../arithmetic';
import { float } from '../attribute-json';
import type { AnyLowering, LoweringContext, Lowerings, Ref } from '../lowering';

/** √(2/π), of the tanh approximation of GELU. */
const GELU_SLOPE = Math.sqrt(2 / Math.PI);
const GELU_CUBIC = 0.044715;

export const activationLowerings = {
  relu: composed('relu'),
  relu6: composed('relu6'),
  'relu-n1-to-1': (_, context) => [context.activate(context.ref(0), 'relu-n1-to-1')],
  'leaky-relu': (node, context) => [context.emit('LeakyRelu', [context.ref(0)], { alpha: float(node.attributes.alpha) })],
  prelu: (_, context) => [context.emit('Prelu', [context.ref(0), context.ref(1)])],
  elu(node, context) {
    const x = context.ref(0);
    const { alpha } = node.attributes;
    if (alpha === 1) return [context.emit('Elu', [x])];
    // max(x, 0) + alpha · elu(min(x, 0))
    const math = arithmetic(context);
    return [math.add(math.unary('Relu', x), math.mul(math.unary('Elu', math.op('Minimum', [x, 0])), alpha))];
  },
  selu: composed('selu'),
  'thresholded-relu'(node, context) {
    const math = arithmetic(context);
    const x = context.ref(0);
    return [math.op('SelectV2', [math.op('Greater', [x, node.attributes.theta]), x, math.unary('ZerosLike', x)])];
  },
  sigmoid: composed('sigmoid'),
  'hard-sigmoid': composed('hard-sigmoid'),
  'hard-sigmoid-keras2': composed('hard-sigmoid-keras2'),
  tanh: composed('tanh'),
  softplus: composed('softplus'),
  softsign: composed('softsign'),
  gelu: (node, context) => [gelu(context, context.ref(0), node.attributes.approximate)],
  silu: composed('silu'),
  'hard-swish'(_, context) {
    const x = context.ref(0);
    return [arithmetic(context).mul(x, applyActivation(context, 'hard-sigmoid', x))];
  },
  mish(_, context) {
    const math = arithmetic(context);
    const x = context.ref(0);
    return [math.mul(x, math.unary('Tanh', math.unary('Softplus', x)))];
  },
  softmax: (node, context) => [softmax(context, context.ref(0), node.attributes.axis)],
  'log-softmax'(node, context) {
    const x = context.ref(0);
    const { axis } = node.attributes;
    if (isLast(context, axis)) return [context.emit('LogSoftmax', [x])];
    const math = arithmetic(context);
    const shifted = math.sub(x, math.reduce('Max', x, [axis]));
    return [math.sub(shifted, math.unary('Log', math.reduce('Sum', math.unary('Exp', shifted), [axis])))];
  },
} satisfies Partial<Lowerings>;

/** y = activation(x), appended to the graph. */
export function applyActivation(context: LoweringContext, activation: RecurrentActivation, x: Ref): Ref {
  const math = arithmetic(context);
  switch (activation) {
    case 'linear':
      return x;
    case 'relu':
    case 'relu6':
    case 'sigmoid':
    case 'tanh':
    case 'softplus':
    case 'elu':
    case 'selu':
    case 'exp':
      return math.unary(PLAIN[activation], x);
    case 'hard-sigmoid':
      return math.mul(math.unary('Relu6', math.add(x, 3)), 1 / 6);
    case 'hard-sigmoid-keras2':
      return math.op('ClipByValue', [math.add(math.mul(x, 0.2), 0.5), 0, 1]);
    case 'softsign':
      return math.div(x, math.add(math.unary('Abs', x), 1));
    case 'silu':
      return math.mul(x, math.unary('Sigmoid', x));
    case 'gelu':
      return gelu(context, x, false);
    case 'softmax':
      return math.unary('Softmax', x);
    default: {
      const never: never = activation;
      return never;
    }
  }
}

const PLAIN = {
  relu: 'Relu',
  relu6: 'Relu6',
  sigmoid: 'Sigmoid',
  tanh: 'Tanh',
  softplus: 'Softplus',
  elu: 'Elu',
  selu: 'Selu',
  exp: 'Exp',
} as const;

function composed(activation: RecurrentActivation): AnyLowering {
  return (_, context) => [applyActivation(context, activation, context.ref(0))];
}

function gelu(context: LoweringContext, x: Ref, approximate: boolean): Ref {
  const math = arithmetic(context);
  if (!approximate) return math.mul(math.mul(x, 0.5), math.add(math.unary('Erf', math.mul(x, Math.SQRT1_2)), 1));
  const cubic = math.mul(math.mul(math.unary('Square', x), x), GELU_CUBIC);
  return math.mul(math.mul(x, 0.5), math.add(math.unary('Tanh', math.mul(math.add(x, cubic), GELU_SLOPE)), 1));
}

function softmax(context: LoweringContext, x: Ref, axis: number): Ref {
  if (isLast(context, axis)) return context.emit('Softmax', [x]);
  const math = arithmetic(context);
  const powers = math.unary('Exp', math.sub(x, math.reduce('Max', x, [axis])));
  return math.div(powers, math.reduce('Sum', powers, [axis]));
}

function isLast(context: LoweringContext, axis: number): boolean {
  return axis === -1 || axis === (context.shape(0)?.length ?? 0) - 1;
}
