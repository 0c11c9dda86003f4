/**
 * Which examples of one data set are also in another, number for number: what was measured on must not be learned from. Pictures count as
 * the same as bytes and as fractions, 200 and 200/255, because that is how files of one data set differ.
 */
import { hashOf } from '../lib/hash';
import { hashBytes } from '../lib/hash-bytes';
import type { Batch } from '../runtime/backend';
import type { Dataset } from './dataset';

/** Numbers of one data set that are compared: some seconds of work. Above, and for pictures, which are decoded one by one, it is not done. */
const LARGEST_COMPARED = 4e8;
const CHUNK_NUMBERS = 1e6;
const LARGEST_BYTE = 255;
/** Examples that tell one set of pictures from another. */
const FINGERPRINT_EXAMPLES = 8;

/** A hash of each example; null: too many, or pictures. */
export async function exampleHashes(dataset: Dataset): Promise<Float64Array | null> {
  const rowSize = dataset.exampleShape.reduce((product, size) => product * size, 1);
  if (dataset.kind === 'images' || rowSize * dataset.count > LARGEST_COMPARED) return null;
  const hashes = new Float64Array(dataset.count);
  const rows = Math.max(1, Math.floor(CHUNK_NUMBERS / Math.max(1, rowSize)));
  for (let start = 0; start < dataset.count; start += rows) {
    const end = Math.min(start + rows, dataset.count);
    const { data } = await dataset.read(start, end, null);
    const numbers = data.length / (end - start);
    const fractions = new Float32Array(numbers);
    for (let i = start; i < end; i++) hashes[i] = hashBytes(asFractions(data.subarray((i - start) * numbers, (i - start + 1) * numbers), fractions));
  }
  return hashes;
}

/** Whole numbers 0…255 divided by 255 into `fractions`, and 0 and 1 alone as they are; any others are returned untouched. */
function asFractions(example: Batch['data'], fractions: Float32Array): ArrayBufferView {
  let largest = 0;
  for (const number of example) {
    if (!(number >= 0 && number <= LARGEST_BYTE) || !Number.isInteger(number)) return example;
    if (number > largest) largest = number;
  }
  const unit = largest > 1 ? LARGEST_BYTE : 1;
  for (let i = 0; i < example.length; i++) fractions[i] = example[i]! / unit;
  return fractions;
}

/** Names a data set by what it holds: the same after the page was reloaded. */
export async function fingerprintOf(dataset: Dataset, hashes: Float64Array | null): Promise<string> {
  const { name, count, exampleShape, storage, labels } = dataset;
  return hashOf([name, count, exampleShape, storage, labels && hashBytes(labels), hashBytes(hashes ?? (await someHashes(dataset)))]);
}

async function someHashes(dataset: Dataset): Promise<Float64Array> {
  const step = Math.max(1, Math.floor(dataset.count / FINGERPRINT_EXAMPLES));
  const hashes: number[] = [];
  for (let i = 0; i < dataset.count; i += step) hashes.push(hashBytes((await dataset.read(i, i + 1, null)).data));
  return Float64Array.from(hashes);
}
