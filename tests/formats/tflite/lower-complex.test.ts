/** Complex numbers between the operators that make and part them. What whole files answer is recorded: read.test.ts. */
import { describe, expect, it } from 'vitest';
import type { FlatModel, FlatTensor } from '../../../src/formats/tflite/flat-model';
import { lowerModel } from '../../../src/formats/tflite/lower';
import type { NodeOf } from '../../../src/ir/graph';
import { bytesOf, flatModel, flatOperator, flatTensor } from './flat-models';

const complex = (shape: readonly number[], fields: Partial<FlatTensor> = {}): FlatTensor => flatTensor({ type: 'COMPLEX64', shape, ...fields });
const size = (height: number, length: number): FlatTensor => flatTensor({ type: 'INT32', shape: [2], data: bytesOf(Int32Array.of(height, length)) });

/** x [2, 1, 8] through RFFT2D, and what comes behind it: tensor 0 is x, 1 the size, 2 the spectrum [2, 1, 5]. */
function spectrum(behind: readonly FlatTensor[], operators: FlatModel['subgraphs'][0]['operators'], outputs: readonly number[], sizes = size(1, 8)): FlatModel {
  const tensors = [flatTensor({ name: 'x', shape: [2, 1, 8] }), sizes, complex([2, 1, 5], { name: 'spectrum' }), ...behind];
  return flatModel(tensors, [flatOperator('RFFT2D', [0, 1], [2]), ...operators], [0], outputs);
}

function outcome(model: FlatModel): string {
  try {
    lowerModel(model, 'model.tflite', 'model');
    return 'read';
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

describe('a spectrum', () => {
  it('becomes one operator for each part that is taken of it, however it was moved', () => {
    const squeezed = { options: { table: 'SqueezeOptions', fields: { squeezeDims: [1] } } };
    const model = spectrum(
      [complex([2, 5]), flatTensor({ shape: [2, 5] }), flatTensor({ shape: [2, 1, 5] }), flatTensor({ shape: [2, 5] })],
      [flatOperator('SQUEEZE', [2], [3], squeezed), flatOperator('REAL', [3], [4]), flatOperator('COMPLEX_ABS', [2], [5]), flatOperator('CAST', [3], [6])],
      [4, 5, 6],
    );
    const { graph } = lowerModel(model, 'model.tflite', 'model');
    expect(graph.nodes.map(({ op }) => op).sort()).toEqual(['real-fft', 'real-fft', 'squeeze']);
    expect(graph.nodes.flatMap((node) => (node.op === 'real-fft' ? [(node as NodeOf<'real-fft'>).attributes.part] : [])).sort()).toEqual(['magnitude', 'real']);
    expect(graph.outputs.map((id) => graph.values[id]!.shape)).toEqual([[2, 5], [2, 1, 5], [2, 5]]);
  });

  it('that nothing takes a part of is left out', () => {
    const model = spectrum([flatTensor({ shape: [2, 1, 8] })], [flatOperator('ABS', [0], [3])], [3]);
    expect(lowerModel(model, 'model.tflite', 'model').graph.nodes.map(({ op }) => op)).toEqual(['abs']);
  });

  it.each([
    ['of several rows', spectrum([flatTensor({ shape: [2, 1, 5] })], [flatOperator('REAL', [2], [3])], [3], size(2, 8)), /transforms planes of 1 × 2 rows/],
    ['of no power of two', spectrum([flatTensor({ shape: [2, 1, 5] })], [flatOperator('REAL', [2], [3])], [3], size(1, 12)), /transforms 12 numbers at once; allowed are powers of two/],
    ['of endless rows', spectrum([flatTensor({ shape: [2, 1, 5] })], [flatOperator('REAL', [2], [3])], [3], size(1, 2 ** 30)), /powers of two up to 4096/],
    ['whose size is one number', spectrum([flatTensor({ shape: [2, 1, 5] })], [flatOperator('REAL', [2], [3])], [3], flatTensor({ type: 'INT32', shape: [1], data: bytesOf(Int32Array.of(8)) })), /UnsupportedError: .*transforms/],
    ['that leaves the model', spectrum([], [], [2]), /UnsupportedError: .*complex numbers: they enter or leave it/],
    ['that is computed with', spectrum([complex([2, 1, 5]), flatTensor({ shape: [2, 1, 5] })], [flatOperator('ADD', [2, 2], [3]), flatOperator('REAL', [3], [4])], [4]), /complex numbers: ADD takes or gives several/],
    ['that stands still', spectrum([complex([1], { data: new Uint8Array(8) })], [], [0]), /complex numbers: it holds constants/],
  ])('%s is refused in words', (_, model, words) => {
    expect(outcome(model)).toMatch(words);
  });
});
