/**
 * Every case of every operator, rewritten into what TensorFlow Lite has, against TensorFlow.js itself on the operator that was rewritten.
 */
import type * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Graph } from '../../../../src/ir/graph';
import { legalize } from '../../../../src/formats/tflite/legalize';
import { reasonAgainst } from '../../../../src/formats/tflite/legalize/legal';
import { checkGraph } from '../../../../src/ir/check';
import { checkOps } from '../../../../src/ops/check';
import { inferShapes } from '../../../../src/ops/infer-shapes';
import type { Backend, Batch } from '../../../../src/runtime/backend';
import { createBackend } from '../../../../src/runtime/tfjs/backends';
import { elementwiseCases } from '../../../ops/cases/elementwise';
import { linearCases } from '../../../ops/cases/linear';
import { movementCases } from '../../../ops/cases/movement';
import type { OpCase } from '../../../ops/cases/op-case';
import { numbersOf } from '../../../ops/cases/op-case';
import { recurrentCases } from '../../../ops/cases/recurrent';
import { graphOfCase } from '../../../ops/graph-of-case';
import { runWithTfjs } from '../../../ops/tfjs-oracle';
import { relativeDifference } from '../../../runtime/tfjs/numbers';
import { legalizeCases } from './cases';

/** float32 in another order of operations. */
const TOLERANCE = 1e-6;
/** Formulas that are this far from the function. */
const TOLERANCES: Partial<Record<OpCase['op'], number>> = { erf: 3e-7 };

const cases = [...elementwiseCases, ...linearCases, ...movementCases, ...recurrentCases, ...legalizeCases];

describe('an operator in TensorFlow Lite’s words', () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend('cpu');
  });
  afterAll(() => backend.dispose());

  it.each(cases.map((of) => [`${of.op}: ${of.name}`, of] as const))('%s', async (_, of) => {
    const graph = inferShapes(graphOfCase(of));
    const { graph: legal } = legalize(graph);
    checkGraph(legal, 'legalize');
    checkOps(legal);
    for (const node of legal.nodes) expect([node.op, reasonAgainst(node, (id) => legal.values[id]!)]).toEqual([node.op, null]);
    const expected = await runWithTfjs(of);
    const actual = await run(backend, legal, of);
    expect(actual.map(({ shape }) => shape)).toEqual(expected.slice(0, actual.length).map(({ shape }) => shape));
    for (const [i, output] of actual.entries()) {
      expect(relativeDifference(output.data, (await expected[i]!.data()) as tf.TypedArray), `output ${i}`).toBeLessThan(TOLERANCES[of.op] ?? TOLERANCE);
    }
  });
});

async function run(backend: Backend, graph: Graph, of: OpCase): Promise<Batch[]> {
  const batches = of.inputs.flatMap((input, i): Batch[] => {
    if (!input || input.constant) return [];
    const numbers = numbersOf(of, i);
    const data = { float32: () => Float32Array.from(numbers), int32: () => Int32Array.from(numbers), bool: () => Uint8Array.from(numbers), string: () => new Float32Array() };
    return [{ shape: input.shape, dtype: input.dtype, data: data[input.dtype]() }];
  });
  const model = await backend.prepare(graph);
  try {
    return await model.run(batches);
  } finally {
    model.dispose();
  }
}
