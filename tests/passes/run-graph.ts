/** Runs a graph on the cpu backend of TensorFlow.js, for tests that compare outputs before and after. */
import type { Graph } from '../../src/ir/graph';
import { createRandom } from '../../src/lib/random';
import type { PassContext } from '../../src/passes/pass';
import type { OptionValue } from '../../src/options/options';
import type { Batch } from '../../src/runtime/backend';
import { smallConvNet } from '../ir/graphs';
import { createBackend } from '../../src/runtime/tfjs/backends';

export async function runGraph(graph: Graph, inputs: readonly Batch[]): Promise<Batch[]> {
  const model = await (await createBackend('cpu')).prepare(graph);
  try {
    return await model.run(inputs);
  } finally {
    model.dispose();
  }
}

/** Seeded normal inputs, batch 3. */
export function inputsOf(graph: Graph): Batch[] {
  const random = createRandom(9);
  return graph.inputs.map((id) => {
    const shape = graph.values[id]!.shape!.map((dimension) => (dimension < 0 ? 3 : dimension));
    const size = shape.reduce((a, b) => a * b, 1);
    return { shape, dtype: 'float32' as const, data: Float32Array.from({ length: size }, () => random.normal()) };
  });
}

/** Largest difference of all outputs, relative to the largest magnitude. */
export async function outputDifference(before: Graph, after: Graph): Promise<number> {
  const inputs = inputsOf(before);
  const expected = await runGraph(before, inputs);
  const actual = await runGraph(after, inputs);
  let largest = 0;
  let magnitude = 0;
  for (const [i, output] of expected.entries()) {
    for (const [j, value] of output.data.entries()) {
      largest = Math.max(largest, Math.abs(value - actual[i]!.data[j]!));
      magnitude = Math.max(magnitude, Math.abs(value));
    }
  }
  return largest / magnitude;
}

/** A context without rules and without data; `graph` is what the numbers should be. */
export function contextOf(options: object, graph: Graph = smallConvNet()): PassContext {
  return {
    prepare: async (prepared) => (await createBackend('cpu')).prepare(prepared),
    examples: null, trainer: null, gradients: null, student: null,
    reference: graph,
    teacher: graph,
    report: () => {},
    seed: 1,
    execute: (constants) => runGraph(constants, []),
    optionsFor: () => options as Readonly<Record<string, OptionValue>>,
  };
}
