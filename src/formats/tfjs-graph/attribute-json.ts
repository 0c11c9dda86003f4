/** Attributes of a GraphDef node as protobuf-JSON, in the form that the TensorFlow.js converter writes. */
import type { DType } from '../../ops/signatures';

export type AttributeJson = Readonly<Record<string, unknown>>;

export const integer = (value: number): AttributeJson => ({ i: String(value) });
export const integers = (values: readonly number[]): AttributeJson => ({ list: { i: values.map(String) } });
export const float = (value: number): AttributeJson => ({ f: value });
export const boolean = (value: boolean): AttributeJson => ({ b: value });
export const text = (value: string): AttributeJson => ({ s: btoa(value) });
export const texts = (values: readonly string[]): AttributeJson => ({ list: { s: values.map((value) => btoa(value)) } });
export const type = (dtype: DType): AttributeJson => ({ type: dtypeName(dtype) });
export const shape = (sizes: readonly number[] | null): AttributeJson => ({ shape: shapeJson(sizes) });

/** A `TensorShapeProto`. */
export function shapeJson(sizes: readonly number[] | null): Readonly<Record<string, unknown>> {
  return sizes === null ? { unknownRank: true } : { dim: sizes.map((size) => ({ size: String(size) })) };
}

export function dtypeName(dtype: DType): string {
  return { float32: 'DT_FLOAT', int32: 'DT_INT32', bool: 'DT_BOOL', string: 'DT_STRING' }[dtype];
}
