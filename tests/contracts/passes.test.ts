/** What holds for every pass, stated once. */
import { describe, expect, it } from 'vitest';
import { checkGraph } from '../../src/ir/check';
import { defaultsOf, parseOptions } from '../../src/options/options';
import { passCatalog } from '../../src/passes/catalog';
import { loadPass } from '../../src/passes/index';
import { smallConvNet } from '../ir/graphs';
import type { Graph } from '../../src/ir/graph';
import { decodeFloats, float32Tensor } from '../../src/ir/tensor';
import { foldBatchNorm } from '../../src/passes/fold-batch-norm/run';
import type { PassContext, PassId } from '../../src/passes/pass';
import { dataContext, randomExamples } from '../passes/examples';
import { fakeTrainer } from '../passes/fake-trainer';
import { contextOf, outputDifference } from '../passes/run-graph';

/** How far outputs may move, relative to the largest; softmax outputs of an untrained net move little. */
const tolerances = {
  'clean-up': 1e-6,
  'fold-batch-norm': 1e-5,
  factorize: 1,
  'prune-channels': 1,
  'prune-magnitude': 1,
  'cluster-weights': 0.2,
  'equalize-layers': 1e-5,
  'quantize-weights': 0.05,
  'quantize-integer': 0.1,
  adaround: 0.2,
  'correct-bias': 0.2,
  'fine-tune': 0.5,
  distil: 1,
} as const;

/** Training goes on from where it is: what these give is new each time. */
const learners: readonly PassId[] = ['fine-tune', 'distil'];

/** What the pass is given: batch norms folded where recipes fold them before, and other weights than the reference's where it repairs. */
async function startOf(id: PassId): Promise<{ graph: Graph; context: (options: object) => PassContext }> {
  const original = smallConvNet();
  const isFoldedBefore = !['clean-up', 'fold-batch-norm', 'prune-magnitude', 'cluster-weights', 'quantize-weights', ...learners].includes(id);
  const reference = isFoldedBefore ? (await foldBatchNorm.run(original, {}, contextOf({}))).graph : original;
  const context = (options: object): PassContext => ({ ...dataContext(options, reference, randomExamples(reference, 128, 3)), trainer: fakeTrainer() });
  if (id !== 'correct-bias') return { graph: reference, context };
  const kernel = reference.values['dense/kernel']!;
  const damaged = float32Tensor(kernel.shape!, decodeFloats(kernel.tensor!).map((weight) => Math.round(weight * 8) / 8));
  return { graph: { ...reference, values: { ...reference.values, 'dense/kernel': { ...kernel, tensor: damaged } } }, context };
}

describe.each(passCatalog.map((meta) => [meta.id, meta] as const))('pass %s', (id, meta) => {
  it('describes itself and every option', () => {
    expect(meta.label).not.toBe('');
    expect(meta.summary).toMatch(/\.$/);
    for (const spec of Object.values(meta.options)) {
      expect(spec.label).not.toBe('');
      expect(spec.help).toMatch(/\.$/);
    }
    expect(() => parseOptions(meta.options, {}, id)).not.toThrow();
  });

  it('keeps its input, gives a good graph, and says truly whether it changed anything', async () => {
    const { graph, context } = await startOf(id);
    const before = JSON.stringify(graph, (_key, value: unknown) => (ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value));
    const pass = await loadPass(id);
    const options = defaultsOf(meta.options);
    const result = await pass.run(graph, options, context(options));
    checkGraph(result.graph, id);
    expect(result.modified).toBe(result.graph !== graph);
    expect(result.modified).toBe(true);
    expect(JSON.stringify(graph, (_key, value: unknown) => (ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value))).toBe(before);
    expect(await outputDifference(graph, result.graph)).toBeLessThanOrEqual(tolerances[id]);
  });

  it.skipIf(learners.includes(id))('leaves its own result as it is, in what the model computes', async () => {
    const pass = await loadPass(id);
    const options = defaultsOf(meta.options);
    const { graph, context } = await startOf(id);
    const once = await pass.run(graph, options, context(options));
    const twice = await pass.run(once.graph, options, context(options));
    checkGraph(twice.graph, id);
    expect(await outputDifference(once.graph, twice.graph)).toBeLessThanOrEqual(1e-6);
  });

  it('is the same every time', async () => {
    const pass = await loadPass(id);
    const options = defaultsOf(meta.options);
    const { graph, context } = await startOf(id);
    const [first, second] = await Promise.all([0, 1].map(() => pass.run(graph, options, context(options))));
    expect(first!.graph).toEqual(second!.graph);
  });
});

describe.each(passCatalog.filter((meta) => meta.perLayer).map((meta) => [meta.id, meta] as const))('pass %s, with a rule', (id, meta) => {
  it('keeps layers that the rule keeps, and says so', async () => {
    const pass = await loadPass(id);
    const { graph, context } = await startOf(id);
    const result = await pass.run(graph, defaultsOf(meta.options), { ...context({}), optionsFor: () => null });
    expect(result.graph).toBe(graph);
    expect(result.diagnostics.map((found) => found.message).join()).toContain('rule');
  });
});
