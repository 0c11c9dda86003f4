import { describe, expect, it } from 'vitest';
import type { FlatModel } from '../../../src/formats/tflite/flat-model';
import { lowerModel } from '../../../src/formats/tflite/lower';
import { bytesOf, flatModel, flatOperator, flatTensor } from './flat-models';

/** Kind and message of the error that reading ends with. */
function outcome(model: FlatModel): string {
  try {
    lowerModel(model, 'model.tflite', 'model');
    return 'read';
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

const LARGE = 2 ** 30;

describe('a file made to harm', () => {
  it('may share a buffer among constants, but not among more than memory holds', () => {
    const data = new Uint8Array(4 * 2 ** 20);
    const count = 100;
    const tensors = [
      flatTensor({ shape: [2 ** 20] }),
      ...Array.from({ length: count }, (_, i) => flatTensor({ name: `c${i}`, shape: [2 ** 20], data })),
      ...Array.from({ length: count }, () => flatTensor({ shape: [2 ** 20] })),
    ];
    const adding = (additions: number): FlatModel =>
      flatModel(tensors, Array.from({ length: additions }, (_, i) => flatOperator('ADD', [0, 1 + i], [1 + count + i])), [0], [1 + count]);
    expect(outcome(adding(4))).toBe('read');
    expect(outcome(adding(count))).toMatch(/^FormatError: The constants up to "c\d+" hold \d+ numbers, far more than the file stores/);
  });

  it('may not name a dense size that it does not fill', () => {
    const sparsity = { traversalOrder: [0], blockMap: [], dimensions: [{ format: 'sparse' as const, segments: Int32Array.of(0, 1), indices: Int32Array.of(5) }] };
    const tensors = [flatTensor({ shape: [LARGE] }), flatTensor({ name: 'few', shape: [LARGE], data: bytesOf(Float32Array.of(1)), sparsity }), flatTensor({ shape: [LARGE] })];
    expect(outcome(flatModel(tensors, [flatOperator('ADD', [0, 1], [2])], [0], [2]))).toMatch(/^FormatError: The constants up to "few"/);
  });

  it('may not walk over the same indices for every row of a sparse constant', () => {
    const sparsity = {
      traversalOrder: [0, 1],
      blockMap: [],
      dimensions: [{ format: 'dense' as const, size: 3 }, { format: 'sparse' as const, segments: Int32Array.of(0, 2, 0, 2), indices: Int32Array.of(0, 1) }],
    };
    const tensors = [flatTensor({ shape: [3, 2] }), flatTensor({ shape: [3, 2], data: bytesOf(new Float32Array(4)), sparsity }), flatTensor({ shape: [3, 2] })];
    expect(outcome(flatModel(tensors, [flatOperator('ADD', [0, 1], [2])], [0], [2]))).toMatch(/^FormatError: .*segments out of order/);
  });

  it('may not give a list as long as a value', () => {
    const tensors = [flatTensor({ shape: [LARGE] }), flatTensor({ type: 'INT32', shape: [1] }), flatTensor({ type: 'INT32', shape: [LARGE] }), flatTensor({ shape: [1] })];
    const options = { table: 'StridedSliceOptions', fields: { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0, offset: false } };
    expect(outcome(flatModel(tensors, [flatOperator('STRIDED_SLICE', [0, 1, 1, 2], [3], { options })], [0, 1, 2], [3]))).toBe('read');
    const axes = flatTensor({ type: 'INT32', shape: [4096], data: new Uint8Array(4 * 4096) });
    expect(outcome(flatModel([flatTensor(), axes, flatTensor()], [flatOperator('SUM', [0, 1], [2])], [0], [2]))).toMatch(/^UnsupportedError: .*input 1 is a list of 16384 bytes/);
  });

  it('is refused in words where it is no sound graph', () => {
    const twice = flatModel([flatTensor({ name: 'x' }), flatTensor()], [flatOperator('ABS', [0], [0])], [0], [1]);
    expect(outcome(twice)).toMatch(/^FormatError: /);
    const without = flatModel([flatTensor(), flatTensor()], [flatOperator('NEG', [0], [])], [0], [1]);
    expect(outcome(without)).toMatch(/^UnsupportedError: .*it has 0 outputs/);
    const filter = flatTensor({ shape: [3], data: bytesOf(new Float32Array(3)) });
    expect(outcome(flatModel([flatTensor(), filter, flatTensor()], [flatOperator('FULLY_CONNECTED', [0, 1], [2])], [0], [2]))).toMatch(/^UnsupportedError: .*its filter has 1 dimensions in place of 2/);
  });
});

describe('scales that no kernel knows', () => {
  it('along the window of a depthwise filter are refused', () => {
    const filter = flatTensor({
      type: 'INT8', shape: [1, 2, 2, 2], data: new Uint8Array(8), quantization: { scale: Float32Array.of(1, 2), zeroPoint: [0, 0], axis: 1 },
    });
    const options = { table: 'DepthwiseConv2DOptions', fields: { padding: 0, strideW: 1, strideH: 1, depthMultiplier: 1, fusedActivationFunction: 0, dilationWFactor: 1, dilationHFactor: 1 } };
    const image = flatTensor({ shape: [1, 4, 4, 2] });
    expect(outcome(flatModel([image, filter, image], [flatOperator('DEPTHWISE_CONV_2D', [0, 1, -1], [2], { options })], [0], [2]))).toMatch(
      /^UnsupportedError: .*scales along dimension 1/,
    );
  });
});
