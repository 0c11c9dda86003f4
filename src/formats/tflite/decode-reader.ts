/**
 * Checked reading of a flatbuffer: every offset, length and string stays within the file, and what is copied out of it is
 * bounded in all, so that tables that overlap or point at each other cost no more than honest ones. A vector that several
 * fields share is kept once, but counted each time: whoever reads it goes over it each time. Layout: https://flatbuffers.dev/internals/
 */
import { ByteBuffer } from 'flatbuffers';
import { WhittleError } from '../../lib/errors';
import type { ReferenceField, ScalarField, VectorType } from './schema';

/** A table within the file, once its bounds and those of its vtable are known to hold. */
export interface TableView {
  readonly start: number;
  readonly nbytes: number;
  readonly vtable: number;
  readonly vtableNbytes: number;
  /** For messages, e.g. `tensor 3`. */
  readonly what: string;
}

export interface FlatReader {
  root(what: string): TableView;
  scalar(table: TableView, field: ScalarField): number;
  flag(table: TableView, field: ScalarField): boolean;
  /** Undefined: the field is absent. */
  string(table: TableView, field: ReferenceField<'string'>): string | undefined;
  numbers(table: TableView, field: ReferenceField<'[int32]' | '[uint16]' | '[uint8]' | '[int64]'>): readonly number[] | undefined;
  floats(table: TableView, field: ReferenceField<'[float32]'>): Float32Array | undefined;
  /** A view of the file, of any alignment. */
  bytes(table: TableView, field: ReferenceField<'[uint8]'>): Uint8Array | undefined;
  table(table: TableView, field: ReferenceField<'table'>, what: string): TableView | undefined;
  /** Empty when the field is absent. */
  tables(table: TableView, field: ReferenceField<'[table]'>, what: string): readonly TableView[];
  /** Bytes by their place in the file, for what lies outside of the tables. */
  slice(offset: number, nbytes: number, what: string): Uint8Array;
  fail(what: string): never;
}

/**
 * Numbers, characters and tables copied out of one file. The largest published models hold below a tenth of it; its memory
 * stays below 300 MB.
 */
const MAX_DECODED_VALUES = 2 ** 25;
/** What a table weighs in that sum, by the memory that it takes: half a million of them are the most. */
const TABLE_VALUES = 64;
/** Names of tensors in TensorFlow run to some hundred characters; longer than this is no name. */
const MAX_STRING_NBYTES = 2 ** 20;

const elementNbytes: Readonly<Record<VectorType, number>> = { '[uint8]': 1, '[uint16]': 2, '[int32]': 4, '[float32]': 4, '[int64]': 8 };
const scalarNbytes = { bool: 1, int8: 1, uint8: 1, int32: 4, uint32: 4, float32: 4, uint64: 8 } as const;

export function flatReader(bytes: Uint8Array): FlatReader {
  const buffer = new ByteBuffer(bytes);
  const text = new TextDecoder();
  const memo = new Map<string, readonly number[] | Float32Array | string>();
  let decoded = 0;

  const fail = (what: string): never => {
    throw new WhittleError('FormatError', `Not a whole TensorFlow Lite model: ${what}. Save or download the file again.`);
  };
  const spend = (count: number, what: string): void => {
    decoded += count;
    if (decoded > MAX_DECODED_VALUES) fail(`its tables hold more than ${MAX_DECODED_VALUES} values (at ${what})`);
  };
  const within = (start: number, nbytes: number, what: string): void => {
    if (start + nbytes > bytes.length) fail(`${what} lies past the end of the file, at byte ${start} of ${bytes.length}`);
  };

  function tableAt(start: number, what: string): TableView {
    within(start, 4, what);
    spend(TABLE_VALUES, what);
    const vtable = start - buffer.readInt32(start);
    if (vtable < 0) fail(`the field list of ${what} lies before the file`);
    within(vtable, 4, `the field list of ${what}`);
    const vtableNbytes = buffer.readUint16(vtable);
    const nbytes = buffer.readUint16(vtable + 2);
    if (vtableNbytes < 4 || vtableNbytes % 2 !== 0 || nbytes < 4) fail(`the field list of ${what} is malformed`);
    within(vtable, vtableNbytes, `the field list of ${what}`);
    within(start, nbytes, what);
    return { start, nbytes, vtable, vtableNbytes, what };
  }

  /** Where a field's bytes are; 0: absent. */
  function place(table: TableView, id: number, nbytes: number): number {
    const entry = 4 + 2 * id;
    if (entry + 2 > table.vtableNbytes) return 0;
    const offset = buffer.readUint16(table.vtable + entry);
    if (offset === 0) return 0;
    if (offset + nbytes > table.nbytes) fail(`a field of ${table.what} lies outside of it`);
    return table.start + offset;
  }

  /** Where a field points; 0: absent. */
  function target(table: TableView, id: number): number {
    const at = place(table, id, 4);
    return at === 0 ? 0 : follow(at, table.what);
  }

  function follow(at: number, what: string): number {
    const offset = buffer.readUint32(at);
    if (offset === 0) fail(`${what} points at nothing`);
    within(at + offset, 4, `what ${what} points at`);
    return at + offset;
  }

  /** Length of a vector, and where its elements begin. */
  function vector(start: number, nbytesEach: number, what: string): readonly [length: number, first: number] {
    const length = buffer.readUint32(start);
    within(start + 4, length * nbytesEach, `a list of ${what}`);
    return [length, start + 4];
  }

  /** A vector by its place and kind, read when it is first asked for. */
  function memoized<V extends readonly number[] | Float32Array | string>(key: string, make: () => V): V {
    const known = memo.get(key);
    if (known !== undefined) return known as V;
    const made = make();
    memo.set(key, made);
    return made;
  }

  function number64(at: number, what: string): number {
    const value = Number(buffer.readInt64(at));
    return Number.isSafeInteger(value) ? value : fail(`a number of ${what} is too large`);
  }

  function scalar(table: TableView, [id, type, absent]: ScalarField): number {
    const at = place(table, id, scalarNbytes[type]);
    if (at === 0) return Number(absent);
    switch (type) {
      case 'bool':
      case 'uint8':
        return buffer.readUint8(at);
      case 'int8':
        return buffer.readInt8(at);
      case 'int32':
        return buffer.readInt32(at);
      case 'uint32':
        return buffer.readUint32(at);
      case 'uint64': {
        const value = number64(at, table.what);
        return value < 0 ? fail(`a number of ${table.what} is too large`) : value;
      }
      case 'float32':
        return buffer.readFloat32(at);
      default: {
        const never: never = type;
        return never;
      }
    }
  }

  return {
    fail,
    scalar,
    flag: (table, field) => scalar(table, field) !== 0,
    root: (what) => {
      within(0, 8, 'its head');
      return tableAt(follow(0, what), what);
    },
    string: (table, [id]) => {
      const start = target(table, id);
      if (start === 0) return undefined;
      const [length, first] = vector(start, 1, table.what);
      if (length > MAX_STRING_NBYTES) fail(`a name in ${table.what} has ${length} bytes`);
      spend(length, table.what);
      return memoized(`${start}string`, () => text.decode(bytes.subarray(first, first + length)));
    },
    numbers: (table, [id, type]) => {
      const start = target(table, id);
      if (start === 0) return undefined;
      const [length, first] = vector(start, elementNbytes[type], table.what);
      spend(length, table.what);
      return memoized(`${start}${type}`, () => Array.from({ length }, (_, index) => element(type, first, index, table.what)));
    },
    floats: (table, [id]) => {
      const start = target(table, id);
      if (start === 0) return undefined;
      const [length, first] = vector(start, 4, table.what);
      spend(length, table.what);
      return memoized(`${start}[float32]`, () => Float32Array.from({ length }, (_, index) => buffer.readFloat32(first + 4 * index)));
    },
    bytes: (table, [id]) => {
      const start = target(table, id);
      if (start === 0) return undefined;
      const [length, first] = vector(start, 1, table.what);
      return bytes.subarray(first, first + length);
    },
    table: (table, [id], what) => {
      const start = target(table, id);
      return start === 0 ? undefined : tableAt(start, what);
    },
    tables: (table, [id], what) => {
      const start = target(table, id);
      if (start === 0) return [];
      const [length, first] = vector(start, 4, table.what);
      return Array.from({ length }, (_, index) => {
        const name = `${what} ${index}`;
        return tableAt(follow(first + 4 * index, name), name);
      });
    },
    slice: (offset, nbytes, what) => {
      within(offset, nbytes, what);
      return bytes.subarray(offset, offset + nbytes);
    },
  };

  function element(type: '[int32]' | '[uint16]' | '[uint8]' | '[int64]', first: number, index: number, what: string): number {
    switch (type) {
      case '[uint8]':
        return buffer.readUint8(first + index);
      case '[uint16]':
        return buffer.readUint16(first + 2 * index);
      case '[int32]':
        return buffer.readInt32(first + 4 * index);
      case '[int64]':
        return number64(first + 8 * index, what);
      default: {
        const never: never = type;
        return never;
      }
    }
  }
}
