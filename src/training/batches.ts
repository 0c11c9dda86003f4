/**
 * Which examples are learned from when. All of it follows from the seed and the step, so that a training that is taken up again
 * sees the very same batches. A last batch that would be smaller is left out of its epoch: every step has one shape, and batch
 * statistics of a few examples are none. Every epoch leaves out others.
 */
import type { Batch } from '../runtime/backend';
import type { TrainingData, TrainingSettings } from './training';
import { createRandom, shuffledIndices } from '../lib/random';
import { augment } from './augment';

/** What different random choices add to the seed; far apart, so that neighbouring seeds share nothing. */
const HELD_OUT_SEED = 0x2f0b4a11;
const EPOCH_SEED = 0x51ed270b;
const PICTURE_SEED = 0x1b56c4e9;
const SOME_SEED = 0x68bc21eb;

/** The examples of a training, and how many steps it has. */
export interface Split {
  readonly trained: Uint32Array;
  readonly heldOut: Uint32Array;
  readonly batch: number;
  readonly stepsPerEpoch: number;
  readonly steps: number;
}

export interface TrainingBatch {
  readonly indices: Uint32Array;
  readonly inputs: readonly Batch[];
  readonly labels: Int32Array | null;
}

export function splitOf(count: number, settings: TrainingSettings): Split {
  const order = shuffledIndices(count, settings.seed + HELD_OUT_SEED);
  const heldOutCount = Math.min(Math.round(count * settings.heldOut), count - 1);
  const heldOut = order.slice(0, heldOutCount).sort();
  const trained = order.slice(heldOutCount).sort();
  const batch = Math.min(settings.batch, trained.length);
  const stepsPerEpoch = Math.floor(trained.length / batch);
  return { trained, heldOut, batch, stepsPerEpoch, steps: stepsPerEpoch * settings.epochs };
}

/** Reads the batches of steps from `first` on, each while the one before is learned from. */
export function batchesFrom(data: TrainingData, split: Split, settings: TrainingSettings, first: number): { next(): Promise<TrainingBatch> } {
  let step = first;
  let epoch = -1;
  let order = new Uint32Array();
  const read = async (at: number): Promise<TrainingBatch> => {
    const own = Math.floor(at / split.stepsPerEpoch);
    if (own !== epoch) {
      order = shuffledIndices(split.trained.length, settings.seed + Math.imul(own + 1, EPOCH_SEED));
      epoch = own;
    }
    const start = (at % split.stepsPerEpoch) * split.batch;
    const indices = order.slice(start, start + split.batch).map((i) => split.trained[i]!);
    const { inputs, labels } = await data.read(indices);
    const random = createRandom(settings.seed + Math.imul(at + 1, PICTURE_SEED));
    return { indices, inputs: inputs.map((input) => augment(input, settings.augmentation, random)), labels };
  };
  let coming: Promise<TrainingBatch> | null = null;
  return {
    async next() {
      const batch = await (coming ?? read(step));
      step++;
      coming = step < split.steps ? read(step) : null;
      // It is awaited at the next call; until then its rejection is not an unhandled one.
      coming?.catch(() => undefined);
      return batch;
    },
  };
}

/** The inputs of a few batches of the training part, always the same, not augmented. */
export async function* someBatches(data: TrainingData, split: Split, settings: TrainingSettings, count: number): AsyncGenerator<readonly Batch[]> {
  const order = shuffledIndices(split.trained.length, settings.seed + SOME_SEED);
  for (let i = 0; i < Math.min(count, split.stepsPerEpoch); i++) {
    yield (await data.read(order.slice(i * split.batch, (i + 1) * split.batch).map((index) => split.trained[index]!))).inputs;
  }
}

/** Batches of the held-out part, in order, all of one size; the last is filled up from the start, and `count` says how many are its own. */
export async function* heldOutBatches(data: TrainingData, split: Split): AsyncGenerator<TrainingBatch & { readonly count: number }> {
  const { heldOut, batch } = split;
  for (let start = 0; start < heldOut.length; start += batch) {
    const count = Math.min(batch, heldOut.length - start);
    const indices = Uint32Array.from({ length: batch }, (_, i) => heldOut[(start + i) % heldOut.length]!);
    yield { indices, count, ...(await data.read(indices)) };
  }
}
