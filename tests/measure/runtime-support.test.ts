import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeModel } from '../../src/formats/tflite/decode';
import type { FlatModel } from '../../src/formats/tflite/flat-model';
import { operatorNames } from '../../src/formats/tflite/schema';
import { runtimeSupport, type RuntimeSupport } from '../../src/measure/runtime-support';
import { edgeTpuRuntime, gpuRuntime, microRuntime } from '../../src/measure/runtime-support-lists';

const read = (name: string): FlatModel => decodeModel(Uint8Array.from(readFileSync(new URL(`../fixtures/tflite/${name}.tflite`, import.meta.url))));
const on = (runtime: RuntimeSupport['runtime'], model: FlatModel): RuntimeSupport => runtimeSupport(model).find((one) => one.runtime === runtime)!;

describe('runtime support', () => {
  it('names operators of the schema only', () => {
    const unknown = [microRuntime, edgeTpuRuntime, gpuRuntime].flatMap(({ operators }) => [...operators].filter((op) => !operatorNames.includes(op)));
    expect(unknown).toEqual([]);
  });

  // TensorFlow Lite Micro has run these: see the README of the fixtures.
  it.each(['net-float32', 'net-int8', 'net-int16x8', 'net-integer-borders', 'branches'])('%s runs on a microcontroller', (name) => {
    expect(on('micro', read(name))).toMatchObject({ supported: true, unsupported: [] });
  });

  it('counts hybrid kernels that a microcontroller does not have', () => {
    const { supported, unsupported } = on('micro', read('net-dynamic'));
    expect(supported).toBe(false);
    expect(unsupported).toContainEqual({ op: 'FULLY_CONNECTED', count: 1, why: 'keeps no int8 weights under float32 activations' });
  });

  it('tells custom operators by their own names', () => {
    expect(on('gpu', read('custom')).unsupported).toContainEqual({ op: 'Betainc', count: 1, why: 'no kernel for it' });
  });

  it('wants 8-bit integers throughout on the Edge TPU', () => {
    expect(on('edge-tpu', read('net-integer-borders'))).toMatchObject({ supported: true, unsupported: [] });
    expect(on('edge-tpu', read('net-int8')).unsupported).toEqual([
      { op: 'QUANTIZE', count: 1, why: 'works on float32; only 8-bit integers run there' },
      { op: 'DEQUANTIZE', count: 1, why: 'no kernel for it' },
    ]);
    expect(on('edge-tpu', read('net-int16x8')).unsupported[1]).toEqual({ op: 'CONV_2D', count: 2, why: 'works on int16; only 8-bit integers run there' });
  });

  it('lets GPUs take floats and 8-bit integers', () => {
    expect(['net-float32', 'net-float16', 'net-int8'].map((name) => on('gpu', read(name)).supported)).toEqual([true, true, true]);
    expect(on('gpu', read('net-int16x8')).unsupported[0]!.why).toMatch(/works on int16/);
  });
});
