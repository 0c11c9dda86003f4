/** A trained image classifier and its data set from files, for benchmarks: the model with its batch norms folded, and accuracy on the wasm backend. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { readArrays } from '../src/datasets/npz';
import { readKeras } from '../src/formats/keras/read';
import type { Graph } from '../src/ir/graph';
import { ignoreProgress } from '../src/lib/progress';
import { fileOf } from '../src/lib/source-file';
import { accuracyOf, predictClasses, type Examples } from '../src/measure/accuracy';
import type { CalibrationExamples, Recipe, RecipeStep } from '../src/passes/pass';
import { makeStep } from '../src/passes/recipe';
import { runRecipe, type RunnerContext } from '../src/passes/run-recipe';
import type { Batch } from '../src/runtime/backend';
import { createBackend } from '../src/runtime/tfjs/backends';
import { configureWasm } from '../src/runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../src/runtime/tfjs/wasm-paths.node';

configureWasm(nodeWasmPaths());

const BATCH = 250;

export interface Images extends CalibrationExamples {
  readonly labels: Int32Array;
}

/** `x_NAME` (bytes, divided by 255) and `y_NAME` of an .npz. */
export async function readImages(path: string, name: 'train' | 'test'): Promise<Images> {
  const arrays = await readArrays(fileOf(basename(path), new Uint8Array(readFileSync(path))));
  const x = arrays.get(`x_${name}`)!;
  const size = x.shape.slice(1).reduce((a, b) => a * b, 1);
  const shape = x.shape.length === 3 ? [...x.shape.slice(1), 1] : x.shape.slice(1);
  const count = x.shape[0]!;
  return {
    count,
    labels: Int32Array.from(arrays.get(`y_${name}`)!.data as Uint8Array),
    inputs: async (start, wanted) => {
      const end = Math.min(start + wanted, count);
      const data = Float32Array.from((x.data as Uint8Array).subarray(start * size, end * size), (byte) => byte / 255);
      return [{ shape: [end - start, ...shape], dtype: 'float32', data } satisfies Batch];
    },
  };
}

/** The model as passes get it mostly: simplified, batch norms folded. */
export async function readFolded(path: string): Promise<Graph> {
  const main = fileOf(basename(path), new Uint8Array(readFileSync(path)));
  const { graph } = await readKeras({ main, files: [main], report: ignoreProgress });
  return applySteps(graph, [makeStep('clean-up'), makeStep('fold-batch-norm')], null);
}

export async function applySteps(graph: Graph, steps: readonly RecipeStep[], examples: CalibrationExamples | null): Promise<Graph> {
  const recipe: Recipe = { version: 1, steps };
  const backend = await createBackend('wasm');
  const context = {
    report: ignoreProgress,
    seed: 1,
    prepare: (candidate: Graph) => backend.prepare(candidate),
    execute: async (candidate: Graph) => (await backend.prepare(candidate)).run([]),
    examples,
    dataKey: '',
    cache: { get: () => undefined, set: () => undefined },
    // What training needs, which these benchmarks do without.
    trainer: null,
    gradients: null,
    student: null,
    trainingKey: '',
  };
  return (await runRecipe(graph, recipe, context satisfies RunnerContext)).graph;
}

export async function accuracyOn(graph: Graph, images: Images): Promise<number> {
  const model = await (await createBackend('wasm')).prepare(graph);
  try {
    const examples: Examples = { ...images, inputs: (start, end) => images.inputs(start, end - start) };
    const predicted = await predictClasses(model, examples, { batchSize: BATCH, report: ignoreProgress });
    return accuracyOf(predicted, images.labels).accuracy.value;
  } finally {
    model.dispose();
  }
}
