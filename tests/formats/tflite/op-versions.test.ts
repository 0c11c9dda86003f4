import { describe, expect, it } from 'vitest';
import { decodeModel } from '../../../src/formats/tflite/decode';
import type { FlatOperator, FlatTensor } from '../../../src/formats/tflite/flat-model';
import { versionOf } from '../../../src/formats/tflite/op-versions';
import { minRuntimeVersion, minRuntimeVersionBytes } from '../../../src/formats/tflite/op-versions-runtime';
import { fileBytes, operatorFiles } from './files';

/**
 * Files that TFLiteConverter wrote and set the versions of, by the nets' flavours; the 16-bit flavour is quantized after
 * they are set. The converter has one code for all uses of an operator, with the highest version that one of them needs.
 */
const converted = [
  ...['net-float32', 'net-float16', 'net-dynamic', 'net-int8', 'net-integer-borders', 'branches', 'control-flow'].map((name) => [name, fileBytes(name)] as const),
  ...operatorFiles().filter(([, bytes]) => decodeModel(bytes).metadata.some(({ name }) => name === 'min_runtime_version')),
].filter(([name]) => !/int16x8|legacy/.test(name));

function highest(entries: readonly (readonly [op: string, version: number])[]): Readonly<Record<string, number>> {
  const versions: Record<string, number> = {};
  for (const [op, version] of entries) versions[op] = Math.max(versions[op] ?? 1, version);
  return versions;
}

describe("as in the converter's files", () => {
  it.each(converted)('versions of %s', (_, bytes) => {
    const operators = decodeModel(bytes).subgraphs.flatMap((subgraph) => subgraph.operators.map((operator) => ({ operator, tensors: subgraph.tensors })));
    const ours = highest(operators.map(({ operator, tensors }) => [operator.op, versionOf(operator, tensors)]));
    expect(ours).toEqual(highest(operators.map(({ operator }) => [operator.op, operator.version])));
  });

  it.each(converted)('the runtime that %s needs', (_, bytes) => {
    const { subgraphs, metadata } = decodeModel(bytes);
    const stored = metadata.find(({ name }) => name === 'min_runtime_version')!.data;
    expect(minRuntimeVersionBytes(subgraphs.flatMap(({ operators }) => operators))).toEqual(Uint8Array.from(stored));
  });

  it('covers many operators', () => {
    const operators = converted.flatMap(([, bytes]) => decodeModel(bytes).subgraphs.flatMap((subgraph) => subgraph.operators.map(({ op }) => op)));
    expect(new Set(operators).size).toBeGreaterThan(80);
  });
});

describe('where the converter has no file', () => {
  const grid = (scale: number) => ({ scale: Float32Array.of(scale), zeroPoint: [0], axis: 0 });
  const tensor = (type: FlatTensor['type'], shape: readonly number[], more: Partial<FlatTensor> = {}): FlatTensor => ({ name: '', type, shape, isVariable: false, ...more });
  const version = (op: string, tensors: readonly FlatTensor[], options?: FlatOperator['options']): number => {
    const inputs = tensors.slice(0, -1).map((_, index) => index);
    return versionOf({ op, inputs, outputs: [tensors.length - 1], ...(options ? { options } : {}) }, tensors);
  };

  it.each([
    ['4-bit convolutions', 'CONV_2D', [tensor('INT8', [1, 4, 4, 2]), tensor('INT4', [3, 1, 1, 2]), tensor('INT8', [1, 4, 4, 3])], 7],
    ['grouped convolutions', 'CONV_2D', [tensor('FLOAT32', [1, 4, 4, 2]), tensor('FLOAT32', [3, 1, 1, 1]), tensor('FLOAT32', [1, 4, 4, 3])], 6],
    ['4-bit dense layers', 'FULLY_CONNECTED', [tensor('INT8', [1, 4]), tensor('INT4', [3, 4]), tensor('INT32', [3]), tensor('INT8', [1, 3])], 10],
    ['dense layers without a slot for a bias', 'FULLY_CONNECTED', [tensor('FLOAT32', [1, 4]), tensor('FLOAT32', [3, 4]), tensor('FLOAT32', [1, 3])], 6],
    ['4-bit weights turned to floats', 'DEQUANTIZE', [tensor('INT4', [4]), tensor('FLOAT32', [4])], 6],
    ['half floats turned to floats', 'DEQUANTIZE', [tensor('FLOAT16', [4]), tensor('FLOAT32', [4])], 3],
    ['products that grow', 'MUL', [tensor('INT8', [4], { quantization: grid(2) }), tensor('INT8', [4], { quantization: grid(1) }), tensor('INT8', [4], { quantization: grid(1) })], 3],
    ['products that shrink', 'MUL', [tensor('INT8', [4], { quantization: grid(0.5) }), tensor('INT8', [4], { quantization: grid(1) }), tensor('INT8', [4], { quantization: grid(1) })], 2],
    ['an operator of one version', 'NEG', [tensor('FLOAT32', [4]), tensor('FLOAT32', [4])], 1],
  ] as const)('%s follow op_version.cc', (_, op, tensors, expected) => {
    expect(version(op, tensors)).toBe(expected);
  });

  it('16-bit sums depend on an option', () => {
    const tensors = [tensor('INT16', [4], { quantization: grid(1) }), tensor('INT16', [4], { quantization: grid(1) }), tensor('INT16', [4], { quantization: grid(1) })];
    const options = (potScaleInt16: boolean) => ({ table: 'AddOptions', fields: { fusedActivationFunction: 0, potScaleInt16 } });
    expect(version('ADD', tensors, options(false))).toBe(3);
    expect(version('ADD', tensors, options(true))).toBe(1);
  });

  it('releases are compared as numbers', () => {
    expect(minRuntimeVersion([{ op: 'CONV_2D', version: 6 }, { op: 'CONV_2D', version: 8 }, { op: 'ADD', version: 1 }])).toBe('2.15.0');
    expect(minRuntimeVersion([{ op: 'CUSTOM', version: 1 }])).toBe('');
  });
});
