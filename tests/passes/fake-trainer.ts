/**
 * A trainer that trains nothing: it moves every weight a little, applies the constraints as the contract says, and keeps what it was asked. For
 * tests of what passes ask and of what they make of the answer.
 */
import type { Graph, ValueId } from '../../src/ir/graph';
import { decodeFloats, float32Tensor, scaleCount, scaleIndexer, type Encoding, type Tensor } from '../../src/ir/tensor';
import { createRandom } from '../../src/lib/random';
import { weightSites } from '../../src/passes/weight-sites';
import type { Constraint, Trainer, TrainingPoint, TrainingRequest, TrainingResult } from '../../src/training/training';

export interface FakeTrainer extends Trainer {
  readonly requests: TrainingRequest[];
}

/** Every weight moves by this share of the largest. */
const MOVE = 0.01;

export function fakeTrainer(count = 1000, labelled = true): FakeTrainer {
  const requests: TrainingRequest[] = [];
  return {
    count,
    labelled,
    requests,
    async train(request): Promise<TrainingResult> {
      requests.push(request);
      const point = (epoch: number, accuracy: number): TrainingPoint => ({
        step: epoch, steps: request.settings.epochs, epoch, loss: 1, heldOutAccuracy: accuracy, heldOutLoss: 1, learningRate: 1e-3, elapsedMs: 1, msLeft: 0, backend: 'cpu',
      });
      const last = request.settings.epochs;
      return { graph: trained(request), history: [point(1, 0.5), point(last, 0.75)], bestEpoch: last, accuracyBefore: 0.4, accuracyAfter: 0.75, endedBy: 'end', backend: 'cpu', elapsedMs: 1500 };
    },
  };
}

function trained({ graph, constraints, frozen, settings }: TrainingRequest): Graph {
  const values = { ...graph.values };
  const weights = new Set<ValueId>([...weightSites(graph).map((site) => site.valueId), ...Object.keys(constraints)]);
  const random = createRandom(settings.seed);
  for (const id of Object.keys(values)) {
    const value = values[id]!;
    if (!weights.has(id) || frozen.includes(id)) continue;
    const before = decodeFloats(value.tensor!);
    const largest = before.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
    const moved = before.map((one) => one + MOVE * largest * random.normal());
    values[id] = { ...value, tensor: constrained(value.tensor!, moved, constraints[id] ?? []) };
  }
  return { ...graph, values };
}

function constrained(start: Tensor, latent: Float32Array, constraints: readonly Constraint[]): Tensor {
  const { shape } = start;
  let floats = latent;
  let encoding: Encoding | null = null;
  for (const constraint of constraints) {
    encoding = null;
    switch (constraint.kind) {
      case 'keep-zeros':
        floats = floats.map((one, i) => (decodeFloats(start)[i] === 0 ? 0 : one));
        break;
      case 'mask': {
        const order = Array.from(floats, Math.abs).sort((a, b) => a - b);
        const threshold = order[Math.min(order.length - 1, Math.round(order.length * constraint.finalSparsity))]!;
        floats = floats.map((one) => (Math.abs(one) < threshold ? 0 : one));
        break;
      }
      case 'palette': {
        const { codebook, axis, keepZeros } = constraint;
        const groupOf = scaleIndexer(shape, axis, null);
        const entries = codebook.length / scaleCount(shape, axis, null);
        const indices = Uint8Array.from(floats, (one, i) => {
          const own = [...codebook.subarray(groupOf(i) * entries, (groupOf(i) + 1) * entries)];
          if (keepZeros && one === 0) return own.indexOf(0);
          const distance = (entry: number): number => (keepZeros && entry === 0 ? Infinity : Math.abs(entry - one));
          return own.reduce((best, entry, k) => (distance(entry) < distance(own[best]!) ? k : best), 0);
        });
        encoding = { kind: 'palette', bits: constraint.bits, indices, codebook, codebookStorage: constraint.codebookStorage, axis };
        floats = decodeFloats({ ...start, encoding });
        break;
      }
      case 'affine': {
        const { bits, axis, blockSize, symmetric } = constraint;
        const groupOf = scaleIndexer(shape, axis, blockSize);
        const highest = 2 ** (bits - 1) - 1;
        const groups = scaleCount(shape, axis, blockSize);
        const largest = new Float32Array(groups);
        floats.forEach((one, i) => (largest[groupOf(i)] = Math.max(largest[groupOf(i)]!, Math.abs(one))));
        const scale = constraint.scale ?? largest.map((one) => one / highest || 1);
        const zeroPoint = constraint.zeroPoint ?? new Float64Array(groups);
        const isUnsigned = !symmetric && zeroPoint.some((zero) => zero > highest);
        const lowest = isUnsigned ? 0 : symmetric ? -highest : -highest - 1;
        const top = isUnsigned ? 2 ** bits - 1 : highest;
        const store = bits === 16 ? (isUnsigned ? Uint16Array : Int16Array) : isUnsigned ? Uint8Array : Int8Array;
        const levels = Array.from(floats, (one, i) => Math.min(top, Math.max(lowest, Math.round(one / scale[groupOf(i)]!) + zeroPoint[groupOf(i)]!)));
        encoding = { kind: 'affine', bits, signed: !isUnsigned, values: store.from(levels), scale, zeroPoint, axis, blockSize };
        floats = decodeFloats({ ...start, encoding });
        break;
      }
      default: {
        const never: never = constraint;
        return never;
      }
    }
  }
  return encoding ? { ...start, encoding } : float32Tensor(shape, floats);
}
