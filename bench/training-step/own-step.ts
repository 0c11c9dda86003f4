/** One step of the training loop's own parts: effective numbers, forward, backward, learning, and the loss read. */
import * as tf from '@tensorflow/tfjs-core';
import type { TfjsBackendId } from '../../src/runtime/backend';
import type { Learner } from '../../src/training/fit-learner';
import type { TrainingRequest } from '../../src/training/training';
import type { StepTask } from './task';
import { onBackend } from '../../src/runtime/tfjs/engine-lock';
import { DeviceLearner } from '../../src/training/fit-learner-device';
import { HostLearner } from '../../src/training/fit-learner-host';
import { labelLoss } from '../../src/training/losses';
import { createNetwork } from '../../src/training/network/create';
import { RATE } from './task';

export async function ownStep(backend: TfjsBackendId, { graph, shape, numbers, labels }: StepTask): Promise<() => Promise<number>> {
  const network = await createNetwork(graph, { backend, frozen: [], watched: [], dropout: false });
  const request = { graph, constraints: {}, settings: { optimizer: 'adam', weightDecay: 0 } } as unknown as TrainingRequest;
  const learner = await onBackend(backend, (): Learner => {
    const host = new HostLearner(network, request, 1000, []);
    return backend === 'wasm' || backend === 'cpu' ? host : new DeviceLearner(network, host, 'adam');
  });
  const { logits } = network.outputs[0]!;
  let step = 0;
  return () =>
    onBackend(backend, async () => {
      const x = tf.tensor(numbers, [...shape]);
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
