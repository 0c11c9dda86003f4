/**
 * Pictures a little otherwise at every look (shift, mirror), so that a model learns less of them by heart. Only inputs that are pictures:
 * [N, H, W, C] with 1, 3 or 4 channels. What a shift lets in is the edge repeated, since zero may be any colour after preprocessing.
 */
import type { Random } from '../lib/random';
import type { Batch } from '../runtime/backend';
import type { TrainingSettings } from './training';

/** Shifts go up to this share of a side: 2 pixels of 28, as is usual for small pictures. */
const SHIFT_SHARE = 1 / 14;

/** The batch with each picture shifted and mirrored by chance; the same batch where there is nothing to do. */
export function augment(batch: Batch, kind: TrainingSettings['augmentation'], random: Random): Batch {
  if (kind === 'none' || !isPicture(batch)) return batch;
  const [count, height, width, channels] = batch.shape as [number, number, number, number];
  const from = batch.data as Float32Array;
  const data = new Float32Array(from.length);
  const [mostDown, mostRight] = [Math.round(height * SHIFT_SHARE), Math.round(width * SHIFT_SHARE)];
  for (let n = 0; n < count; n++) {
    const down = random.integer(2 * mostDown + 1) - mostDown;
    const right = random.integer(2 * mostRight + 1) - mostRight;
    const mirrored = kind === 'shift-flip' && random.integer(2) === 1;
    for (let y = 0; y < height; y++) {
      const row = (n * height + within(y - down, height)) * width;
      for (let x = 0; x < width; x++) {
        const column = within(x - right, width);
        const source = (row + (mirrored ? width - 1 - column : column)) * channels;
        const target = ((n * height + y) * width + x) * channels;
        for (let c = 0; c < channels; c++) data[target + c] = from[source + c]!;
      }
    }
  }
  return { ...batch, data };
}

function isPicture({ shape, dtype }: Batch): boolean {
  return dtype === 'float32' && shape.length === 4 && [1, 3, 4].includes(shape[3]!) && shape[1]! > 1 && shape[2]! > 1;
}

function within(position: number, size: number): number {
  return position < 0 ? 0 : position >= size ? size - 1 : position;
}
