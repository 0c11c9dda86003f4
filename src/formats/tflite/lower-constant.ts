/** A constant of the file as a tensor in its own encoding: floats, halves, integers with or without scales, sparse or not. */
import { WhittleError } from '../../lib/errors';
import { float32Tensor, int32Tensor, type AffineEncoding, type Tensor } from '../../ir/tensor';
import { checkedSize } from '../checked-size';
import type { FlatTensor } from './flat-model';
import { densified } from './lower-sparse';

type Integers = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array;

export function constantTensor(flat: FlatTensor, name: string): Tensor {
  const shape = flat.shape ?? [];
  checkedSize(shape, `"${name}"`);
  switch (flat.type) {
    case 'FLOAT32':
      return float32Tensor(shape, stored(flat, name, (data) => new Float32Array(data)));
    case 'FLOAT16':
      return { dtype: 'float32', shape, encoding: { kind: 'dense', storage: 'float16', data: stored(flat, name, (data) => new Uint16Array(data)) } };
    case 'BOOL':
      return { dtype: 'bool', shape, encoding: { kind: 'dense', storage: 'bool', data: stored(flat, name, (data) => new Uint8Array(data)).map((flag) => (flag ? 1 : 0)) } };
    default: {
      const values = integerArray(flat, name);
      if (flat.quantization) return affine(flat, name, values);
      return int32Tensor(shape, values instanceof Int32Array ? values : Int32Array.from(values));
    }
  }
}

/** The whole numbers of a constant as stored, its scale left out of account. */
export function integersOf(flat: FlatTensor, name: string): readonly number[] {
  checkedSize(flat.shape ?? [], `"${name}"`);
  if (flat.type === 'FLOAT32') return Array.from(stored(flat, name, (data) => new Float32Array(data)));
  if (flat.type === 'BOOL') return Array.from(stored(flat, name, (data) => new Uint8Array(data)));
  return Array.from(integerArray(flat, name));
}

/** Bits of one stored number. */
const BITS: Readonly<Record<string, AffineEncoding['bits']>> = { INT2: 2, INT4: 4, UINT4: 4, INT8: 8, UINT8: 8, INT16: 16, UINT16: 16, INT32: 32, INT64: 32 };

function affine(flat: FlatTensor, name: string, values: Integers): Tensor {
  const shape = flat.shape ?? [];
  const bits = BITS[flat.type];
  if (bits === undefined) throw new WhittleError('UnsupportedError', `The constant "${name}" of type ${flat.type} has a scale, which Whittle cannot read.`);
  const { scale, zeroPoint, axis } = flat.quantization!;
  const isPerTensor = scale.length === 1;
  if (!isPerTensor && scale.length !== shape[axis]) {
    throw new WhittleError('FormatError', `The constant "${name}" has ${scale.length} scales for dimension ${axis} of [${shape.join(', ')}]. The file is damaged.`);
  }
  return {
    dtype: 'float32',
    shape,
    encoding: {
      kind: 'affine',
      bits,
      signed: !flat.type.startsWith('U'),
      values,
      scale: Float32Array.from(scale),
      zeroPoint: Float64Array.from(zeroPoint),
      axis: isPerTensor ? null : axis,
      blockSize: null,
    },
  };
}

function integerArray(flat: FlatTensor, name: string): Integers {
  switch (flat.type) {
    case 'INT8':
      return stored(flat, name, (data) => new Int8Array(data));
    case 'UINT8':
      return stored(flat, name, (data) => new Uint8Array(data));
    case 'INT16':
      return stored(flat, name, (data) => new Int16Array(data));
    case 'UINT16':
      return stored(flat, name, (data) => new Uint16Array(data));
    case 'INT32':
      return stored(flat, name, (data) => new Int32Array(data));
    case 'UINT32':
      return narrowed(stored(flat, name, (data) => new Uint32Array(data)), name, flat);
    case 'INT64':
      return narrowed(stored(flat, name, (data) => new BigInt64Array(data)), name, flat);
    case 'INT4':
      return packed(flat, name, 4, true);
    case 'UINT4':
      return packed(flat, name, 4, false);
    case 'INT2':
      return packed(flat, name, 2, true);
    default:
      throw new WhittleError('UnsupportedError', `The constant "${name}" has the type ${flat.type}, which Whittle does not read.`);
  }
}

/** Larger than int32 on purpose: ends of slices mean "to the end", and may be cut; anything else must fit. */
const TO_THE_END = 2n ** 63n - 1n;
const LARGEST_INT32 = 2 ** 31 - 1;

function narrowed(values: Uint32Array | BigInt64Array, name: string, flat: FlatTensor): Int32Array {
  const result = new Int32Array(values.length);
  values.forEach((value: number | bigint, i: number) => {
    const cut = value === TO_THE_END && !flat.quantization ? LARGEST_INT32 : Number(value);
    result[i] = cut;
    if (result[i] !== cut) {
      throw new WhittleError(
        'UnsupportedError',
        `The constant "${name}" (${flat.type}) holds ${value}, which is past 32 bits; Whittle computes with 32.` +
          (flat.quantization ? ' Quantize the model with 8-bit activations, or with 32-bit biases.' : ''),
      );
    }
  });
  return result;
}

function packed(flat: FlatTensor, name: string, bits: 2 | 4, isSigned: boolean): Int8Array | Uint8Array {
  const count = checkedSize(flat.shape ?? [], `"${name}"`);
  const unpack = (data: Uint8Array, length: number): Int8Array | Uint8Array => {
    const values = isSigned ? new Int8Array(length) : new Uint8Array(length);
    const [perByte, mask, unused] = [8 / bits, 2 ** bits - 1, 8 - bits];
    for (let i = 0; i < length; i++) {
      const code = (data[Math.floor(i / perByte)]! >> ((i % perByte) * bits)) & mask;
      values[i] = isSigned ? ((code << unused) << 24) >> (24 + unused) : code;
    }
    return values;
  };
  const data = flat.data ?? new Uint8Array(0);
  if (flat.sparsity) {
    const length = (data.length * 8) / bits;
    // The last byte may be half empty.
    return densified(unpack(data, length), flat.sparsity, flat.shape ?? [], name, 8 / bits - 1);
  }
  const needed = Math.ceil((count * bits) / 8);
  if (data.length !== needed) throw wrongLength(name, flat, data.length, needed);
  return unpack(data, count);
}

type Elements = Float32Array | Uint8Array | Uint16Array | Uint32Array | Int8Array | Int16Array | Int32Array | BigInt64Array;

/** A fresh, aligned array of the stored elements, spread out when they are sparse. */
function stored<A extends Elements>(flat: FlatTensor, name: string, view: (data: ArrayBuffer) => A): A {
  const count = checkedSize(flat.shape ?? [], `"${name}"`);
  const data = flat.data ?? new Uint8Array(0);
  const size = view(new ArrayBuffer(0)).BYTES_PER_ELEMENT;
  if (flat.sparsity) {
    if (data.length % size !== 0) throw wrongLength(name, flat, data.length, Math.ceil(data.length / size) * size);
    return densified(view(data.slice().buffer), flat.sparsity, flat.shape ?? [], name, 0);
  }
  if (data.length !== count * size) throw wrongLength(name, flat, data.length, count * size);
  return view(data.slice().buffer);
}

function wrongLength(name: string, flat: FlatTensor, has: number, needs: number): WhittleError {
  return new WhittleError(
    'FormatError',
    `The constant "${name}" (${flat.type} [${(flat.shape ?? []).join(', ')}]) has ${has} bytes and needs ${needs}. The file is damaged.`,
  );
}
