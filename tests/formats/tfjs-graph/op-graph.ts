/** A graph model of one TensorFlow op, made by hand as the converter would write it: what the reader's cases are made of. */
import { createRandom } from '../../../src/lib/random';
import type { WrittenFile } from '../../../src/formats/format';
import type { Batch } from '../../../src/runtime/backend';

export interface Operand {
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly data: readonly number[];
  readonly isConstant: boolean;
}

export interface OpGraph {
  /** Tells cases of one op apart. */
  readonly note?: string;
  readonly op: string;
  readonly operands: readonly Operand[];
  readonly attr?: Readonly<Record<string, unknown>>;
  /** How many outputs are asked for. */
  readonly outputs?: number;
}

/** A float32 input in (low, high). */
export function x(shape: readonly number[], low = -2, high = 2): Operand {
  const random = createRandom(shape.length * 31 + shape.reduce((a, b) => a + b, 7));
  const data = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => Math.fround(low + (high - low) * random.uniform()));
  return { shape, dtype: 'float32', data, isConstant: false };
}

export function given(shape: readonly number[], data: readonly number[], dtype: Operand['dtype'] = 'float32'): Operand {
  return { shape, dtype, data, isConstant: false };
}

/** A float32 constant. */
export function weight(shape: readonly number[], low = -1, high = 1): Operand {
  return { ...x(shape, low, high), isConstant: true };
}

/** An int32 constant: a list, or one number. */
export function ints(values: readonly number[] | number, shape?: readonly number[]): Operand {
  const data = typeof values === 'number' ? [values] : values;
  return { shape: shape ?? (typeof values === 'number' ? [] : [data.length]), dtype: 'int32', data, isConstant: true };
}

export function scalar(value: number): Operand {
  return { shape: [], dtype: 'float32', data: [value], isConstant: true };
}

// Attributes as protobuf-JSON.
export const i = (value: number) => ({ i: String(value) });
export const list = (values: readonly number[]) => ({ list: { i: values.map(String) } });
export const s = (value: string) => ({ s: Buffer.from(value).toString('base64') });
/** The same as a list of byte values, as some writers have it. */
export const bytes = (value: string) => ({ s: [...Buffer.from(value)] });
export const texts = (values: readonly string[]) => ({ list: { s: values.map((value) => Buffer.from(value).toString('base64')) } });
export const f = (value: number) => ({ f: value });
export const b = (value: boolean) => ({ b: value });
export const type = (value: string | number) => ({ type: value });

const DTYPES = { float32: 'DT_FLOAT', int32: 'DT_INT32', bool: 'DT_BOOL' } as const;

export function filesOf(graph: OpGraph): WrittenFile[] {
  const nodes = graph.operands.map(({ shape, dtype, isConstant }, k) => ({
    name: `in${k}`,
    op: isConstant ? 'Const' : 'Placeholder',
    attr: { dtype: type(DTYPES[dtype]), ...(isConstant ? {} : { shape: { shape: { dim: shape.map((size) => ({ size: String(size) })) } } }) },
  }));
  const node = { name: 'node', op: graph.op, input: nodes.map(({ name }) => name), attr: graph.attr ?? {} };
  const outputs = Array.from({ length: graph.outputs ?? 1 }, (_, k) => ({
    name: `out${k}`, op: 'Identity', input: [k === 0 ? 'node' : `node:${k}`], attr: {},
  }));
  const constants = graph.operands.flatMap((operand, k) => (operand.isConstant ? [{ ...operand, name: `in${k}` }] : []));
  const model = {
    format: 'graph-model',
    generatedBy: 'test',
    modelTopology: { node: [...nodes, node, ...outputs], versions: { producer: 1 } },
    signature: {
      inputs: Object.fromEntries(nodes.filter(({ op }) => op === 'Placeholder').map(({ name }) => [name, { name: `${name}:0` }])),
      outputs: Object.fromEntries(outputs.map(({ name }) => [name, { name: `${name}:0` }])),
    },
    weightsManifest: [{ paths: ['weights.bin'], weights: constants.map(({ name, shape, dtype }) => ({ name, shape, dtype })) }],
  };
  const shards = constants.map(({ dtype, data }) => {
    if (dtype === 'bool') return Uint8Array.from(data);
    return new Uint8Array((dtype === 'int32' ? Int32Array.from(data) : Float32Array.from(data)).buffer);
  });
  return [
    { name: 'model.json', bytes: new TextEncoder().encode(JSON.stringify(model)) },
    { name: 'weights.bin', bytes: new Uint8Array(Buffer.concat(shards)) },
  ];
}

export function inputsOf(graph: OpGraph): Batch[] {
  return graph.operands
    .filter((operand) => !operand.isConstant)
    .map(({ shape, dtype, data }) => ({ shape, dtype, data: dtype === 'float32' ? Float32Array.from(data) : dtype === 'int32' ? Int32Array.from(data) : Uint8Array.from(data) }));
}
