/** Examples for passes that look at data, and the fashion models with their recorded images. */
import { readFileSync } from 'node:fs';
import type { Graph } from '../../src/ir/graph';
import { createRandom } from '../../src/lib/random';
import { ignoreProgress } from '../../src/lib/progress';
import { fileOf } from '../../src/lib/source-file';
import { readKeras } from '../../src/formats/keras/read';
import type { CalibrationExamples, PassContext } from '../../src/passes/pass';
import type { Batch } from '../../src/runtime/backend';
import { foldBatchNorm } from '../../src/passes/fold-batch-norm/run';
import { createBackend } from '../../src/runtime/tfjs/backends';
import { contextOf, runGraph } from './run-graph';

export function examplesOf(batch: Batch): CalibrationExamples {
  const size = batch.data.length / batch.shape[0]!;
  return {
    count: batch.shape[0]!,
    inputs: async (start, count) => {
      const end = Math.min(start + count, batch.shape[0]!);
      return [{ ...batch, shape: [end - start, ...batch.shape.slice(1)], data: batch.data.slice(start * size, end * size) }];
    },
  };
}

/** Seeded normal examples for a graph with one input, plus `offset`. */
export function randomExamples(graph: Graph, count: number, seed: number, offset = 0): CalibrationExamples {
  const random = createRandom(seed);
  const shape = [count, ...graph.values[graph.inputs[0]!]!.shape!.slice(1)];
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal() + offset);
  return examplesOf({ shape, dtype: 'float32', data });
}

/** A context with data; `reference` is what the numbers should be. */
export function dataContext(options: object, reference: Graph, examples: CalibrationExamples | null): PassContext {
  return {
    ...contextOf(options, reference),
    examples,
    execute: (graph) => runGraph(graph, []),
    prepare: async (graph) => (await createBackend('cpu')).prepare(graph),
  };
}

/** A trained classifier as Keras saved it. */
export async function fashionOriginal(name: 'fashion_cnn' | 'fashion_mobile'): Promise<Graph> {
  const main = fileOf(`${name}.keras`, fixture(`${name}.keras`));
  return (await readKeras({ main, files: [main], report: ignoreProgress })).graph;
}

/** A trained classifier with its batch norms folded, and 64 test images of its data set. */
export async function fashionModel(name: 'fashion_cnn' | 'fashion_mobile'): Promise<{ graph: Graph; images: Batch }> {
  const { graph: folded } = await foldBatchNorm.run(await fashionOriginal(name), {}, contextOf({}));
  return { graph: folded, images: { shape: [64, 28, 28, 1], dtype: 'float32', data: Float32Array.from(fixture('images.u8'), (byte) => byte / 255) } };
}

const fixture = (file: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(new URL(`../fixtures/fashion/${file}`, import.meta.url)));

/** Largest difference of the outputs on the given inputs, relative to the largest magnitude. */
export async function differenceOn(before: Graph, after: Graph, inputs: readonly Batch[]): Promise<number> {
  const [expected] = await runGraph(before, inputs);
  const [actual] = await runGraph(after, inputs);
  let largest = 0;
  let magnitude = 0;
  for (const [i, value] of expected!.data.entries()) {
    largest = Math.max(largest, Math.abs(value - actual!.data[i]!));
    magnitude = Math.max(magnitude, Math.abs(value));
  }
  return largest / magnitude;
}
