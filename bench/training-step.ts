/**
 * A training step of ours (forward, backward, Adam, loss read) against the same net written by hand with TensorFlow.js
 * (`tf.variableGrads`, `tf.train.adam`), on wasm, taking turns in one process. TensorFlow.js alone cannot train such nets on wasm: it is
 * given our kernels, without which it stops at the first convolution.
 *
 *     npm run bench -- training-step [--batch N] [--rounds N] [FILE.keras …]
 *
 * Without files: the two bundled samples. Dropout is off on both sides, so that the first losses can be compared.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // brings the gradients of TensorFlow.js's kernels
import type { Graph, Node, ValueId } from '../src/ir/graph';
import type { TrainingRequest } from '../src/training/training';
import { readKeras } from '../src/formats/keras/read';
import { decodeFloats } from '../src/ir/tensor';
import { createRandom } from '../src/lib/random';
import { fileOf } from '../src/lib/source-file';
import { createBackend } from '../src/runtime/tfjs/backends';
import { onBackend } from '../src/runtime/tfjs/engine-lock';
import { configureWasm } from '../src/runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../src/runtime/tfjs/wasm-paths.node';
import { HostLearner } from '../src/training/fit-learner-host';
import { labelLoss } from '../src/training/losses';
import { createNetwork } from '../src/training/network/create';
import { whileTraining } from '../src/training/wasm/slow-kernels';

const WARM_UP_ROUNDS = 3;
const RATE = 1e-3;
const CLASSES = 10;

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { batch: { type: 'string', default: '128' }, rounds: { type: 'string', default: '25' } },
});
const batch = Number(flags.batch);
configureWasm(nodeWasmPaths());
console.info('| model | batch | forward p50 ms | ours p50 ms | ours ÷ forward | by hand p50 ms | ours ÷ by hand: median of pairs (quartiles) | first losses |');
console.info('|---|---|---|---|---|---|---|---|');
for (const file of positionals.length > 0 ? positionals : ['public/samples/fashion_cnn.keras', 'public/samples/fashion_mobile.keras']) console.info(await compare(file));

async function compare(file: string): Promise<string> {
  const main = fileOf(basename(file), new Uint8Array(readFileSync(file)));
  const { graph } = await readKeras({ main, files: [main], report: () => undefined });
  const backend = await createBackend('wasm');
  const model = await backend.prepare(graph);
  const shape = [batch, ...graph.values[graph.inputs[0]!]!.shape!.slice(1)];
  const random = createRandom(1);
  const numbers = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.uniform());
  const labels = Int32Array.from({ length: batch }, () => random.integer(CLASSES));
  const forward = await model.stepper([{ shape, dtype: 'float32', data: numbers }]);
  const ours = await ownStep(graph, shape, numbers, labels);
  const theirs = stepByHand(graph, shape, numbers, labels);

  const firstLosses = [await ours(), await theirs()];
  const times = await timeInTurns([forward.step, ours, theirs], Number(flags.rounds));
  const ratios = times[1]!.map((time, i) => time / times[2]![i]!);
  const toForward = times[1]!.map((time, i) => time / times[0]![i]!);
  const cells = [
    basename(file), batch, quantile(times[0]!, 0.5, 1), quantile(times[1]!, 0.5, 1), quantile(toForward, 0.5, 2), quantile(times[2]!, 0.5, 1),
    `${quantile(ratios, 0.5, 3)} (${quantile(ratios, 0.25, 3)}–${quantile(ratios, 0.75, 3)})`, firstLosses.map((loss) => loss.toFixed(5)).join(' / '),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** One step of the loop's own parts. */
async function ownStep(graph: Graph, shape: number[], numbers: Float32Array, labels: Int32Array): Promise<() => Promise<number>> {
  const network = await createNetwork(graph, { backend: 'wasm', frozen: [], watched: [], dropout: false, learnGrids: false });
  const request = { graph, constraints: {}, settings: { optimizer: 'adam', weightDecay: 0 } } as unknown as TrainingRequest;
  const learner = new HostLearner(network, request, 1000, []);
  const { logits } = network.outputs[0]!;
  let step = 0;
  return () =>
    onBackend('wasm', async () => {
      const x = tf.tensor(numbers, shape);
      const effective = await learner.effective(step);
      const result = network.step([x], effective, step++, (values) => {
        const { value, gradient } = labelLoss('classes', values.get(logits)!, labels, 0);
        return { value, byValue: new Map([[logits, gradient]]) };
      });
      await learner.update(result, [], RATE);
      const loss = (await result.loss.data())[0]!;
      tf.dispose([x, result.loss]);
      return loss;
    });
}

/** The net's layers as calls of TensorFlow.js, its weights as variables. */
function stepByHand(graph: Graph, shape: number[], numbers: Float32Array, labels: Int32Array): () => Promise<number> {
  const variables = new Map<ValueId, tf.Variable>();
  const moving = new Map<ValueId, tf.Variable>();
  for (const node of graph.nodes) {
    node.inputs.forEach((id, i) => {
      const constant = id === null ? undefined : graph.values[id]!.tensor;
      if (!constant || constant.dtype !== 'float32') return;
      const isMoving = node.op === 'batch-norm' && (i === 1 || i === 2);
      (isMoving ? moving : variables).set(id!, tf.variable(tf.tensor(decodeFloats(constant), [...constant.shape]), !isMoving));
    });
  }
  const optimizer = tf.train.adam(RATE, 0.9, 0.999, 1e-7);
  return () =>
    onBackend('wasm', async () => {
      const x = tf.tensor(numbers, shape);
      const loss = whileTraining(() => {
        const { value, grads } = tf.variableGrads(() => {
          const logits = logitsByHand(graph, x, variables, moving);
          const hot = tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), CLASSES), 'float32');
          return tf.neg(tf.mean(tf.sum(tf.mul(hot, tf.logSoftmax(logits)), -1))) as tf.Scalar;
        }, [...variables.values()]);
        optimizer.applyGradients(grads as tf.NamedTensorMap as never);
        tf.dispose(grads);
        return value;
      });
      const number = (await loss.data())[0]!;
      tf.dispose([x, loss]);
      return number;
    });
}

function logitsByHand(graph: Graph, x: tf.Tensor, variables: ReadonlyMap<ValueId, tf.Variable>, moving: ReadonlyMap<ValueId, tf.Variable>): tf.Tensor {
  const values = new Map<ValueId, tf.Tensor>([[graph.inputs[0]!, x]]);
  const MOMENTUM = 0.99;
  for (const node of graph.nodes) {
    if (node.op === 'softmax') return values.get(node.inputs[0]!)!;
    const inputs = node.inputs.map((id) => (id === null ? null : (values.get(id) ?? variables.get(id) ?? moving.get(id)))) as tf.Tensor[];
    if (node.op === 'batch-norm') {
      const { mean, variance } = tf.moments(inputs[0]!, [0, 1, 2]);
      for (const [id, statistic] of [[node.inputs[1]!, mean], [node.inputs[2]!, variance]] as const) {
        const variable = moving.get(id)!;
        variable.assign(tf.add(tf.mul(variable, MOMENTUM), tf.mul(statistic, 1 - MOMENTUM)));
      }
      values.set(node.outputs[0]!, tf.batchNorm4d(inputs[0] as tf.Tensor4D, mean as tf.Tensor1D, variance as tf.Tensor1D, inputs[4] as tf.Tensor1D, inputs[3] as tf.Tensor1D, node.attributes.epsilon));
    } else values.set(node.outputs[0]!, layerByHand(node, inputs));
  }
  throw new Error('the net does not end in a softmax');
}

function layerByHand(node: Node, inputs: readonly tf.Tensor[]): tf.Tensor {
  const [x, kernel, bias] = inputs;
  switch (node.op) {
    case 'conv2d':
      return withBias(tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, node.attributes.strides as [number, number], node.attributes.padding as 'same'), bias, node.attributes.activation);
    case 'depthwise-conv2d':
      return withBias(tf.depthwiseConv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, node.attributes.strides as [number, number], node.attributes.padding as 'same'), bias, node.attributes.activation);
    case 'dense':
      return withBias(tf.matMul(x!, kernel!), bias, node.attributes.activation);
    case 'relu':
      return tf.relu(x!);
    case 'relu6':
      return tf.relu6(x!);
    case 'max-pool':
      return tf.maxPool(x as tf.Tensor4D, node.attributes.kernel as [number, number], node.attributes.strides as [number, number], node.attributes.padding as 'valid');
    case 'add':
      return tf.add(x!, kernel!);
    case 'mean':
      return tf.mean(x!, [...node.attributes.axes], node.attributes.keepDims);
    case 'flatten':
    case 'reshape':
      return tf.reshape(x!, [x!.shape[0]!, -1]);
    case 'identity':
      return x!;
    default:
      throw new Error(`this benchmark writes no ${node.op} by hand`);
  }
}

function withBias(y: tf.Tensor, bias: tf.Tensor | undefined, activation: string): tf.Tensor {
  const shifted = bias ? tf.add(y, bias) : y;
  return activation === 'relu' ? tf.relu(shifted) : shifted;
}

/** Milliseconds of each; in every round each comes once, and each comes first equally often. */
async function timeInTurns(contestants: readonly (() => Promise<unknown>)[], rounds: number): Promise<number[][]> {
  const times = contestants.map((): number[] => []);
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const index = (round + WARM_UP_ROUNDS + turn) % contestants.length;
      const start = performance.now();
      await contestants[index]!();
      if (round >= 0) times[index]!.push(performance.now() - start);
    }
  }
  return times;
}

function quantile(values: readonly number[], fraction: number, digits: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.round(fraction * (sorted.length - 1))]!.toFixed(digits);
}
