/** What a training step is timed on: a net, a batch of random pictures and random labels, always the same. */
import type { Graph } from '../../src/ir/graph';
import { readKeras } from '../../src/formats/keras/read';
import { createRandom } from '../../src/lib/random';
import { fileOf } from '../../src/lib/source-file';

export interface StepTask {
  readonly graph: Graph;
  /** Of the batch. */
  readonly shape: readonly number[];
  readonly numbers: Float32Array;
  readonly labels: Int32Array;
  readonly classes: number;
}

/** Learning rate of every contestant. */
export const RATE = 1e-3;

export async function stepTask(name: string, bytes: Uint8Array<ArrayBuffer>, batch: number): Promise<StepTask> {
  const main = fileOf(name, bytes);
  const { graph } = await readKeras({ main, files: [main], report: () => undefined });
  const shape = [batch, ...graph.values[graph.inputs[0]!]!.shape!.slice(1)];
  const classes = graph.values[graph.outputs[0]!]!.shape!.at(-1)!;
  const random = createRandom(1);
  const numbers = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.uniform());
  const labels = Int32Array.from({ length: batch }, () => random.integer(classes));
  return { graph, shape, numbers, labels, classes };
}
