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

/** They compute along the batch, or repeat an operand over it in more dimensions than kernels broadcast. */
const needsBatch = ['cumprod: axis 0, exclusive', 'mul: five dimensions, none alike'];

/** Those that make sense when the first dimension of their inputs is not known. */
const openCases = cases.flatMap((of): (readonly [OpCase, Graph])[] => {
  const open = graphOfCase(of, (shape) => (shape.length > 0 ? [-1, ...shape.slice(1)] : shape));
  try {
    return [[of, inferShapes(open)]];
  } catch {
    return [];
  }
});

describe('an operator in TensorFlow Lite’s words', () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend('cpu');
  });
  afterAll(() => backend.dispose());

  it.each(cases.map((of) => [`${of.op}: ${of.name}`, of] as const))('%s', async (_, of) => {
    const { graph: legal } = legalize(inferShapes(graphOfCase(of)));
    checkGraph(legal, 'legalize');
    checkOps(legal);
    for (const node of legal.nodes) expect([node.op, reasonAgainst(node, (id) => legal.values[id]!)]).toEqual([node.op, null]);
    await expectAnswers(backend, legal, of);
  });

  const withOpenBatch = openCases.map(([of, graph]) => [`${of.op}: ${of.name}`, of, graph] as const);
  it.each(withOpenBatch.filter(([name]) => !needsBatch.includes(name)))('with an open batch: %s', async (_, of, graph) => {
    await expectAnswers(backend, legalize(graph).graph, of);
  });

  it.each(withOpenBatch.filter(([name]) => needsBatch.includes(name)))('refused with an open batch: %s', (_name, _of, graph) => {
    expect(() => legalize(graph)).toThrowError(/is not fixed; export with a fixed batch/);
  });
});

async function expectAnswers(backend: Backend, legal: Graph, of: OpCase): Promise<void> {
  const expected = await runWithTfjs(of);
  const actual = await run(backend, legal, of);
  expect(actual.map(({ shape }) => shape)).toEqual(expected.slice(0, actual.length).map(({ shape }) => shape));
  for (const [i, output] of actual.entries()) {
    expect(relativeDifference(output.data, (await expected[i]!.data()) as tf.TypedArray), `output ${i}`).toBeLessThan(TOLERANCES[of.op] ?? TOLERANCE);
  }
}

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
