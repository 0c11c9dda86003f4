/** The models of tests/fixtures/tflite-ops with what TensorFlow Lite's interpreter answered (see make.py there). */
import { readFileSync } from 'node:fs';
import type { Batch } from '../../../src/runtime/backend';
import type { DType } from '../../../src/ops/signatures';

const folder = new URL('../../fixtures/tflite-ops/', import.meta.url);

export interface RecordedBatch extends Batch {
  /** Of the grid that the numbers stand on; 0: none. */
  readonly step: number;
}

export interface RecordedCase {
  readonly name: string;
  /** Builtin operators that the file holds. */
  readonly operators: readonly string[];
  readonly inputs: readonly RecordedBatch[];
  readonly outputs: readonly RecordedBatch[];
}

interface StoredBatch {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly step: number;
  readonly data: string;
}

interface StoredCase {
  readonly operators: readonly string[];
  readonly inputs: readonly StoredBatch[];
  readonly outputs: readonly StoredBatch[];
}

export function recordedCases(): readonly RecordedCase[] {
  const { cases } = JSON.parse(readFileSync(new URL('answers.json', folder), 'utf8')) as { cases: Record<string, StoredCase> };
  return Object.entries(cases).map(([name, { operators, inputs, outputs }]) => ({
    name,
    operators,
    inputs: inputs.map(batchOf),
    outputs: outputs.map(batchOf),
  }));
}

export function modelBytes(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(`${name}.tflite`, folder)));
}

function batchOf({ shape, dtype, step, data }: StoredBatch): RecordedBatch {
  const { buffer } = new Uint8Array(Buffer.from(data, 'base64'));
  const numbers = dtype === 'float32' ? new Float32Array(buffer) : dtype === 'int32' ? new Int32Array(buffer) : new Uint8Array(buffer);
  return { shape, dtype, step, data: numbers };
}
