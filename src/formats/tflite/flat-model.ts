/**
 * A TensorFlow Lite model as plain data, one to one with the flatbuffer's tables but for two things: operator codes are
 * resolved into each operator, and options are records by field name. `decode.ts` makes it from bytes, `encode.ts` turns it
 * into bytes; `lower-*.ts` reads a Graph out of it and `raise-*.ts` builds it from a Graph.
 * Schema: https://github.com/google-ai-edge/LiteRT/blob/main/tflite/converter/schema/schema.fbs
 */

/** Numbers of the schema's TensorType. */
export const tensorTypes = {
  FLOAT32: 0, FLOAT16: 1, INT32: 2, UINT8: 3, INT64: 4, STRING: 5, BOOL: 6, INT16: 7, COMPLEX64: 8, INT8: 9, FLOAT64: 10,
  COMPLEX128: 11, UINT64: 12, RESOURCE: 13, VARIANT: 14, UINT32: 15, UINT16: 16, INT4: 17, BFLOAT16: 18, INT2: 19, UINT4: 20,
} as const;

export type TensorType = keyof typeof tensorTypes;

export interface FlatQuantization {
  /** One for the tensor, or one for each index of `axis`. Never empty: an empty table is read as no quantization. */
  readonly scale: Float32Array;
  /** As many as scales. */
  readonly zeroPoint: readonly number[];
  /** The tensor's dimension that `scale` runs along; meaningless with one scale. */
  readonly axis: number;
  readonly min?: Float32Array;
  readonly max?: Float32Array;
}

export type FlatDimension =
  | { readonly format: 'dense'; readonly size: number }
  | { readonly format: 'sparse'; readonly segments: Int32Array; readonly indices: Int32Array };

export interface FlatSparsity {
  readonly traversalOrder: readonly number[];
  readonly blockMap: readonly number[];
  readonly dimensions: readonly FlatDimension[];
}

export interface FlatTensor {
  readonly name: string;
  readonly type: TensorType;
  /** 1 where unknown; null: the rank is unknown. */
  readonly shape: readonly number[] | null;
  /** −1 where unknown; absent: `shape` is all there is. */
  readonly shapeSignature?: readonly number[];
  /** Present: a constant's bytes, as stored (int4 and int2 packed, sparse values only). */
  readonly data?: Uint8Array;
  readonly quantization?: FlatQuantization;
  readonly isVariable: boolean;
  readonly sparsity?: FlatSparsity;
}

export type FlatOptionValue = number | boolean | string | readonly number[];

/** Options by the schema's table name, e.g. `Conv2DOptions`; fields in camelCase, e.g. `strideW`; all present after decoding. */
export interface FlatOptions {
  readonly table: string;
  readonly fields: Readonly<Record<string, FlatOptionValue>>;
}

export interface FlatOperator {
  /** BuiltinOperator's name, e.g. `CONV_2D`; `CUSTOM` with `customCode`. */
  readonly op: string;
  readonly customCode?: string;
  readonly version: number;
  /** Tensor indices; −1: an optional input left out. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options?: FlatOptions;
  readonly customOptions?: Uint8Array;
  readonly intermediates?: readonly number[];
}

export interface FlatSubgraph {
  readonly name: string;
  readonly tensors: readonly FlatTensor[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** In execution order. */
  readonly operators: readonly FlatOperator[];
}

export interface FlatSignature {
  readonly key: string;
  readonly subgraph: number;
  readonly inputs: readonly { readonly name: string; readonly tensor: number }[];
  readonly outputs: readonly { readonly name: string; readonly tensor: number }[];
}

export interface FlatModel {
  readonly description: string;
  readonly subgraphs: readonly FlatSubgraph[];
  readonly signatures: readonly FlatSignature[];
  /** By name, e.g. `min_runtime_version`. */
  readonly metadata: readonly { readonly name: string; readonly data: Uint8Array }[];
}
