/** A net's layers as anybody would write them with TensorFlow.js, trained by `tf.variableGrads` and `tf.train.adam`. Dropout is left out. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // brings the gradients of TensorFlow.js's kernels
import type { Graph, Node, ValueId } from '../../src/ir/graph';
import type { TfjsBackendId } from '../../src/runtime/backend';
import type { StepTask } from './task';
import { decodeFloats } from '../../src/ir/tensor';
import { onBackend } from '../../src/runtime/tfjs/engine-lock';
import { whileTraining } from '../../src/training/wasm/slow-kernels';
import { RATE } from './task';

const MOMENTUM = 0.99;

/** One step: forward, backward, Adam, and the loss read. Its weights are variables. */
export function stepByHand(backend: TfjsBackendId, { graph, shape, numbers, labels, classes }: StepTask): () => Promise<number> {
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
    onBackend(backend, async () => {
      const x = tf.tensor(numbers, [...shape]);
      // On wasm TensorFlow.js's own kernels stop at the first convolution: it is given ours. Elsewhere nothing stands in.
      const loss = whileTraining(() => {
        const { value, grads } = tf.variableGrads(() => {
          const logits = logitsByHand(graph, x, variables, moving);
          const hot = tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), classes), 'float32');
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
