/** A data set over arrays: examples are rows, read when asked for. */
import type { Batch } from '../runtime/backend';
import { dataError, shapeText } from './data-error';
import type { Dataset } from './dataset';
import type { Labels } from './labels';
import { resizeBilinear } from './resize';
import type { NumberData, StoredArray } from './stored-array';

export interface ArrayDatasetParts {
  readonly name: string;
  readonly kind: Dataset['kind'];
  readonly examples: StoredArray;
  readonly labels: Labels | null;
  readonly training?: Dataset['training'];
}

/** Bytes of two axes are grey pictures and get a channel axis. */
export function arrayDataset({ name, kind, examples, labels, training = null }: ArrayDatasetParts): Dataset {
  const count = examples.shape[0] ?? 0;
  if (count === 0) throw dataError(examples.name, `it holds no examples: its shape is ${shapeText(examples.shape)}.`);
  const storage = examples.dtype === 'bool' ? 'float32' : examples.dtype;
  const stored = examples.shape.slice(1);
  const exampleShape = storage === 'uint8' && stored.length === 2 ? [...stored, 1] : stored;
  return {
    name,
    kind,
    count,
    exampleShape,
    storage,
    labels: labels?.labels ?? null,
    classNames: labels?.classNames ?? null,
    training,
    async read(start, end, size) {
      checkRange(name, start, end, count);
      const rows = await examples.rows(start, end);
      const isOther = size !== null && exampleShape.length === 3 && (size[0] !== exampleShape[0] || size[1] !== exampleShape[1]);
      if (isOther) return resized(rows, end - start, exampleShape as [number, number, number], size);
      const shape = [end - start, ...exampleShape];
      return rows instanceof Int32Array ? { shape, dtype: 'int32', data: rows } : { shape, dtype: 'float32', data: Float32Array.from(rows) };
    },
  };
}

export function checkRange(name: string, start: number, end: number, count: number): void {
  const isRange = Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end <= count;
  if (!isRange) throw dataError(name, `examples ${start} to ${end} were asked for and there are ${count}.`);
}

function resized(rows: NumberData, count: number, shape: readonly [number, number, number], size: readonly [number, number]): Batch {
  const from = shape[0] * shape[1] * shape[2];
  const to = size[0] * size[1] * shape[2];
  const data = new Float32Array(count * to);
  for (let i = 0; i < count; i++) data.set(resizeBilinear(rows.subarray(i * from, (i + 1) * from), shape, size), i * to);
  return { shape: [count, ...size, shape[2]], dtype: 'float32', data };
}
