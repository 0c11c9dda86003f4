/**
 * How a tensor's numbers are stored in a TensorFlow.js weight file, which holds float32, float16, and uint8 or uint16
 * with one scale and one minimum for the whole tensor.
 *
 * As they are:
 * 1. Dense numbers as they are.
 * 2. One scale for the tensor: uint8 (or uint16) with exactly the same values; signed numbers are shifted.
 * 3. A scale for each channel or block: requantized to uint8 when no weight moves by more than half a step of its own
 *    scale, otherwise to uint16, whose step is so fine that nothing is lost that matters.
 * 4. A palette: float16 when its entries are half floats, which is exact. Otherwise float32 (exact) or uint16 (within
 *    1e-5 of the range), whichever gzip makes smaller: servers compress, and a palette's indices compress well.
 *
 * Forced uint8 and uint16 concern kernels only; forced float16 leaves the few numbers of small constants alone.
 * Quantization follows TensorFlow.js's own converter: zero stays exactly zero when the range holds it.
 */
import { gzipSync } from 'fflate';
import { floatsToHalves, halfToFloat, floatToHalf } from '../../lib/half';
import { decodeFloats, scaleIndexer, type AffineEncoding, type DenseEncoding, type PaletteEncoding, type Tensor } from '../../ir/tensor';

export type WeightStorage = 'as-is' | 'float32' | 'float16' | 'uint8' | 'uint16';

export interface StoredWeight {
  readonly bytes: Uint8Array;
  readonly quantization?: Readonly<Record<string, string | number>>;
  /** Set when the encoding could not be kept. */
  readonly replaced?: Replacement;
}

export interface Replacement {
  readonly kind: 'scales' | 'palette';
  readonly storage: 'float32' | 'float16' | 'uint8' | 'uint16';
  readonly largestChange: number;
}

/** Below this many numbers, float16 saves nothing and could harm a constant of the graph, such as 1e-9. */
const FEWEST_HALVES = 16;
/** Below this many weights a kernel saves nothing by quantization. */
const FEWEST_QUANTIZED = 256;
/** The largest number that float16 holds. */
const LARGEST_HALF = 65504;
/** Enough of a tensor to know how well it compresses. */
const GZIP_SAMPLE_NBYTES = 1024 * 1024;
/** Half a step, and a rounding error of float32. */
const HALF_STEP = 0.5 * (1 + 1e-5);

export function storeWeight(tensor: Tensor, wanted: WeightStorage): StoredWeight {
  if (tensor.dtype !== 'float32') return storeAsIs(tensor);
  // (Codes that the graph puts together are int32 or have one scale: both are exact as they are.)
  switch (wanted) {
    case 'as-is':
      return storeAsIs(tensor);
    case 'float32':
      return floats(decodeFloats(tensor));
    case 'float16': {
      const values = decodeFloats(tensor);
      return values.length >= FEWEST_HALVES && fitsHalf(values) ? halves(floatsToHalves(values)) : storeAsIs(tensor);
    }
    case 'uint8':
    case 'uint16': {
      const isKernel = tensor.shape.length >= 2 && tensor.shape.reduce((a, b) => a * b, 1) >= FEWEST_QUANTIZED;
      const quantized = isKernel && !isStoredWithin(tensor, wanted) ? quantize(decodeFloats(tensor), wanted === 'uint8' ? 8 : 16) : null;
      return quantized ? quantized.stored : storeAsIs(tensor);
    }
    default: {
      const never: never = wanted;
      return never;
    }
  }
}

function storeAsIs(tensor: Tensor): StoredWeight {
  const { encoding } = tensor;
  switch (encoding.kind) {
    case 'dense':
      return dense(encoding);
    case 'affine':
      return encoding.axis === null ? oneScale(encoding) : severalScales(tensor, encoding);
    case 'palette':
      return palette(tensor, encoding);
    default: {
      const never: never = encoding;
      return never;
    }
  }
}

function dense(encoding: DenseEncoding): StoredWeight {
  switch (encoding.storage) {
    case 'float32':
      return floats(encoding.data);
    case 'float16':
      return halves(encoding.data);
    case 'int32':
      return { bytes: bytesOf(encoding.data) };
    case 'bool':
      return { bytes: encoding.data };
    case 'string':
      return { bytes: stringBytes(encoding.data) };
    default: {
      const never: never = encoding;
      return never;
    }
  }
}

function oneScale(encoding: AffineEncoding): StoredWeight {
  const lowest = encoding.signed ? -(2 ** (encoding.bits - 1)) : 0;
  const shifted = encoding.bits === 16 ? new Uint16Array(encoding.values.length) : new Uint8Array(encoding.values.length);
  for (let i = 0; i < shifted.length; i++) shifted[i] = encoding.values[i]! - lowest;
  const scale = encoding.scale[0]!;
  return {
    bytes: bytesOf(shifted),
    quantization: { dtype: encoding.bits === 16 ? 'uint16' : 'uint8', scale, min: (lowest - encoding.zeroPoint[0]!) * scale },
  };
}

function severalScales(tensor: Tensor, encoding: AffineEncoding): StoredWeight {
  const values = decodeFloats(tensor);
  const bytewise = quantize(values, 8);
  const indexOf = scaleIndexer(tensor.shape, encoding.axis, encoding.blockSize);
  const isNear = bytewise?.restored.every((value, i) => Math.abs(value - values[i]!) <= HALF_STEP * encoding.scale[indexOf(i)]!);
  const quantized = isNear ? bytewise : quantize(values, 16);
  return replacedBy('scales', values, quantized);
}

function palette(tensor: Tensor, encoding: PaletteEncoding): StoredWeight {
  const values = decodeFloats(tensor);
  if (encoding.codebook.every((value) => halfToFloat(floatToHalf(value)) === value)) {
    return { ...halves(floatsToHalves(values)), replaced: { kind: 'palette', storage: 'float16', largestChange: 0 } };
  }
  const exact = floats(values);
  const quantized = quantize(values, 16);
  const isSmaller = quantized !== null && gzipRate(quantized.stored.bytes) * 2 < gzipRate(exact.bytes) * 4;
  return replacedBy('palette', values, isSmaller ? quantized : null);
}

interface Quantized {
  readonly stored: StoredWeight;
  /** As TensorFlow.js will see the numbers. */
  readonly restored: Float32Array;
  readonly bits: 8 | 16;
}

function replacedBy(kind: Replacement['kind'], values: Float32Array, quantized: Quantized | null): StoredWeight {
  if (quantized === null) return { ...floats(values), replaced: { kind, storage: 'float32', largestChange: 0 } };
  let largestChange = 0;
  for (let i = 0; i < values.length; i++) largestChange = Math.max(largestChange, Math.abs(values[i]! - quantized.restored[i]!));
  return { ...quantized.stored, replaced: { kind, storage: quantized.bits === 8 ? 'uint8' : 'uint16', largestChange } };
}

/** null: not all numbers are finite. */
function quantize(values: Float32Array, bits: 8 | 16): Quantized | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) return null;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const levels = 2 ** bits - 1;
  const isFlat = !(high > low);
  const scale = isFlat ? 1 : Math.fround((high - low) / levels);
  if (scale === 0) return null;
  const min = isFlat ? low : low <= 0 && high >= 0 ? -Math.round(-low / scale) * scale : low;
  const numbers = bits === 8 ? new Uint8Array(values.length) : new Uint16Array(values.length);
  const restored = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const q = Math.min(Math.max(Math.round((values[i]! - min) / scale), 0), levels);
    numbers[i] = q;
    restored[i] = q * scale + min;
  }
  // Minus zero would be another text for the same number.
  const quantization = { dtype: bits === 8 ? 'uint8' : 'uint16', scale, min: min === 0 ? 0 : min };
  return { stored: { bytes: bytesOf(numbers), quantization }, restored, bits };
}

/** Already in as few bits as asked, with one scale. */
function isStoredWithin(tensor: Tensor, wanted: 'uint8' | 'uint16'): boolean {
  const { encoding } = tensor;
  return encoding.kind === 'affine' && encoding.axis === null && encoding.bits <= (wanted === 'uint8' ? 8 : 16);
}

function fitsHalf(values: Float32Array): boolean {
  return values.every((value) => Math.abs(value) <= LARGEST_HALF);
}

function floats(values: Float32Array): StoredWeight {
  return { bytes: bytesOf(values) };
}

function halves(values: Uint16Array): StoredWeight {
  return { bytes: bytesOf(values), quantization: { dtype: 'float16' } };
}

function bytesOf(data: Float32Array | Int32Array | Uint16Array | Uint8Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Each text: its length in four bytes, then UTF-8. */
function stringBytes(strings: readonly string[]): Uint8Array {
  const encoder = new TextEncoder();
  const texts = strings.map((text) => encoder.encode(text));
  const bytes = new Uint8Array(texts.reduce((sum, text) => sum + 4 + text.length, 0));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const text of texts) {
    view.setUint32(offset, text.length, true);
    bytes.set(text, offset + 4);
    offset += 4 + text.length;
  }
  return bytes;
}

/** Compressed bytes for each byte, of a sample. */
function gzipRate(bytes: Uint8Array): number {
  const sample = bytes.subarray(0, GZIP_SAMPLE_NBYTES);
  return gzipSync(sample).length / Math.max(sample.length, 1);
}
