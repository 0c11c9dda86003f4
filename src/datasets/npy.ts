/**
 * NumPy's .npy, versions 1 to 3 (numpy.lib.format, NEP 1): a short Python literal that says type, order and shape, then the
 * numbers. The literal is matched, never evaluated; arrays of Python objects (pickles) are refused.
 */
import { readBytes, type SourceFile } from '../lib/source-file';
import { dataError } from './data-error';
import { storedArray, type NumberData, type NumberType, type StoredArray } from './stored-array';

/** A list of texts, such as class names. */
export interface TextArray {
  readonly name: string;
  readonly dtype: 'text';
  readonly shape: readonly number[];
  readonly texts: readonly string[];
}

/** What can be written: the numbers' own type counts; `dtype` tells booleans from bytes. */
export interface WritableArray {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: NumberData;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** NumPy itself reads headers up to 10,000 bytes. */
const LARGEST_HEADER_NBYTES = 64 * 1024;
/** Class names and labels in words: a million labels of 16 letters. */
const LARGEST_TEXT_NBYTES = 64 * 1024 * 1024;
/** Headers are padded so that the numbers begin at a multiple of this. */
const ALIGNMENT = 64;
const NUMBER_TYPES: ReadonlySet<string> = new Set<NumberType>(['b1', 'u1', 'u2', 'u4', 'u8', 'i1', 'i2', 'i4', 'i8', 'f2', 'f4', 'f8']);

export function isNpy(head: Uint8Array): boolean {
  return MAGIC.every((byte, i) => head[i] === byte);
}

/** Reads the header; numbers are read on demand. DataError: no .npy, cut off, of a type that is no number or text. */
export async function openNpy(file: SourceFile): Promise<StoredArray | TextArray> {
  const { text, dataOffset } = await readHeader(file);
  const descriptor = /'descr'\s*:\s*'([^']{1,20})'/.exec(text)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const shapeList = /'shape'\s*:\s*\(([\d\sL,]{0,400})\)/.exec(text)?.[1];
  if (order === undefined || shapeList === undefined) throw dataError(file.name, 'its .npy header cannot be read. Write the file again with numpy.save.');
  const shape = (shapeList.match(/\d+/g) ?? []).map(Number);
  const [, byteOrder, type] = /^([<>|=]?)(\w+)$/.exec(descriptor ?? '') ?? [];
  if (type === undefined) throw dataError(file.name, 'it holds a table of fields (a structured type). Save each field as an array of its own.');
  if (type.startsWith('U')) return readTexts(file, dataOffset, shape, Number(type.slice(1)), byteOrder === '>');
  if (type.startsWith('O')) throw dataError(file.name, 'it holds Python objects, which could run code. Save an array of numbers.');
  if (!NUMBER_TYPES.has(type)) {
    throw dataError(file.name, `it holds numbers of the type ${descriptor}; float16, 32 and 64, integers of 8 to 64 bits and bool are read. Convert it with astype.`);
  }
  return storedArray({
    file,
    offset: dataOffset,
    shape,
    type: type as NumberType,
    isLittleEndian: byteOrder !== '>',
    isFortranOrder: order === 'True',
  });
}

/** The bytes of a version 1 .npy in row-major order. */
export function writeNpy(array: WritableArray): Uint8Array<ArrayBuffer> {
  const descriptor = array.data instanceof Float32Array ? '<f4' : array.data instanceof Int32Array ? '<i4' : array.dtype === 'bool' ? '|b1' : '|u1';
  const sizes = array.shape.length === 1 ? `${array.shape[0]},` : array.shape.join(', ');
  const literal = `{'descr': '${descriptor}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const prefixNbytes = MAGIC.length + 4;
  const headerNbytes = Math.ceil((prefixNbytes + literal.length + 1) / ALIGNMENT) * ALIGNMENT - prefixNbytes;
  const numbers = new Uint8Array(array.data.buffer, array.data.byteOffset, array.data.byteLength);
  const bytes = new Uint8Array(prefixNbytes + headerNbytes + numbers.length);
  bytes.set([...MAGIC, 1, 0, headerNbytes & 0xff, headerNbytes >> 8]);
  bytes.set(new TextEncoder().encode(`${literal.padEnd(headerNbytes - 1)}\n`), prefixNbytes);
  bytes.set(numbers, prefixNbytes + headerNbytes);
  return bytes;
}

async function readHeader(file: SourceFile): Promise<{ text: string; dataOffset: number }> {
  const head = await readBytes(file, 0, 12);
  const version = head[6] ?? 0;
  if (!isNpy(head) || head.length < 12) throw dataError(file.name, 'it is no complete .npy file. Get it again.');
  if (version < 1 || version > 3) throw dataError(file.name, `it is a .npy file of version ${version}; versions 1 to 3 are read.`);
  const view = new DataView(head.buffer);
  const start = version === 1 ? 10 : 12;
  const nbytes = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (nbytes > LARGEST_HEADER_NBYTES || start + nbytes > file.blob.size) {
    throw dataError(file.name, `its header claims ${nbytes} bytes. The file is damaged or cut off; get it again.`);
  }
  const text = new TextDecoder().decode(await readBytes(file, start, start + nbytes));
  return { text, dataOffset: start + nbytes };
}

/** `<U…`: code points of four bytes, padded with zeros. */
async function readTexts(file: SourceFile, offset: number, shape: readonly number[], length: number, isBigEndian: boolean): Promise<TextArray> {
  const count = shape.reduce((product, size) => product * size, 1);
  const nbytes = count * length * 4;
  const isHeld = Number.isSafeInteger(nbytes) && nbytes <= LARGEST_TEXT_NBYTES && count <= LARGEST_TEXT_NBYTES;
  if (!isHeld || offset + nbytes > file.blob.size) throw dataError(file.name, `its ${count} texts do not fit the file. Get it again.`);
  const view = new DataView((await readBytes(file, offset, offset + nbytes)).buffer);
  const texts = Array.from({ length: count }, (_, i) => {
    let text = '';
    for (let j = 0; j < length; j++) {
      const point = view.getUint32((i * length + j) * 4, !isBigEndian);
      if (point > 0x10ffff) throw dataError(file.name, `text ${i} is damaged. Get the file again.`);
      if (point !== 0) text += String.fromCodePoint(point);
    }
    return text;
  });
  return { name: file.name, dtype: 'text', shape, texts };
}
