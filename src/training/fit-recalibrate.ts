/**
 * Batch norm's moving statistics need some 5 / (1 − momentum) steps to follow: 500 with Keras's default momentum, 5,000 with MobileNet's. In a
 * shorter training they are still those of the model before, and accuracy is far below what was learned. There the statistics are
 * taken anew: the means, over some batches of the training data, of each batch's mean and variance, with the weights as they are.
 */
import type { Graph, ValueId } from '../ir/graph';
import type { Batch } from '../runtime/backend';
import type { Effective, Network } from './network';
import { throwIfCancelled } from '../lib/errors';
import { yieldToMessages } from '../lib/yield-to-messages';
import { uploadBatch } from '../runtime/tfjs/batches';
import { scalar } from '@tensorflow/tfjs-core';
import { momentumOf } from './network/rules/batch-norm';

/** Batches that the statistics are taken from: their own noise is then well below that of a batch in training. */
export const RECALIBRATION_BATCHES = 24;
/** Share that the statistics from before training may have in the moving ones. */
const LARGEST_SHARE = 0.01;

interface Statistic {
  readonly valueId: ValueId;
  readonly momentum: number;
  /** Nodes that read it: a layer that is called twice moves its statistics twice a step. */
  uses: number;
}

/** True when so many steps are too few for some normalization of the graph. */
export function needsRecalibration(graph: Graph, frozen: readonly ValueId[], steps: number): boolean {
  return steps > 0 && statisticsOf(graph, frozen).some(({ momentum }) => momentum ** steps > LARGEST_SHARE);
}

/** Takes the statistics anew. Call on the backend. */
export async function recalibrate(network: Network, effective: Effective, frozen: readonly ValueId[], batches: AsyncIterable<readonly Batch[]>, signal: AbortSignal | undefined): Promise<void> {
  const statistics = statisticsOf(network.graph, frozen);
  const before = await network.state();
  const moving = statistics.filter(({ valueId }) => before.has(valueId));
  const zeros = new Map(moving.map(({ valueId }) => [valueId, new Float32Array(before.get(valueId)!.length)]));
  const sums = new Map(moving.map(({ valueId }) => [valueId, new Float64Array(before.get(valueId)!.length)]));
  let count = 0;
  for await (const batch of batches) {
    throwIfCancelled(signal);
    const inputs = batch.map(uploadBatch);
    // From zero, a step leaves (1 − momentum) times what the batch has; after n uses (1 − momentumⁿ) times their weighted mean.
    network.restore(zeros);
    const { loss, gradients } = network.step(inputs, effective, count, () => ({ value: scalar(0), byValue: new Map() }));
    const after = await network.state();
    for (const { valueId, momentum, uses } of moving) {
      const sum = sums.get(valueId)!;
      const own = after.get(valueId)!;
      for (let i = 0; i < sum.length; i++) sum[i]! += own[i]! / (1 - momentum ** uses);
    }
    for (const tensor of [loss, ...gradients.values(), ...inputs]) tensor.dispose();
    count++;
    await yieldToMessages();
  }
  network.restore(count === 0 ? before : new Map([...sums].map(([id, sum]) => [id, Float32Array.from(sum, (value) => value / count)])));
}

/** Means and variances that move. A momentum of 1 holds them still. */
function statisticsOf(graph: Graph, frozen: readonly ValueId[]): Statistic[] {
  const statistics = new Map<ValueId, Statistic>();
  for (const node of graph.nodes) {
    if (node.op !== 'batch-norm') continue;
    const ids = [node.inputs[1]!, node.inputs[2]!];
    const momentum = momentumOf(node.layer);
    if (momentum === 1 || ids.some((id) => frozen.includes(id) || !graph.values[id]?.tensor)) continue;
    for (const valueId of ids) {
      const known = statistics.get(valueId);
      if (known) known.uses++;
      else statistics.set(valueId, { valueId, momentum, uses: 1 });
    }
  }
  return [...statistics.values()];
}
