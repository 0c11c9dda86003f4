/** How good the model is on the examples held out of training: with the numbers and the statistics that it would be exported with. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { TrainingBatch } from './batches';
import type { Lesson, ObjectiveFunction } from './fit-objective';
import type { Effective, Network } from './network';
import { throwIfCancelled } from '../lib/errors';
import { yieldToMessages } from '../lib/yield-to-messages';
import { argmaxRows } from '../measure/accuracy';

export interface HeldOutScore {
  /** null without labels. */
  readonly accuracy: number | null;
  readonly loss: number;
}

export interface Examination {
  readonly network: Network;
  readonly objective: ObjectiveFunction;
  readonly batches: AsyncIterable<TrainingBatch & { readonly count: number }>;
  /** Uploads a batch and asks the teacher; frees it after `work`. All of it on the backend. */
  withLesson<T>(batch: TrainingBatch, work: (inputs: readonly Tensor[], lesson: Lesson) => Promise<T>): Promise<T>;
  readonly signal: AbortSignal | undefined;
}

export async function examine(examination: Examination, effective: Effective): Promise<HeldOutScore> {
  const { network, objective, batches, signal } = examination;
  let correct = 0;
  let labelled = 0;
  let loss = 0;
  let examples = 0;
  for await (const batch of batches) {
    throwIfCancelled(signal);
    await examination.withLesson(batch, async (inputs, lesson) => {
      const values = network.predict(inputs, effective);
      const { value, byValue, projections } = objective(values, lesson);
      const logits = values.get(network.outputs[0]!.logits)!;
      loss += (await value.data())[0]! * batch.count;
      if (batch.labels) {
        const classes = classesOf(await logits.data<'float32'>(), logits.shape, network.outputs[0]!.activation === 'sigmoid');
        for (let i = 0; i < batch.count; i++) if (classes?.[i] === batch.labels[i]) correct++;
        labelled += classes ? batch.count : 0;
      }
      for (const tensor of [value, ...byValue.values(), ...projections, ...values.values()]) tensor.dispose();
    });
    examples += batch.count;
    await yieldToMessages();
  }
  return { accuracy: labelled > 0 ? correct / labelled : null, loss: loss / examples };
}

/** A single column answers yes above one half: a sigmoid's logit above zero. */
function classesOf(data: Float32Array, shape: readonly number[], isSigmoid: boolean): Int32Array | undefined {
  const rows = shape[0]!;
  if (isSigmoid && data.length === rows) return Int32Array.from(data, (logit) => (logit > 0 ? 1 : 0));
  return argmaxRows({ data, shape, dtype: 'float32' }, rows);
}
