/** The forms that rules make, written to a file and run by LiteRT itself, against TensorFlow.js on the operator that was rewritten. */
import type * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inferShapes } from '../../../../src/ops/infer-shapes';
import type { Batch, FileBackend } from '../../../../src/runtime/backend';
import { linearCases } from '../../../ops/cases/linear';
import type { OpCase } from '../../../ops/cases/op-case';
import { numbersOf } from '../../../ops/cases/op-case';
import { recurrentCases } from '../../../ops/cases/recurrent';
import { graphOfCase } from '../../../ops/graph-of-case';
import { runWithTfjs } from '../../../ops/tfjs-oracle';
import { relativeDifference } from '../../../runtime/tfjs/numbers';
import { runWritten, startLiteRt, withoutFlags } from '../run-written';
import { legalizeCases } from './cases';

/** float32 by other kernels, some of which approximate exp, tanh and σ. */
const TOLERANCE = 2e-6;

const cases = [...linearCases, ...recurrentCases, ...legalizeCases];

describe('LiteRT', () => {
  let backend: FileBackend;
  beforeAll(async () => {
    backend = await startLiteRt();
  });
  afterAll(() => backend.dispose());

  it.each(cases.map((of) => [`${of.op}: ${of.name}`, of] as const))('%s', async (_, of) => {
    const graph = withoutFlags(inferShapes(graphOfCase(of)));
    const expected = await runWithTfjs(of);
    for (const [i, output] of (await runWritten(backend, graph, batchesOf(of))).entries()) {
      expect(output.shape).toEqual(expected[i]!.shape);
      expect(relativeDifference(output.data, (await expected[i]!.data()) as tf.TypedArray), `output ${i}`).toBeLessThan(TOLERANCE);
    }
  });
});

/** Flags enter as whole numbers. */
function batchesOf(of: OpCase): Batch[] {
  return of.inputs.flatMap((input, i): Batch[] => {
    if (!input || input.constant) return [];
    const numbers = numbersOf(of, i);
    const isFloat = input.dtype === 'float32';
    return [{ shape: input.shape, dtype: isFloat ? 'float32' : 'int32', data: isFloat ? Float32Array.from(numbers) : Int32Array.from(numbers) }];
  });
}
