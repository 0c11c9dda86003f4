/**
 * About how many bytes a graph's constants take in a compressed download: the entropy of their codes, which gzip and brotli come near.
 * Quick enough to be asked for every candidate; files are measured when a candidate is.
 */
import type { Graph, Value } from '../ir/graph';
import { decodeFloats, type Tensor } from '../ir/tensor';

/** Trained floats: sign and exponent compress a little, mantissas do not. Of fashion_cnn: gzip takes 29.5 bits a weight (brotli 29.2), 14.7 as float16. */
const BITS_PER_FLOAT = 29.3;
const BITS_PER_HALF = 14.7;
/** More different numbers than this are no codebook. */
const MOST_SYMBOLS = 1024;

export function storedBytes(graph: Graph): number {
  return storedBytesOf(Object.values(graph.values));
}

export function storedBytesOf(values: readonly Value[]): number {
  let bits = 0;
  for (const { tensor } of values) if (tensor && tensor.dtype !== 'string') bits += bitsOfTensor(tensor);
  return Math.ceil(bits / 8);
}

/** Of a tensor once: graphs share what they did not change. */
const known = new WeakMap<Tensor, number>();

function bitsOfTensor(tensor: Tensor): number {
  const before = known.get(tensor);
  if (before !== undefined) return before;
  const bits = measured(tensor);
  known.set(tensor, bits);
  return bits;
}

function measured(tensor: Tensor): number {
  const { encoding } = tensor;
  switch (encoding.kind) {
    case 'affine':
      return entropyBits(encoding.values) + encoding.scale.length * 32;
    case 'palette':
      return entropyBits(encoding.indices) + encoding.codebook.length * (encoding.codebookStorage === 'float16' ? 16 : 32);
    case 'dense':
      return floatBits(decodeFloats(tensor), encoding.storage === 'float16' ? BITS_PER_HALF : BITS_PER_FLOAT);
    default: {
      const never: never = encoding;
      return never;
    }
  }
}

function floatBits(values: Float32Array, bitsEach: number): number {
  const symbols = new Set<number>();
  let zeros = 0;
  for (const value of values) {
    if (value === 0) zeros++;
    if (symbols.size <= MOST_SYMBOLS) symbols.add(value);
  }
  const isCodebook = symbols.size <= MOST_SYMBOLS && symbols.size < values.length / 2;
  if (isCodebook) return entropyBits(values) + symbols.size * bitsEach;
  const count = values.length;
  return entropyOf([zeros, count - zeros], count) + (count - zeros) * bitsEach;
}

function entropyBits(codes: ArrayLike<number>): number {
  const counts = new Map<number, number>();
  for (let i = 0; i < codes.length; i++) counts.set(codes[i]!, (counts.get(codes[i]!) ?? 0) + 1);
  return entropyOf([...counts.values()], codes.length);
}

function entropyOf(counts: readonly number[], total: number): number {
  return counts.reduce((sum, count) => (count > 0 ? sum + count * Math.log2(total / count) : sum), 0);
}
