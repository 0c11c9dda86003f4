/** What rounding to a grid gives, for all four backends: in Node for cpu and wasm, in the browser for webgl and webgpu. */
import type { Graph } from '../../../src/ir/graph';
import type { Quantization } from '../../../src/ir/quantization';
import { float32Tensor } from '../../../src/ir/tensor';
import { draft, finish, value } from './graphs';

export interface GridCase {
  readonly name: string;
  readonly grid: Quantization;
  readonly numbers: readonly number[];
  readonly expected: readonly number[];
}

/** Scales are powers of two, so that halves are exact. */
export const gridCases: readonly GridCase[] = [
  {
    name: 'halves go to the even neighbour',
    grid: { dtype: 'int8', scale: 0.25, zeroPoint: 3 },
    numbers: [0.125, 0.375, 0.625, 0.875, -0.125, -0.375, -0.625, 0.126, 0.374],
    expected: [0, 0.5, 0.5, 1, 0, -0.5, -0.5, 0.25, 0.25],
  },
  {
    name: 'int8 ends at −128 and 127',
    grid: { dtype: 'int8', scale: 2, zeroPoint: -100 },
    numbers: [-57, -56, -1e9, 453, 454, 455, 1e9, 0],
    expected: [-56, -56, -56, 452, 454, 454, 454, 0],
  },
  {
    name: 'uint8 ends at 0 and 255',
    grid: { dtype: 'uint8', scale: 0.5, zeroPoint: 128 },
    numbers: [-64, -65, 63.5, 64, 1e30, -1e30],
    expected: [-64, -64, 63.5, 63.5, 63.5, -64],
  },
  {
    name: 'int16 ends at −32768 and 32767',
    grid: { dtype: 'int16', scale: 0.5, zeroPoint: 0 },
    numbers: [-16384.5, 16383.5, 16384, 8191.75, 8192.25, 0.25, 0.75],
    expected: [-16384, 16383.5, 16383.5, 8192, 8192, 0, 1],
  },
];

/** x → quantize → y on the grid. */
export function graphOfGridCase({ grid }: GridCase): Graph {
  const d = draft();
  value(d, 'x', [-1]);
  d.values['y'] = { id: 'y', name: 'y', dtype: 'float32', shape: [-1], quantization: grid };
  d.nodes.push({ id: 'n', name: 'quantize', op: 'quantize', inputs: ['x'], outputs: ['y'], attributes: {} });
  return finish(d, ['x'], ['y']);
}

/** Means of two by two with halves: 0.5, 2.5 and −0.5 steps, stored one lower; LiteRT rounds the stored −0.5, 1.5 and −1.5 away from zero. */
export function pooledHalves() {
  const d = draft();
  const quantization: Quantization = { dtype: 'int8', scale: 0.5, zeroPoint: -1 };
  d.values['x'] = { id: 'x', name: 'x', dtype: 'float32', shape: [-1, 2, 6, 1], quantization };
  d.values['y'] = { id: 'y', name: 'y', dtype: 'float32', shape: [-1, 1, 3, 1], quantization };
  const attributes = { kernel: [2, 2], strides: [2, 2], padding: 'valid', activation: 'none' } as const;
  d.nodes.push({ id: 'n', name: 'pool', op: 'average-pool', inputs: ['x'], outputs: ['y'], attributes });
  const steps = [0, 1, 2, 3, 0, -1, 1, 0, 3, 2, -1, 0];
  const input = { shape: [1, 2, 6, 1], dtype: 'float32', data: Float32Array.from(steps, (step) => step * 0.5) } as const;
  return { graph: finish(d, ['x'], ['y']), input, expected: [0, 1.5, -0.5] };
}

/** From steps of 10/7 to steps of 1: XNNPACK takes 366/256 for the ratio, so that 120 steps, 171.43, become 171.56. */
export function requantized() {
  const d = draft();
  const scale = Math.fround(10 / 7);
  d.values['x'] = { id: 'x', name: 'x', dtype: 'float32', shape: [-1], quantization: { dtype: 'int8', scale, zeroPoint: 0 } };
  d.values['y'] = { id: 'y', name: 'y', dtype: 'float32', shape: [-1], quantization: { dtype: 'int8', scale: 1, zeroPoint: -128 } };
  d.nodes.push({ id: 'n', name: 'requantize', op: 'quantize', inputs: ['x'], outputs: ['y'], attributes: {} });
  const input = { shape: [3], dtype: 'float32', data: Float32Array.of(120 * scale, 14 * scale, -5) } as const;
  return { graph: finish(d, ['x'], ['y']), input, expected: [172, 20, 0] };
}

/** A 1×1 convolution by 1 with a bias of 0.5, on a grid of steps of 2, then relu6 on a grid of steps of 4. */
export function roundedConv() {
  const d = draft();
  value(d, 'x', [-1, 1, 3, 1]);
  value(d, 'kernel', [1, 1, 1, 1], float32Tensor([1, 1, 1, 1], [1]));
  value(d, 'bias', [1], {
    dtype: 'float32', shape: [1],
    encoding: { kind: 'affine', bits: 32, signed: true, values: Int32Array.of(1 << 20), scale: Float32Array.of(2 ** -21), zeroPoint: Float64Array.of(0), axis: null, blockSize: null },
  });
  const shape = [-1, 1, 3, 1];
  d.values['conv'] = { id: 'conv', name: 'conv', dtype: 'float32', shape, quantization: { dtype: 'int8', scale: 2, zeroPoint: 0 } };
  d.values['y'] = { id: 'y', name: 'y', dtype: 'float32', shape, quantization: { dtype: 'int8', scale: 4, zeroPoint: 0 } };
  const attributes = { strides: [1, 1], padding: 'valid', dilations: [1, 1], groups: 1, activation: 'none' } as const;
  d.nodes.push(
    { id: 'n0', name: 'conv', op: 'conv2d', inputs: ['x', 'kernel', 'bias'], outputs: ['conv'], attributes },
    { id: 'n1', name: 'relu6', op: 'relu6', inputs: ['conv'], outputs: ['y'], attributes: {} },
  );
  // −2.25, 2.1 and 3.25 round to −2, 2 and 4, and after relu6 to 0, 0 and 4. Merged, 2.1 would round to 4.
  const input = { shape: [1, 1, 3, 1], dtype: 'float32', data: Float32Array.of(-2.75, 1.6, 2.75) } as const;
  return { graph: finish(d, ['x'], ['y']), input, expected: [0, 0, 4] };
}
