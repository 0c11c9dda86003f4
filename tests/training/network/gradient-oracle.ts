/**
 * The gradient of every operator's case against differences of TensorFlow.js's own results on its cpu backend: how the outputs,
 * weighed at random, change along random directions of the inputs. Used in Node and in the browser.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Value } from '../../../src/ir/graph';
import type { TfjsBackendId } from '../../../src/runtime/backend';
import type { RuleContext } from '../../../src/training/network/rule';
import { createRandom } from '../../../src/lib/random';
import { inferShapes } from '../../../src/ops/infer-shapes';
import { createBackend } from '../../../src/runtime/tfjs/backends';
import { onBackend } from '../../../src/runtime/tfjs/engine-lock';
import { hasGradient, ruleOf } from '../../../src/training/network/rules';
import { prepareWasm } from '../../../src/training/wasm/kernels';
import { numbersOf, opCases, type OpCase } from '../../contracts/op-cases';
import { graphOfCase } from '../../ops/graph-of-case';
import { runWithTfjs } from '../../ops/tfjs-oracle';

/** The longer for float32's noise, the shorter for kinks nearby: the better one counts. */
const STEPS = [2e-3, 3e-4];
/** A direction may cross a kink (of relu, of a maximum): a wrong gradient is wrong along all of them. */
const DIRECTIONS = 3;

const cases = opCases.map(withoutSeparateActivation);
/** At the ends of their domain, at jumps, or (lstm) 2e-5 away from a kink, where differences mean nothing. */
const SINGULAR = new Set(['acosh: from 1 on', 'relu6: above 6', 'div-no-nan: by zero', 'div-no-nan: same shapes', 'lstm: initial states, other activations']);


export interface GradientResult {
  readonly name: string;
  /** Relative, of the best and of the middle direction. */
  readonly best: number;
  readonly middle: number;
  readonly leaked: number;
  readonly shapes: string;
  readonly wantedShapes: string;
}

export async function prepareGradients(backend: TfjsBackendId): Promise<void> {
  await createBackend('cpu');
  await createBackend(backend);
  if (backend === 'wasm') await onBackend('wasm', prepareWasm);
}

export function gradientCases(backend: TfjsBackendId): OpCase[] {
  return cases.filter((one) => isDifferentiable(one, backend));
}

export async function runGradientCase(opCase: OpCase, backend: TfjsBackendId): Promise<GradientResult> {
  const weights = await randomWeights(opCase);
  // Some kernels of TensorFlow.js keep a buffer from their first run on.
  await ownGradients(opCase, backend, weights);
  const { gradients, shapes, leaked } = await ownGradients(opCase, backend, weights);
  const errors: number[] = [];
  for (let seed = 0; seed < DIRECTIONS; seed++) {
    const direction = directionOf(opCase, seed);
    const got = gradients.reduce((sum: number, gradient, i) => sum + dot(gradient ?? [], direction[i] ?? []), 0);
    const size = gradients.reduce((sum: number, gradient) => sum + norm(gradient ?? []), 0);
    const tries: number[] = [];
    for (const step of STEPS) {
      const wanted = await differenceAlong(opCase, direction, weights, step);
      tries.push(Math.abs(got - wanted) / Math.max(Math.abs(wanted), Math.abs(got), 0.3 * size, 1e-3));
    }
    errors.push(Math.min(...tries));
  }
  errors.sort((a, b) => a - b);
  const wantedShapes = opCase.inputs.flatMap((input, i) => (isWanted(opCase, i) ? [`[${input!.shape.join()}]`] : [])).join();
  return { name: `${opCase.op}: ${opCase.name}`, best: errors[0]!, middle: errors[1]!, leaked, shapes, wantedShapes };
}

/** Such activations are nodes of their own in training. */
function withoutSeparateActivation(opCase: OpCase): OpCase {
  const opened = ['max-pool', 'average-pool', 'concat'].includes(opCase.op) && 'activation' in opCase.attributes;
  return opened ? ({ ...opCase, attributes: { ...opCase.attributes, activation: 'none' } } as OpCase) : opCase;
}

function isDifferentiable(opCase: OpCase, backend: TfjsBackendId): boolean {
  if (SINGULAR.has(`${opCase.op}: ${opCase.name}`)) return false;
  const graph = inferShapes(graphOfCase(opCase));
  return hasGradient(opCase, backend) && graph.outputs.some((id) => graph.values[id]!.dtype === 'float32') && opCase.inputs.some((input) => input?.dtype === 'float32');
}

async function ownGradients(opCase: OpCase, backend: TfjsBackendId, weights: readonly Float64Array[]) {
  return onBackend(backend, async () => {
    const graph = inferShapes(graphOfCase(opCase));
    const before = tf.memory().numTensors;
    const node = graph.nodes[0]!;
    const inputs = opCase.inputs.map((input, i) => (input ? tf.tensor([...numbersOf(opCase, i)], [...input.shape], input.dtype as 'float32') : null));
    const values = node.inputs.map((id): Value | null => (id === null ? null : graph.values[id]!));
    const isArgument = (index: number): boolean => opCase.inputs[index]?.constant === true && opCase.inputs[index]!.dtype !== 'float32';
    const taken = new Set<number>();
    const context: RuleContext = {
      backend,
      inputs: values,
      outputs: node.outputs.map((id) => graph.values[id]!),
      wanted: opCase.inputs.map((_, i) => isWanted(opCase, i)),
      numbers: (index) => (isArgument(index) ? (taken.add(index), numbersOf(opCase, index)) : null),
      derive: () => null,
      state: (index) => ({ frozen: true, read: () => inputs[index]!, write: () => undefined }),
    };
    const rule = ruleOf(node, context);
    const kept: tf.Tensor[] = [];
    const given = inputs.map((tensor, i) => (taken.has(i) ? null : tensor)) as tf.Tensor[];
    const outputs = tf.tidy(() => {
      const own = [rule.forward(given, { training: true, seed: 1, keep: (tensor) => kept.push(tf.keep(tensor)) })].flat() as tf.Tensor[];
      return own.map((tensor) => (given.includes(tensor) ? tf.clone(tensor) : tensor));
    });
    const arrived = outputs.slice(0, weights.length).map((y, i) => (y.dtype === 'float32' && weights[i]!.length > 0 ? tf.tensor(Float32Array.from(weights[i]!), y.shape) : null));
    const inputShapes = inputs.map((tensor) => tensor?.shape ?? []);
    const made: (tf.Tensor | null)[] = tf.tidy(() =>
      rule.backward(arrived as tf.Tensor[], { inputs: given, inputShapes, outputs, kept, wanted: context.wanted }).map((tensor) => tensor && tf.clone(tensor)) as tf.Tensor[],
    );
    const gradients = await Promise.all(made.map(async (tensor) => tensor && Array.from(await tensor.data())));
    const shapes = made.flatMap((tensor) => (tensor ? [`[${tensor.shape.join()}]`] : [])).join();
    const all = new Set([...inputs, ...outputs, ...arrived, ...made, ...kept]);
    for (const tensor of all) tensor?.dispose();
    return { gradients, shapes, leaked: tf.memory().numTensors - before };
  });
}

/** Exponents of negative numbers cannot move; batch statistics are none of the gradient's. */
function isWanted(opCase: OpCase, index: number): boolean {
  if (opCase.inputs[index]?.dtype !== 'float32') return false;
  if (opCase.op === 'pow') return index === 0;
  return opCase.op !== 'batch-norm' || index === 0 || index > 2;
}

async function randomWeights(opCase: OpCase): Promise<Float64Array[]> {
  const random = createRandom(5);
  return (await outputsOf(opCase)).map(({ dtype, data }) => (dtype === 'float32' ? Float64Array.from(data, () => random.normal()) : new Float64Array(0)));
}

function directionOf(opCase: OpCase, seed: number): number[][] {
  const random = createRandom(100 + seed);
  return opCase.inputs.map((_, i) => (isWanted(opCase, i) ? numbersOf(opCase, i).map(() => random.normal()) : []));
}

async function differenceAlong(opCase: OpCase, direction: readonly number[][], weights: readonly Float64Array[], length: number): Promise<number> {
  const at = async (step: number): Promise<number> => {
    const moved = opCase.inputs.map((input, i) => (input && isWanted(opCase, i) ? { ...input, data: numbersOf(opCase, i).map((number, k) => Math.fround(number + step * direction[i]![k]!)) } : input));
    const outputs = await outputsOf({ ...opCase, inputs: moved } as OpCase);
    return outputs.reduce((sum, { data }, i) => sum + dot(weights[i]!.length > 0 ? Array.from(data) : [], weights[i]!), 0);
  };
  return ((await at(length)) - (await at(-length))) / (2 * length);
}

async function outputsOf(opCase: OpCase): Promise<{ dtype: string; data: ArrayLike<number> }[]> {
  return onBackend('cpu', async () => {
    tf.engine().startScope();
    try {
      const outputs = await runWithTfjs(opCase);
      return await Promise.all(outputs.map(async (output) => ({ dtype: output.dtype, data: Float64Array.from(await output.data()) })));
    } finally {
      tf.engine().endScope();
    }
  });
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < Math.min(a.length, b.length); i++) sum += a[i]! * b[i]!;
  return sum;
}

function norm(a: ArrayLike<number>): number {
  return Math.sqrt(dot(a, a));
}
