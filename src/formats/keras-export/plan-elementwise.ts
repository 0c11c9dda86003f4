/** Activations and arithmetic as single layers. */
import type { Node, NodeOf, ValueId } from '../../ir/graph';
import { decodeFloats, float32Tensor, type Tensor } from '../../ir/tensor';
import type { FusedActivation } from '../../ops/signatures';
import { KERAS_2_HARD_SIGMOID } from '../keras-layers/normalize-config';
import { activated, clipSteps, made, type Plan, type PlanContext, type PlanTable, reason, shapeOf, single, type Step, type StepWeight, tensorOf, weight } from './plan';

export const elementwisePlans: PlanTable = {
  relu: layer('ReLU', {}),
  relu6: layer('ReLU', { max_value: 6 }),
  'relu-n1-to-1': (node) => ({ steps: clipSteps(node.inputs[0]!, -1, 1, undefined) }),
  clip: (node) => {
    const { minimum, maximum } = node.attributes;
    if (!Number.isFinite(minimum) || !Number.isFinite(maximum)) return reason('is open on one side');
    return { steps: clipSteps(node.inputs[0]!, minimum, maximum, undefined) };
  },
  'leaky-relu': (node) => single({ className: 'LeakyReLU', config: { negative_slope: node.attributes.alpha }, inputs: [node.inputs[0]!] }),
  elu: (node) => single({ className: 'ELU', config: { alpha: node.attributes.alpha }, inputs: [node.inputs[0]!] }),
  prelu,
  'thresholded-relu': (node, { target }) => {
    const { theta } = node.attributes;
    if (target.generation === 'keras2') return single({ className: 'ThresholdedReLU', config: { theta }, inputs: [node.inputs[0]!] });
    return theta === 0 ? layer('ReLU', {})(node) : single({ className: 'ReLU', config: { threshold: theta }, inputs: [node.inputs[0]!] });
  },
  selu: activation('selu'),
  sigmoid: activation('sigmoid'),
  tanh: activation('tanh'),
  softplus: activation('softplus'),
  softsign: activation('softsign'),
  silu: activation('swish'),
  mish: activation('mish'),
  gelu: (node) => (node.attributes.approximate ? reason('is the approximate form, which Keras has no name for') : activation('gelu')(node)),
  exp: activation('exponential'),
  'log-softmax': (node) => (node.attributes.axis === -1 ? activation('log_softmax')(node) : reason('runs along another axis than the last')),
  softmax: (node) => single({ className: 'Softmax', config: { axis: node.attributes.axis }, inputs: [node.inputs[0]!] }),
  'hard-sigmoid': (node, { target }) =>
    target.generation === 'keras3' ? activation('hard_sigmoid')(node) : { steps: hardSigmoidSteps(node.inputs[0]!, undefined) },
  'hard-sigmoid-keras2': (node, { target }) => {
    if (target.generation === 'keras2') return activation(KERAS_2_HARD_SIGMOID)(node);
    const x = node.inputs[0]!;
    // clip(0.2 x + 0.5, 0, 1)
    return {
      steps: [
        { className: 'Rescaling', config: { scale: 0.2, offset: 0.5 }, inputs: [x], suffix: 'scale' },
        { className: 'ReLU', config: { max_value: 1 }, inputs: [0] },
      ],
    };
  },
  'hard-swish': (node, { target }) => {
    if (target.id === 'keras') return activation('hard_silu')(node);
    const x = node.inputs[0]!;
    const gate = hardSigmoidSteps(x, 'gate');
    return { steps: [...gate, { className: 'Multiply', config: {}, inputs: [x, gate.length - 1], takesList: true }] };
  },
  neg: (node) => single({ className: 'Rescaling', config: { scale: -1, offset: 0 }, inputs: [node.inputs[0]!] }),
  square: (node) => single({ className: 'Multiply', config: {}, inputs: [node.inputs[0]!, node.inputs[0]!], takesList: true }),
  add: (node, context) => arithmetic(node, context),
  sub: (node, context) => arithmetic(node, context),
  mul: (node, context) => arithmetic(node, context),
  div: (node, context) => arithmetic(node, context),
  maximum: (node, context) => extreme(node, context, 'Maximum'),
  minimum: (node, context) => extreme(node, context, 'Minimum'),
  'add-n': (node, context) => merge(node, context, 'Add', 'none'),
  identity: (node) => ({ alias: node.inputs[0]! }),
  cast,
};

function layer(className: string, config: Step['config']): (node: Node) => Plan {
  return (node) => single({ className, config, inputs: [node.inputs[0]!] });
}

function activation(name: string): (node: Node) => Plan {
  return layer('Activation', { activation: name });
}

/** relu6(x + 3) / 6 */
function hardSigmoidSteps(x: ValueId, suffix: string | undefined): Step[] {
  return [
    { className: 'Rescaling', config: { scale: 1, offset: 3 }, inputs: [x], suffix: suffix ? `${suffix}_shift` : 'shift' },
    { className: 'ReLU', config: { max_value: 6 }, inputs: [0], suffix: suffix ? `${suffix}_cut` : 'cut' },
    { className: 'Rescaling', config: { scale: 1 / 6, offset: 0 }, inputs: [1], ...(suffix && { suffix }) },
  ];
}

function prelu(node: NodeOf<'prelu'>, context: PlanContext): Plan {
  const [x, alphaId] = node.inputs;
  const alpha = tensorOf(context, alphaId);
  const shape = shapeOf(context, x);
  if (!alpha) return reason('has slopes that are computed at run time');
  if (!shape) return reason('has an input of unknown shape');
  const full = [...new Array<number>(Math.max(0, shape.length - alpha.shape.length)).fill(1), ...alpha.shape];
  if (full.length !== shape.length || full[0] !== 1) return reason('has slopes for each sample of the batch');
  const sizes = full.slice(1);
  const shared = sizes.flatMap((size, i) => (size === 1 && shape[i + 1] !== 1 ? [i + 1] : []));
  const own = weight(context, 'alpha', alphaId!);
  const weights: StepWeight[] = [{ ...own, tensor: alpha.shape.length === sizes.length ? alpha : float32Tensor(sizes, decodeFloats(alpha)) }];
  return single({ className: 'PReLU', config: { shared_axes: shared.length > 0 ? shared : null }, weights, inputs: [x!] });
}

type Arithmetic = NodeOf<'add'> | NodeOf<'sub'> | NodeOf<'mul'> | NodeOf<'div'>;

function arithmetic(node: Arithmetic, context: PlanContext): Plan {
  const [a, b] = node.inputs as [ValueId, ValueId];
  const { activation: after } = node.attributes;
  const constants = [tensorOf(context, a), tensorOf(context, b)] as const;
  if (context.graph.values[node.outputs[0]!]!.dtype !== 'float32') return reason('computes whole numbers, which Keras\'s layers do not');
  if (constants[0] || constants[1]) {
    const [x, constant] = constants[1] ? [a, constants[1]] : [b, constants[0]!];
    const steps = constants[1] || node.op === 'add' || node.op === 'mul' ? affineSteps(context, node.op, x, constant) : reversedSteps(node.op, x, constant);
    return typeof steps === 'string' ? reason(steps) : activated(steps, after);
  }
  switch (node.op) {
    case 'add':
      return merge(node, context, 'Add', after);
    case 'mul':
      return merge(node, context, 'Multiply', after);
    case 'sub': {
      if (context.target.id !== 'tfjs-layers') return merge(node, context, 'Subtract', after);
      const ranks = rankProblem(context, [a, b]);
      if (ranks) return reason(ranks);
      // TensorFlow.js has no Subtract: a + (−1) b.
      const negated: Step = { className: 'Rescaling', config: { scale: -1, offset: 0 }, inputs: [b], suffix: 'negative' };
      return activated([negated, { className: 'Add', config: {}, inputs: [a, 0], takesList: true }], after);
    }
    case 'div':
      return reason('divides one computed tensor by another, for which Keras has no layer');
    default: {
      const never: never = node;
      return never;
    }
  }
}

/** x · scale + offset for one number, or for one of each channel as a batch normalization that changes nothing else. */
function affineSteps(context: PlanContext, op: Arithmetic['op'], x: ValueId, constant: Tensor): Step[] | string {
  const values = decodeFloats(constant);
  const shape = shapeOf(context, x);
  const isProduct = op === 'mul' || op === 'div';
  const numbers = op === 'sub' ? values.map((value) => -value) : op === 'div' ? values.map((value) => 1 / value) : values;
  if (values.length === 1 && (shape === null || constant.shape.length <= shape.length)) {
    const one = numbers[0]!;
    return [{ className: 'Rescaling', config: isProduct ? { scale: one, offset: 0 } : { scale: 1, offset: one }, inputs: [x] }];
  }
  const channels = shape?.at(-1) ?? -1;
  const isPerChannel = values.length === channels && constant.shape.at(-1) === channels && constant.shape.length <= shape!.length;
  if (!isPerChannel) return `has a constant of the shape [${constant.shape.join(', ')}], for which Keras has no layer`;
  const full = (value: number): Tensor => float32Tensor([channels], new Float32Array(channels).fill(value));
  const own = float32Tensor([channels], Float32Array.from(numbers));
  const weights = [
    made('gamma', isProduct ? own : full(1)),
    made('beta', isProduct ? full(0) : own),
    made('moving_mean', full(0)),
    made('moving_variance', full(1)),
  ];
  return [{ className: 'BatchNormalization', config: { axis: -1, epsilon: 0, trainable: false }, weights, inputs: [x] }];
}

/** constant − x; there is no layer for constant / x. */
function reversedSteps(op: 'sub' | 'div' | 'add' | 'mul', x: ValueId, constant: Tensor): Step[] | string {
  const values = decodeFloats(constant);
  if (op === 'div' || values.length !== 1) return 'has a constant as its first operand, for which Keras has no layer';
  return [{ className: 'Rescaling', config: { scale: -1, offset: values[0]! }, inputs: [x] }];
}

/** Keras lines lower ranks up behind the batch, NumPy at the end: only equal ranks mean the same. */
function rankProblem(context: PlanContext, inputs: readonly ValueId[]): string | null {
  const ranks = new Set(inputs.map((id) => shapeOf(context, id)?.length ?? -1));
  return ranks.size === 1 && !ranks.has(-1) ? null : 'joins tensors of different ranks';
}

function merge(node: Node, context: PlanContext, className: string, after: FusedActivation): Plan {
  const inputs = node.inputs as readonly ValueId[];
  if (inputs.some((id) => tensorOf(context, id))) return reason('has a constant among its operands, for which Keras has no layer');
  const problem = rankProblem(context, inputs);
  if (problem) return reason(problem);
  return activated([{ className, config: {}, inputs, takesList: true }], after);
}

function extreme(node: NodeOf<'maximum'> | NodeOf<'minimum'>, context: PlanContext, className: 'Maximum' | 'Minimum'): Plan {
  const constant = node.inputs.map((id) => tensorOf(context, id)).find((tensor) => tensor !== undefined);
  const x = node.inputs.find((id) => !tensorOf(context, id));
  if (!constant || !x) return merge(node, context, className, 'none');
  const [bound, ...others] = decodeFloats(constant);
  if (others.length > 0 || constant.shape.length > 0 || bound === undefined) return reason('has a constant of several numbers, for which Keras has no layer');
  // max(x, b) = relu(x − b) + b; min(x, b) = b − relu(b − x)
  const sign = className === 'Maximum' ? 1 : -1;
  if (className === 'Maximum' && bound === 0) return single({ className: 'ReLU', config: {}, inputs: [x] });
  return {
    steps: [
      { className: 'Rescaling', config: { scale: sign, offset: -sign * bound }, inputs: [x], suffix: 'from' },
      { className: 'ReLU', config: {}, inputs: [0], suffix: 'cut' },
      { className: 'Rescaling', config: { scale: sign, offset: bound }, inputs: [1] },
    ],
  };
}

/** Embedding makes whole numbers of its input itself, and Rescaling makes floats. */
function cast(node: NodeOf<'cast'>, context: PlanContext): Plan {
  const x = node.inputs[0]!;
  const from = context.graph.values[x]!.dtype;
  const to = node.attributes.dtype;
  if (from === to) return { alias: x };
  if (to === 'float32' && from === 'int32') return single({ className: 'Rescaling', config: { scale: 1, offset: 0 }, inputs: [x] });
  const readers = context.consumersOf(node.outputs[0]!);
  const isLookup = (reader: Node): boolean => reader.op === 'gather' && reader.inputs[1] === node.outputs[0] && !!tensorOf(context, reader.inputs[0]);
  if (to === 'int32' && from === 'float32' && readers.length > 0 && readers.every(isLookup)) return { alias: x };
  return reason(`makes ${to} of ${from}, for which Keras has no layer`);
}
