/** Examples to measure and calibrate on: inputs as they lie in the file, labels where there are any. */
import type { Batch } from '../runtime/backend';

export interface Dataset {
  /** As the page and reports name it. */
  readonly name: string;
  /** Where it came from: 'npz', 'npy', 'images', 'csv', 'idx' or 'bundled'. */
  readonly kind: 'npz' | 'npy' | 'images' | 'csv' | 'idx' | 'bundled';
  readonly count: number;
  /** Shape of one example as stored, e.g. [28, 28, 1]; images may vary in size and give [-1, -1, 3]. */
  readonly exampleShape: readonly number[];
  /** Bytes 0…255 are scaled by the preprocessing; floats are taken as they are. */
  readonly storage: 'uint8' | 'float32' | 'int32';
  /** Class of each example; null: no labels, only fidelity can be measured. */
  readonly labels: Int32Array | null;
  readonly classNames: readonly string[] | null;
  /**
   * Opens the part that the file sets aside for training, e.g. `x_train` beside `x_test`; null: there is none. Methods that
   * learn or calibrate use it, so that accuracy is measured on examples they have not seen.
   */
  readonly training: (() => Promise<Dataset>) | null;
  /**
   * Examples [start, end) stacked, raw (uint8 as numbers 0…255), before preprocessing. `size` resizes images (bilinear,
   * half-pixel centres).
   */
  read(start: number, end: number, size: readonly [number, number] | null): Promise<Batch>;
}

/** The part of a data set that may cross a worker boundary. */
export interface DatasetSummary {
  readonly name: string;
  readonly kind: Dataset['kind'];
  readonly count: number;
  readonly exampleShape: readonly number[];
  readonly storage: Dataset['storage'];
  readonly hasLabels: boolean;
  readonly classCount: number;
  readonly classNames: readonly string[] | null;
}

export function summarizeDataset(dataset: Dataset): DatasetSummary {
  const { name, kind, count, exampleShape, storage, labels, classNames } = dataset;
  const largest = labels ? labels.reduce((a, b) => Math.max(a, b), -1) : -1;
  return { name, kind, count, exampleShape, storage, hasLabels: labels !== null, classCount: classNames?.length ?? largest + 1, classNames };
}
