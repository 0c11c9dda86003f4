/** Small models as records, for what no file of the fixtures shows. */
import type { FlatModel, FlatOperator, FlatTensor } from '../../../src/formats/tflite/flat-model';

export function flatTensor(fields: Partial<FlatTensor> = {}): FlatTensor {
  return { name: '', type: 'FLOAT32', shape: [2, 3], isVariable: false, ...fields };
}

export function flatOperator(op: string, inputs: readonly number[], outputs: readonly number[], fields: Partial<FlatOperator> = {}): FlatOperator {
  return { op, version: 1, inputs, outputs, ...fields };
}

export function flatModel(
  tensors: readonly FlatTensor[],
  operators: readonly FlatOperator[],
  inputs: readonly number[],
  outputs: readonly number[],
  fields: Partial<FlatModel> = {},
): FlatModel {
  return { description: '', subgraphs: [{ name: '', tensors, operators, inputs, outputs }], signatures: [], metadata: [], ...fields };
}

export function bytesOf(numbers: ArrayBufferView): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
