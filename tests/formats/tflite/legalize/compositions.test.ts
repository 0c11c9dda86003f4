/** Forms that no single function of TensorFlow.js has: against its functions put together. */
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Graph } from '../../../../src/ir/graph';
import { legalize } from '../../../../src/formats/tflite/legalize';
import { inferShapes } from '../../../../src/ops/infer-shapes';
import type { Backend, FileBackend } from '../../../../src/runtime/backend';
import { createBackend } from '../../../../src/runtime/tfjs/backends';
import type { OpCase } from '../../../ops/cases/op-case';
import { numbersOf, opCase, weight, x } from '../../../ops/cases/op-case';
import { graphOfCase } from '../../../ops/graph-of-case';
import { relativeDifference } from '../../../runtime/tfjs/numbers';
import { runWritten, startLiteRt } from '../run-written';

/** float32 in another order of operations. */
const TOLERANCE = 1e-6;

const volumes = { strides: [1, 1, 1], padding: 'same', dilations: [1, 1, 1], activation: 'relu' } as const;
const deconvolution = { strides: [2, 2], dilations: [2, 3], outputPadding: null, activation: 'none' } as const;
const planeShapes = [x([1, 4, 5, 2]), weight([3, 2, 3, 2]), weight([3])];

const compositions: readonly (readonly [OpCase, (...inputs: tf.Tensor[]) => tf.Tensor])[] = [
  [
    opCase('conv3d', 'two groups', { ...volumes, groups: 2 }, [x([1, 3, 4, 5, 4]), weight([2, 2, 2, 2, 6]), weight([6])]),
    (input, kernel, bias) => {
      const [inputs, kernels] = [tf.split(input!, 2, 4), tf.split(kernel!, 2, 4)];
      const parts = inputs.map((part, i) => tf.conv3d(part as tf.Tensor5D, kernels[i] as tf.Tensor5D, 1, 'same'));
      return tf.relu(tf.add(tf.concat(parts, 4), bias!));
    },
  ],
  [
    opCase('conv3d', 'explicit padding', { ...volumes, padding: [[1, 0], [0, 2], [1, 1]], activation: 'tanh', groups: 1 }, [x([1, 3, 4, 5, 2]), weight([2, 2, 2, 2, 3])]),
    (input, kernel) => tf.tanh(tf.conv3d(tf.pad(input!, [[0, 0], [1, 0], [0, 2], [1, 1], [0, 0]]) as tf.Tensor5D, kernel as tf.Tensor5D, 1, 'valid')),
  ],
  [opCase('transpose-conv2d', 'dilated, same', { ...deconvolution, padding: 'same' }, planeShapes), (...inputs) => dilatedTranspose(inputs, [1, 8, 10, 3], 'same')],
  [opCase('transpose-conv2d', 'dilated, valid', { ...deconvolution, padding: 'valid' }, planeShapes), (...inputs) => dilatedTranspose(inputs, [1, 11, 12, 3], 'valid')],
  [
    opCase('einsum', 'three operands', { equation: 'ab,bc,cd->ad' }, [x([2, 3]), x([3, 4]), weight([4, 2])]),
    (a, b, c) => tf.matMul(tf.matMul(a!, b!), c!),
  ],
  [
    opCase('einsum', 'a label summed alone', { equation: 'abc,cd->ad' }, [x([2, 3, 4]), weight([4, 2])]),
    (a, b) => tf.matMul(tf.sum(a!, 1), b!),
  ],
  [
    opCase('dense', 'a computed kernel', { activation: 'relu' }, [x([2, 3, 4]), x([4, 5]), weight([5])]),
    (a, kernel, bias) => tf.relu(tf.add(tf.reshape(tf.matMul(tf.reshape(a!, [6, 4]), kernel!), [2, 3, 5]), bias!)),
  ],
  [
    opCase('local-response-norm', 'rank 3', { radius: 1, bias: 1, alpha: 0.2, beta: 0.5 }, [x([2, 3, 5])]),
    (a) => tf.squeeze(tf.localResponseNormalization(tf.expandDims(a!, 0) as tf.Tensor4D, 1, 1, 0.2, 0.5), [0]),
  ],
];

describe.each(compositions.map(([of, compute]) => [`${of.op}: ${of.name}`, of, compute] as const))('%s', (_, of, compute) => {
  let backend: Backend;
  let liteRt: FileBackend;
  beforeAll(async () => {
    backend = await createBackend('cpu');
    liteRt = await startLiteRt();
  });
  afterAll(() => {
    backend.dispose();
    liteRt.dispose();
  });

  async function expected(): Promise<tf.Tensor> {
    await tf.setBackend('cpu');
    return compute(...of.inputs.map((input, i) => tf.tensor([...numbersOf(of, i)], [...input!.shape])));
  }
  const batches = of.inputs.flatMap((input, i) =>
    input!.constant ? [] : [{ shape: input!.shape, dtype: 'float32' as const, data: Float32Array.from(numbersOf(of, i)) }],
  );
  const graph = (): Graph => inferShapes(graphOfCase(of));

  it('is the same rewritten', async () => {
    const answer = await expected();
    const model = await backend.prepare(legalize(graph()).graph);
    const [actual] = await model.run(batches);
    model.dispose();
    expect(actual!.shape).toEqual(answer.shape);
    expect(relativeDifference(actual!.data, await answer.data())).toBeLessThan(TOLERANCE);
  });

  it('is the same in LiteRT', async () => {
    const answer = await expected();
    const [actual] = await runWritten(liteRt, graph(), batches);
    expect(actual!.shape).toEqual(answer.shape);
    expect(relativeDifference(actual!.data, await answer.data())).toBeLessThan(TOLERANCE);
  });
});

/** A dilated kernel is one with zeros between its cells. */
function dilatedTranspose([input, kernel, bias]: readonly tf.Tensor[], shape: [number, number, number, number], padding: 'same' | 'valid'): tf.Tensor {
  const [rows, columns] = kernel!.shape as [number, number];
  const cells = tf.unstack(kernel!).map((row) => tf.unstack(row));
  const empty = tf.zerosLike(cells[0]![0]!);
  const spread = Array.from({ length: (rows - 1) * 2 + 1 }, (_, i) =>
    tf.stack(Array.from({ length: (columns - 1) * 3 + 1 }, (__, j) => (i % 2 === 0 && j % 3 === 0 ? cells[i / 2]![j / 3]! : empty))),
  );
  return tf.add(tf.conv2dTranspose(input as tf.Tensor4D, tf.stack(spread) as tf.Tensor4D, shape, [2, 2], padding), bias!);
}
