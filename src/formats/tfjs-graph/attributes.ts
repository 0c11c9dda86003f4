/**
 * Decodes a node's attributes. Writers differ: whole numbers come as text or numbers, bytes as base64 or as lists of
 * byte values, types by name or by number; a field that is left out has protobuf's default (0, false, '').
 */
import { WhittleError } from '../../lib/errors';
import type { DType } from '../../ops/signatures';
import { isRecord, type NodeDef } from './graph-def';

export interface Attributes {
  has(name: string): boolean;
  integer(name: string, absent: number): number;
  integers(name: string, absent: readonly number[]): readonly number[];
  float(name: string, absent: number): number;
  boolean(name: string, absent: boolean): boolean;
  text(name: string, absent: string): string;
  texts(name: string): readonly string[];
  /** As TensorFlow.js runs it: halves and doubles as float32, whole numbers as int32. undefined: absent. */
  dtype(name: string): DType | undefined;
  /** −1: free; null: the rank is not known, or the attribute is absent. */
  shape(name: string): readonly number[] | null;
}

export function attributesOf(node: NodeDef): Attributes {
  const field = (name: string, key: string): unknown => {
    const value = Object.hasOwn(node.attributes, name) ? node.attributes[name] : undefined;
    return isRecord(value) ? value[key] : undefined;
  };
  const refuse = (name: string, what: string): never => {
    throw new WhittleError('FormatError', `Node "${node.name}" (${node.op}): its attribute "${name}" is ${what}. Export the model again.`);
  };
  const whole = (name: string, value: unknown): number => {
    const number = typeof value === 'string' ? Number(value) : value;
    return typeof number === 'number' && Number.isInteger(number) ? number : refuse(name, 'no whole number');
  };
  const listOf = (name: string, key: string): readonly unknown[] => {
    const list = field(name, 'list');
    const values = isRecord(list) ? list[key] : undefined;
    return Array.isArray(values) ? values : [];
  };
  const has = (name: string): boolean => Object.hasOwn(node.attributes, name) && isRecord(node.attributes[name]);
  return {
    has,
    integer(name, absent) {
      if (!has(name)) return absent;
      return whole(name, field(name, 'i') ?? 0);
    },
    integers(name, absent) {
      if (!has(name)) return absent;
      return listOf(name, 'i').map((value) => whole(name, value));
    },
    float(name, absent) {
      if (!has(name)) return absent;
      const value = Number(field(name, 'f') ?? field(name, 'i') ?? 0);
      return Number.isNaN(value) ? refuse(name, 'no number') : value;
    },
    boolean: (name, absent) => (has(name) ? field(name, 'b') === true : absent),
    text(name, absent) {
      if (!has(name)) return absent;
      return decodeText(field(name, 's') ?? '') ?? refuse(name, 'no text');
    },
    texts: (name) => listOf(name, 's').map((value) => decodeText(value) ?? refuse(name, 'no list of texts')),
    dtype(name) {
      const value = field(name, 'type');
      if (value === undefined) return undefined;
      return dtypeOf(value) ?? refuse(name, `the type ${JSON.stringify(value)}, which Whittle does not run`);
    },
    shape: (name) => shapeOf(field(name, 'shape')),
  };
}

/** A `TensorShapeProto`; null when the rank is not known. */
export function shapeOf(value: unknown): readonly number[] | null {
  if (!isRecord(value) || value.unknownRank === true) return null;
  const dimensions = Array.isArray(value.dim) ? value.dim : [];
  return dimensions.map((dimension: unknown) => {
    const size = Number(isRecord(dimension) ? (dimension.size ?? 0) : -1);
    return Number.isInteger(size) && size >= 0 ? size : -1;
  });
}

/** TensorFlow's `DataType` by name or number, as TensorFlow.js runs it. */
export function dtypeOf(value: unknown): DType | undefined {
  return DTYPES[String(value)];
}

const DTYPES: Readonly<Record<string, DType>> = {
  DT_FLOAT: 'float32',
  1: 'float32',
  DT_DOUBLE: 'float32',
  2: 'float32',
  DT_HALF: 'float32',
  19: 'float32',
  DT_INT32: 'int32',
  3: 'int32',
  DT_UINT8: 'int32',
  4: 'int32',
  DT_INT8: 'int32',
  6: 'int32',
  DT_INT64: 'int32',
  9: 'int32',
  DT_STRING: 'string',
  7: 'string',
  DT_BOOL: 'bool',
  10: 'bool',
};

function decodeText(value: unknown): string | undefined {
  if (Array.isArray(value)) return String.fromCharCode(...(value as number[]));
  if (typeof value !== 'string') return undefined;
  try {
    return atob(value);
  } catch {
    return undefined;
  }
}
