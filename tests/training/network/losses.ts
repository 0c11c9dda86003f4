/** Losses for tests, with their gradients by hand. */
import * as tf from '@tensorflow/tfjs-core';
import type { ValueId } from '../../../src/ir/graph';
import type { LossGradients, Network } from '../../../src/training/network';

/** Mean cross-entropy of the first output's logits with whole-number labels. */
export function softmaxLoss(network: Network, labels: readonly number[]) {
  const { logits } = network.outputs[0]!;
  return (values: ReadonlyMap<ValueId, tf.Tensor>): LossGradients => {
    const z = values.get(logits)!;
    const hot = tf.cast(tf.oneHot(tf.tensor1d([...labels], 'int32'), z.shape[1]!), 'float32');
    const value = tf.mean(tf.neg(tf.sum(tf.mul(hot, tf.logSoftmax(z)), -1)));
    return { value, byValue: new Map([[logits, tf.div(tf.sub(tf.softmax(z), hot), labels.length)]]) };
  };
}
