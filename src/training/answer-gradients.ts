/**
 * Gradients of a model's own answers by its constants, for passes that ask what the answers hang on. Labels are not needed: the direction g at the
 * logits is drawn at random with the covariance that the divergence of the answers has (Fisher's information), so that E[(∂/∂w · Δw)²] is, to second
 * order, twice the divergence in nats that a change Δw makes. With r = ±1:
 *
 *   softmax p:  s − p · Σ s,  s = √p · r   (covariance diag(p) − p pᵀ)
 *   sigmoid p:  √(p (1 − p)) · r
 *   numbers:    r
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Graph, ValueId } from '../ir/graph';
import type { Network, NetworkOutput } from './network';
import { throwIfCancelled } from '../lib/errors';
import { createRandom, type Random } from '../lib/random';
import { yieldToMessages } from '../lib/yield-to-messages';
import type { AnswerGradients, CalibrationExamples } from '../passes/pass';
import type { TfjsBackendId } from '../runtime/backend';
import { uploadBatch } from '../runtime/tfjs/batches';
import { onBackend } from '../runtime/tfjs/engine-lock';
import { createNetwork } from './network/create';
import { mul, scalar, sigmoid, softmax, sqrt, sub, sum, tensor as upload } from '@tensorflow/tfjs-core';

/** Of all nodes; a batch norm whose statistics stand still computes what it computes in use. */
function movingStatistics({ nodes }: Graph): ValueId[] {
  return nodes.flatMap(({ op, inputs }) => (op === 'batch-norm' ? [inputs[1], inputs[2]] : [])).filter((id): id is ValueId => typeof id === 'string');
}

/** Throws an UnsupportedError that names the node through which no gradient goes. */
export function answerGradients(backend: TfjsBackendId, seed: number, signal?: AbortSignal): AnswerGradients {
  return async function* (graph: Graph, examples: CalibrationExamples, { count, batch }) {
    const network = await createNetwork(graph, { backend, frozen: movingStatistics(graph), watched: [], dropout: false });
    const random = createRandom(seed);
    const effective = await onBackend(backend, () => new Map(network.parameters.map(({ valueId, shape }) => [valueId, upload(network.initial(valueId), [...shape], 'float32')])));
    try {
      for (let start = 0; start < count; start += batch) {
        throwIfCancelled(signal);
        const inputs = await examples.inputs(start, Math.min(batch, count - start));
        yield await onBackend(backend, async () => {
          const uploaded = inputs.map(uploadBatch);
          const { loss, gradients } = network.step(uploaded, effective, seed, (values) => ({ value: scalar(0), byValue: directions(network, values, random) }));
          const found = new Map<ValueId, Float32Array>();
          for (const [id, gradient] of gradients) found.set(id, await gradient.data<'float32'>());
          for (const tensor of [...uploaded, loss, ...gradients.values()]) tensor.dispose();
          return found;
        });
        await yieldToMessages();
      }
    } finally {
      await onBackend(backend, () => {
        for (const tensor of effective.values()) tensor.dispose();
        network.dispose();
      });
    }
  };
}

function directions({ outputs }: Network, values: ReadonlyMap<ValueId, Tensor>, random: Random): Map<ValueId, Tensor> {
  return new Map(outputs.map(({ logits, activation }) => [logits, direction(values.get(logits)!, activation, random)]));
}

function direction(logits: Tensor, activation: NetworkOutput['activation'], random: Random): Tensor {
  const signs = upload(Float32Array.from({ length: logits.size }, () => (random.uniform() < 0.5 ? -1 : 1)), [...logits.shape]);
  switch (activation) {
    case 'softmax': {
      const p = softmax(logits);
      const drawn = mul(sqrt(p), signs);
      return sub(drawn, mul(p, sum(drawn, -1, true)));
    }
    case 'sigmoid': {
      const p = sigmoid(logits);
      return mul(sqrt(mul(p, sub(1, p))), signs);
    }
    case 'linear':
      return signs;
    default: {
      const never: never = activation;
      return never;
    }
  }
}
