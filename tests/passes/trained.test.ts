/** Recipes that train, with the real trainer on a small task: what each step makes is still there at the end, and the model is still good. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Graph } from '../../src/ir/graph';
import { decodeFloats, sizeOf } from '../../src/ir/tensor';
import { argmaxRows } from '../../src/measure/accuracy';
import { checkQuantization } from '../../src/ops/check-quantization';
import type { PassContext, RecipeStep } from '../../src/passes/pass';
import { makeStep, parseRecipe } from '../../src/passes/recipe';
import { runRecipe } from '../../src/passes/run-recipe';
import { createBackend } from '../../src/runtime/tfjs/backends';
import { configureWasm } from '../../src/runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../../src/runtime/tfjs/wasm-paths.node';
import type { Trainer } from '../../src/training/training';
import { request, run, toyData, toyNet } from '../training/toy';

configureWasm(nodeWasmPaths());

const data = toyData(1024);
const unseen = toyData(500, 99);
const trainer: Trainer = { count: data.count, labelled: true, train: (asked) => run(asked, data) };
let base: Graph;

beforeAll(async () => {
  base = (await run(request(toyNet({ width: 12 }), {}, { epochs: 4 }), data)).graph;
});

async function applied(graph: Graph, steps: readonly RecipeStep[], seed = 1): Promise<Graph> {
  const backend = await createBackend('wasm');
  const execute: PassContext['execute'] = async (constants) => (await backend.prepare(constants)).run([]);
  const examples: PassContext['examples'] = { count: 64, inputs: async (start, count) => (await data.read(Uint32Array.from({ length: Math.min(count, 64 - start) }, (_, i) => start + i))).inputs };
  const result = await runRecipe(graph, parseRecipe({ version: 1, steps }), {
    report: () => {}, seed, execute, prepare: (one) => backend.prepare(one), examples, trainer, gradients: null, student: null, dataKey: '', trainingKey: '', cache: { get: () => undefined, set: () => undefined },
  });
  return result.graph;
}

async function accuracy(graph: Graph): Promise<number> {
  const model = await (await createBackend('wasm')).prepare(graph);
  const { inputs, labels } = await unseen.read(Uint32Array.from({ length: unseen.count }, (_, i) => i));
  const [output] = await model.run(inputs);
  model.dispose();
  return argmaxRows(output!, unseen.count)!.filter((one, i) => one === labels![i]).length / unseen.count;
}

const floatsOf = (graph: Graph, name: string): Float32Array => decodeFloats(graph.values[name]!.tensor!);
const zeroShare = (values: Float32Array): number => values.filter((value) => value === 0).length / values.length;

describe('recipes that train', () => {
  it('prune far better than without training, to the same sparsity', async () => {
    const options = { sparsity: 0.85, ranking: 'layer', recoverRate: 5e-3 };
    const oneShot = await applied(base, [makeStep('prune-magnitude', options)]);
    const trained = await applied(base, [makeStep('prune-magnitude', { ...options, recoverEpochs: 6 })]);
    for (const graph of [oneShot, trained]) expect(zeroShare(floatsOf(graph, 'dense/kernel'))).toBeCloseTo(0.85, 2);
    expect(await accuracy(trained)).toBeGreaterThan((await accuracy(oneShot)) + 0.03);
    expect(await accuracy(trained)).toBeGreaterThan(0.9);
  });

  it('keep zeros and shared values through prune, cluster and integers', async () => {
    const steps = [
      makeStep('fold-batch-norm'),
      makeStep('prune-magnitude', { sparsity: 0.6, recoverEpochs: 3, recoverRate: 5e-3 }),
      makeStep('cluster-weights', { centroids: 8, recoverEpochs: 2 }),
      makeStep('quantize-integer', { recoverEpochs: 2, recoverRate: 5e-4 }),
    ];
    const [pruned, clustered, integer] = [await applied(base, steps.slice(0, 2)), await applied(base, steps.slice(0, 3)), await applied(base, steps)];
    checkQuantization(integer);
    const before = floatsOf(pruned, 'dense/kernel');
    const [shared, whole] = [floatsOf(clustered, 'dense/kernel'), floatsOf(integer, 'dense/kernel')];
    before.forEach((value, i) => expect(shared[i] === 0).toBe(value === 0));
    expect(whole.filter((value, i) => before[i] === 0 && value !== 0)).toHaveLength(0);
    expect(new Set(shared).size).toBeLessThanOrEqual(8);
    expect(new Set(whole).size).toBeLessThanOrEqual(8);
    expect(integer.values['dense/kernel']!.tensor!.encoding).toMatchObject({ kind: 'affine', bits: 8, signed: true });
    expect(await accuracy(integer)).toBeGreaterThan(0.9);
  });

  it('train weights of four bits and integers of eight to about what floats reach', async () => {
    const integer = await applied(base, [makeStep('fold-batch-norm'), makeStep('quantize-integer', { weights: '4', recoverEpochs: 3 })]);
    checkQuantization(integer);
    expect(integer.values['dense/kernel']!.tensor!.encoding).toMatchObject({ kind: 'affine', bits: 4 });
    expect(await accuracy(integer)).toBeGreaterThan((await accuracy(base)) - 0.03);
  });

  it.each(['int4', 'uint8', 'float16'])('train weights stored as %s', async (format) => {
    const graph = await applied(base, [makeStep('quantize-weights', { format, recoverEpochs: 1, scope: 'all' })]);
    const { encoding } = graph.values['dense/kernel']!.tensor!;
    expect(encoding).toMatchObject({ int4: { kind: 'affine', bits: 4, signed: true }, uint8: { kind: 'affine', bits: 8, signed: false }, float16: { kind: 'dense', storage: 'float16' } }[format]!);
    expect(await accuracy(graph)).toBeGreaterThan(0.9);
  });

  it('keep a grid that is there while they fine-tune', async () => {
    const integer = await applied(base, [makeStep('fold-batch-norm'), makeStep('quantize-integer')]);
    const tuned = await applied(integer, [makeStep('fine-tune', { epochs: 1 })]);
    checkQuantization(tuned);
    const [before, after] = [integer, tuned].map((graph) => graph.values['dense/kernel']!.tensor!.encoding as { scale: Float32Array; bits: number });
    expect(after!.bits).toBe(8);
    expect(after!.scale).toEqual(before!.scale);
    expect(floatsOf(tuned, 'dense/kernel')).not.toEqual(floatsOf(integer, 'dense/kernel'));
    expect(await accuracy(tuned)).toBeGreaterThan(0.9);
  });

  it('teach a narrow student with fresh weights, hints included', async () => {
    const student = await applied(base, [makeStep('distil', { student: 'width', width: 0.25, epochs: 8, learningRate: 1e-2, hints: true })]);
    expect(student.values['conv/kernel']!.tensor!.shape).toEqual([3, 3, 1, 3]);
    expect(sizeOf(student.values['dense/kernel']!.shape!)).toBe(16 * 3 * 4);
    expect(await accuracy(student)).toBeGreaterThan(0.85);
  });

  it('give the same weights for the same seed', async () => {
    const steps = [makeStep('prune-magnitude', { sparsity: 0.5, recoverEpochs: 1 })];
    const [first, again, other] = [await applied(base, steps), await applied(base, steps), await applied(base, steps, 2)];
    expect(floatsOf(again, 'dense/kernel')).toEqual(floatsOf(first, 'dense/kernel'));
    expect(floatsOf(other, 'dense/kernel')).not.toEqual(floatsOf(first, 'dense/kernel'));
  });
});
