/** Keras's activation functions as nodes, by the name in the config. */
import type { FusedActivation, RecurrentActivation } from '../../ops/signatures';
import { isObject } from '../json';
import { type ConfigOwner, malformed, refuse, show } from './config';
import { activationLayerFunctions } from './activation-layer-functions';
import { type Flow, type GraphBuilder, NONE } from './graph-builder';
import { KERAS_2_HARD_SIGMOID } from './normalize-config';

type ActivationFunction = (builder: GraphBuilder, x: Flow, owner: ConfigOwner) => Flow;

const scalar = (builder: GraphBuilder, name: string, value: number): Flow => builder.floats(name, [], [value]);

/** Keras's defaults of the functions' own parameters. */
const SHRINK_THRESHOLD = 0.5;
const LEAKY_RELU_SLOPE = 0.2;
const SQUAREPLUS_B = 4;

export const activationFunctions: Readonly<Record<string, ActivationFunction>> = {
  linear: (_builder, x) => x,
  relu: (builder, x) => builder.node('relu', [x], NONE),
  relu6: (builder, x) => builder.node('relu6', [x], NONE),
  sigmoid: (builder, x) => builder.node('sigmoid', [x], NONE),
  hard_sigmoid: (builder, x) => builder.node('hard-sigmoid', [x], NONE),
  [KERAS_2_HARD_SIGMOID]: (builder, x) => builder.node('hard-sigmoid-keras2', [x], NONE),
  tanh: (builder, x) => builder.node('tanh', [x], NONE),
  softmax: (builder, x) => builder.node('softmax', [x], { axis: -1 }),
  log_softmax: (builder, x) => builder.node('log-softmax', [x], { axis: -1 }),
  softplus: (builder, x) => builder.node('softplus', [x], NONE),
  softsign: (builder, x) => builder.node('softsign', [x], NONE),
  elu: (builder, x) => builder.node('elu', [x], { alpha: 1 }),
  celu: (builder, x) => builder.node('elu', [x], { alpha: 1 }),
  selu: (builder, x) => builder.node('selu', [x], NONE),
  exponential: (builder, x) => builder.node('exp', [x], NONE),
  gelu: (builder, x) => builder.node('gelu', [x], { approximate: false }),
  silu: (builder, x) => builder.node('silu', [x], NONE),
  swish: (builder, x) => builder.node('silu', [x], NONE),
  hard_silu: (builder, x) => builder.node('hard-swish', [x], NONE),
  hard_swish: (builder, x) => builder.node('hard-swish', [x], NONE),
  leaky_relu: (builder, x) => builder.node('leaky-relu', [x], { alpha: LEAKY_RELU_SLOPE }),
  mish: (builder, x) => builder.node('mish', [x], NONE),
  hard_tanh: (builder, x) => builder.node('clip', [x], { minimum: -1, maximum: 1 }),
  tanh_shrink: (builder, x) => builder.node('sub', [x, builder.node('tanh', [x], NONE)], { activation: 'none' }),
  hard_shrink(builder, x) {
    const isLarge = builder.node('greater', [builder.node('abs', [x], NONE), scalar(builder, 'threshold', SHRINK_THRESHOLD)], NONE);
    return builder.node('select', [isLarge, x, builder.node('zeros-like', [x], NONE)], NONE);
  },
  soft_shrink(builder, x) {
    const beyond = builder.node('sub', [builder.node('abs', [x], NONE), scalar(builder, 'threshold', SHRINK_THRESHOLD)], { activation: 'relu' });
    return builder.node('mul', [builder.node('sign', [x], NONE), beyond], { activation: 'none' });
  },
  log_sigmoid: (builder, x) => builder.node('neg', [builder.node('softplus', [builder.node('neg', [x], NONE)], NONE)], NONE),
  squareplus(builder, x) {
    const inner = builder.node('add', [builder.node('square', [x], NONE), scalar(builder, 'b', SQUAREPLUS_B)], { activation: 'none' });
    const sum = builder.node('add', [x, builder.node('sqrt', [inner], NONE)], { activation: 'none' });
    return builder.node('mul', [sum, scalar(builder, 'half', 0.5)], { activation: 'none' });
  },
  sparse_sigmoid(builder, x) {
    const clipped = builder.node('clip', [x], { minimum: -1, maximum: 1 });
    const raised = builder.node('add', [clipped, scalar(builder, 'one', 1)], { activation: 'none' });
    return builder.node('mul', [raised, scalar(builder, 'half', 0.5)], { activation: 'none' });
  },
  sparse_plus(builder, x) {
    // ((clip(x, −1, 1) + 1) / 2)² + max(x − 1, 0): the parabola meets the line in slope at 1.
    const half = activationFunctions.sparse_sigmoid!(builder, x, NO_OWNER);
    const above = builder.node('sub', [x, scalar(builder, 'one', 1)], { activation: 'relu' });
    return builder.node('add', [builder.node('square', [half], NONE), above], { activation: 'none' });
  },
  glu(builder, x, owner) {
    if ((x.shape?.at(-1) ?? 0) % 2 !== 0) return malformed(owner, 'splits an odd last axis in two (glu).');
    const [a, b] = builder.nodesOf('split', [x], { axis: -1, count: 2 }, 2);
    return builder.node('mul', [a!, builder.node('sigmoid', [b!], NONE)], { activation: 'none' });
  },
  sparsemax(builder, x, owner) {
    const size = x.shape?.at(-1) ?? -1;
    if (size < 1) return malformed(owner, 'applies sparsemax over an axis of unknown size.');
    // Martins and Astudillo 2016, algorithm 1: the support is the longest prefix of the sorted values with 1 + k z > Σ z.
    const [sorted] = builder.nodesOf('top-k', [x], { k: size, sorted: true }, 2);
    const sums = builder.node('cumsum', [sorted!], { axis: -1, exclusive: false, reverse: false });
    const ranks = builder.floats('ranks', [size], Array.from({ length: size }, (_, k) => k + 1));
    const scaled = builder.node('add', [builder.node('mul', [sorted!, ranks], { activation: 'none' }), scalar(builder, 'one', 1)], { activation: 'none' });
    const support = builder.node('cast', [builder.node('greater', [scaled, sums], NONE)], { dtype: 'float32' });
    const count = builder.node('sum', [support], { axes: [-1], keepDims: true });
    // Keras sums the running sums where the algorithm takes the last one; its numbers are the ones wanted.
    const mass = builder.node('sum', [builder.node('mul', [sums, support], { activation: 'none' })], { axes: [-1], keepDims: true });
    const excess = builder.node('sub', [mass, scalar(builder, 'one', 1)], { activation: 'none' });
    const threshold = builder.node('div', [excess, count], { activation: 'none' });
    return builder.node('sub', [x, threshold], { activation: 'relu' });
  },
};

const NO_OWNER: ConfigOwner = { path: '', className: '', config: {} };

const FUSED: Readonly<Record<string, FusedActivation>> = {
  linear: 'none',
  relu: 'relu',
  relu6: 'relu6',
  elu: 'elu',
  sigmoid: 'sigmoid',
  tanh: 'tanh',
};

/** The part of an activation that its operator does itself, and what is left to do after it. */
export interface SplitActivation {
  readonly fused: FusedActivation;
  readonly apply: (flow: Flow) => Flow;
}

/** Splits the activation named by `key` of the config. Unknown names and functions of someone's own are refused. */
export function activationOf(owner: ConfigOwner, builder: GraphBuilder, key = 'activation'): SplitActivation {
  const value = owner.config[key] ?? 'linear';
  if (isObject(value)) return { fused: 'none', apply: (flow) => activationLayer(owner, builder, value, flow) };
  const name = typeof value === 'string' ? value : '';
  const fused = FUSED[name];
  if (fused && Object.hasOwn(FUSED, name)) return { fused, apply: (flow) => flow };
  return { fused: 'none', apply: (flow) => applyActivation(owner, builder, value, flow) };
}

/** An activation as nodes of its own. */
export function applyActivation(owner: ConfigOwner, builder: GraphBuilder, value: unknown, flow: Flow): Flow {
  if (isObject(value)) return activationLayer(owner, builder, value, flow);
  const make = typeof value === 'string' && Object.hasOwn(activationFunctions, value) ? activationFunctions[value] : undefined;
  return make ? make(builder, flow, owner) : refuse(owner, unknownActivation(value));
}

const RECURRENT: Readonly<Record<string, RecurrentActivation>> = {
  linear: 'linear',
  relu: 'relu',
  relu6: 'relu6',
  sigmoid: 'sigmoid',
  hard_sigmoid: 'hard-sigmoid',
  [KERAS_2_HARD_SIGMOID]: 'hard-sigmoid-keras2',
  tanh: 'tanh',
  softplus: 'softplus',
  softsign: 'softsign',
  elu: 'elu',
  selu: 'selu',
  exponential: 'exp',
  silu: 'silu',
  swish: 'silu',
  gelu: 'gelu',
  softmax: 'softmax',
};

export function recurrentActivationOf(owner: ConfigOwner, key: string, fallback: string): RecurrentActivation {
  const value = owner.config[key] ?? fallback;
  const known = typeof value === 'string' && Object.hasOwn(RECURRENT, value) ? RECURRENT[value] : undefined;
  return known ?? refuse(owner, `uses ${key} = ${show(value)}; within a recurrent layer Whittle runs ${Object.keys(RECURRENT).join(', ')}.`);
}

/** Keras lets a layer without weights stand as an activation. */
function activationLayer(owner: ConfigOwner, builder: GraphBuilder, value: Readonly<Record<string, unknown>>, flow: Flow): Flow {
  const className = typeof value.class_name === 'string' ? value.class_name : '';
  const layer = Object.hasOwn(activationLayerFunctions, className) ? activationLayerFunctions[className] : undefined;
  if (layer) return layer({ path: owner.path, className, config: isObject(value.config) ? value.config : {} }, builder, flow);
  return refuse(owner, unknownActivation(typeof value.registered_name === 'string' ? value.registered_name : (value.config ?? className)));
}

function unknownActivation(value: unknown): string {
  const known = Object.keys(activationFunctions).filter((name) => name !== KERAS_2_HARD_SIGMOID);
  return `uses the activation ${show(value)}, whose code is not in the file. Replace it by one of Keras's own (${known.join(', ')}) and save the model again.`;
}
