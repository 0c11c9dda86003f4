/**
 * First-order Taylor expansion (Molchanov et al. 2019, arXiv 1906.10771): how much the answers change without a channel, by the gradient at its gate.
 * A factor on a channel is one on the rows of every layer that reads it, so the gate's gradient is Σ g·w over those rows; its square is taken of each
 * batch and summed. Gradients are of the model's own answers (`PassContext.gradients`), and no label is needed.
 */
import { WhittleError } from '../../lib/errors';
import type { AnswerGradients } from '../pass';
import type { ValueId } from '../../ir/graph';
import { decodeFloats, float32Tensor, type Shape } from '../../ir/tensor';
import { eachAlong } from '../channels/each-along';
import type { UnitGroup } from '../channels/groups';
import type { Tracer } from '../channels/tracer';
import { membersOf, unitPositions } from './importance';
import { exampleCount, type DataContext } from './sampled-runs';

/** Squares of small batches are many draws of the same expectation. */
const BATCH = 8;

/** By group, one number a unit; null: no layer that reads the group has weights for it. */
export async function taylorExpansions(tracer: Tracer, groups: readonly UnitGroup[], context: DataContext): Promise<Map<UnitGroup, Float64Array | null>> {
  const { graph } = tracer;
  const count = exampleCount(context);
  const readers = new Map(groups.map((group) => [group, readersOf(tracer, group)]));
  const sums = new Map(groups.map((group) => [group, readers.get(group)!.length > 0 ? new Float64Array(group.units.length) : null]));
  let seen = 0;
  for await (const gradients of gradientsOf(context)(graph, context.examples, { count, batch: BATCH })) {
    context.report({ stage: 'prune-channels', fraction: Math.min(1, (seen += BATCH) / count), detail: 'ranking' });
    for (const [group, sum] of sums) {
      if (!sum) continue;
      const gates = new Float64Array(sum.length);
      for (const reader of readers.get(group)!) addGateGradients(gates, reader, gradients.get(reader.valueId));
      for (const [unit, gate] of gates.entries()) sum[unit]! += gate * gate;
    }
  }
  return sums;
}

function gradientsOf({ gradients }: DataContext): AnswerGradients {
  if (gradients) return gradients;
  throw new WhittleError('PassError', 'Nobody works out gradients here. Choose another importance.');
}

/** A kernel that reads a group, and the units that its rows belong to. */
interface Reader {
  readonly valueId: ValueId;
  readonly axis: number;
  readonly shape: Shape;
  readonly weights: ArrayLike<number>;
  /** By index along the axis; −1: another group's. */
  readonly positions: Int32Array;
}

function readersOf(tracer: Tracer, group: UnitGroup): Reader[] {
  return membersOf(group, ['input']).map((member) => {
    const tensor = tracer.graph.values[member.valueId]!.tensor!;
    return { valueId: member.valueId, axis: member.axis, shape: tensor.shape, weights: decodeFloats(tensor), positions: unitPositions(tracer, group, member) };
  });
}

function addGateGradients(gates: Float64Array, { axis, shape, weights, positions }: Reader, gradient: Float32Array | undefined): void {
  if (!gradient) return;
  eachAlong(float32Tensor(shape, gradient.map((slope, i) => slope * weights[i]!)), axis, (product, index) => {
    const unit = positions[index]!;
    if (unit >= 0) gates[unit]! += product;
  });
}
