/**
 * One input or output of a file: which tensor of LiteRT's it is, and how its numbers are written there. LiteRT in JavaScript
 * knows float32, int32 and uint8, and says nothing of scales.
 */
import type { Value } from '../../ir/graph';
import type { Quantization } from '../../ir/quantization';
import type { Batch } from '../backend';
import { WhittleError } from '../../lib/errors';
import { roundingOf, roundNumbers } from '../rounding';

/** As LiteRT tells it. */
export interface LiteRtTensor {
  readonly name: string;
  readonly dtype: 'float32' | 'int32' | 'uint8';
  readonly shape: Int32Array;
  /** Kinds of memory that the accelerator reads or writes. */
  readonly supportedBufferTypes: ReadonlySet<number>;
}

export interface Border {
  /** Position among the signature's inputs or outputs. */
  readonly index: number;
  readonly tensor: LiteRtTensor;
  readonly value: Value;
}

/** The tensor of each value, by name; by position where a file has no signature, since names are then its own. */
export function pairBorders(values: readonly Value[], names: readonly string[], tensors: readonly LiteRtTensor[], what: string): Border[] {
  if (values.length !== tensors.length) {
    throw new WhittleError('BackendError', `LiteRT finds ${tensors.length} ${what}(s) in the file, and the graph has ${values.length}: the file holds another model.`);
  }
  const byName = names.map((name) => tensors.findIndex((tensor) => tensor.name === name));
  const isNamed = byName.every((index) => index >= 0) && new Set(byName).size === names.length;
  return values.map((value, i) => {
    const index = isNamed ? byName[i]! : i;
    return { index, tensor: checkFixed(tensors[index]!, what), value };
  });
}

/** Real numbers as the file's. */
export function toFile({ tensor, value }: Border, batch: Batch): Float32Array | Int32Array | Uint8Array {
  if (tensor.dtype !== 'uint8') return batch.data;
  const { quantization } = value;
  return quantization ? quantized(batch.data, quantization) : bytesOf(batch.data, tensor.name);
}

/** The file's numbers as real ones. */
export function fromFile({ tensor, value }: Border, data: Float32Array | Int32Array | Uint8Array): Batch {
  const shape = [...tensor.shape];
  switch (tensor.dtype) {
    case 'float32':
      return { shape, dtype: 'float32', data: data as Float32Array };
    case 'int32':
      return { shape, dtype: 'int32', data: data as Int32Array };
    case 'uint8':
      if (value.quantization) return { shape, dtype: 'float32', data: dequantized(data, value.quantization) };
      return { shape, dtype: 'int32', data: Int32Array.from(data) };
    default: {
      const never: never = tensor.dtype;
      return never;
    }
  }
}

function checkFixed(tensor: LiteRtTensor, what: string): LiteRtTensor {
  if (tensor.shape.every((size) => size >= 0)) return tensor;
  const shape = [...tensor.shape].map((size) => (size < 0 ? 'any' : size)).join(', ');
  throw new WhittleError('BackendError', `LiteRT in JavaScript runs files of fixed shapes, and the ${what} ${tensor.name} has the shape [${shape}]. Export with a fixed batch.`);
}

function quantized(data: Batch['data'], grid: Quantization): Uint8Array {
  const rounding = roundingOf(grid);
  const onGrid = new Float32Array(data.length);
  roundNumbers(data, onGrid, rounding);
  return Uint8Array.from(onGrid, (number) => Math.round(number * rounding.inverse) + grid.zeroPoint);
}

function dequantized(data: ArrayLike<number>, { scale, zeroPoint }: Quantization): Float32Array {
  return Float32Array.from(data, (step) => (step - zeroPoint) * scale);
}

function bytesOf(data: Batch['data'], name: string): Uint8Array {
  if (data.some((number) => number < 0 || number > 255 || !Number.isInteger(number))) {
    throw new WhittleError('DataError', `Input ${name} takes whole numbers from 0 to 255.`);
  }
  return Uint8Array.from(data);
}
