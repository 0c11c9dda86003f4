/** What holds for every pass, stated once. */
import { describe, expect, it } from 'vitest';
import { checkGraph } from '../../src/ir/check';
import { defaultsOf, parseOptions } from '../../src/options/options';
import { passCatalog } from '../../src/passes/catalog';
import { loadPass } from '../../src/passes/index';
import { smallConvNet } from '../ir/graphs';
import { contextOf, outputDifference } from '../passes/run-graph';

/** How far outputs may move, relative to the largest; softmax outputs of an untrained net move little. */
const tolerances = {
  'clean-up': 1e-6,
  'fold-batch-norm': 1e-5,
  'prune-magnitude': 1,
  'cluster-weights': 0.2,
  'equalize-layers': 1e-5,
  'quantize-weights': 0.05,
  'quantize-integer': 0.1,
  adaround: 0.2,
  'correct-bias': 0.2,
} as const;

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
    const graph = smallConvNet();
    const before = JSON.stringify(graph, (_key, value: unknown) => (ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value));
    const pass = await loadPass(id);
    const options = defaultsOf(meta.options);
    const result = await pass.run(graph, options, contextOf(options));
    checkGraph(result.graph, id);
    expect(result.modified).toBe(result.graph !== graph);
    expect(result.modified).toBe(true);
    expect(JSON.stringify(graph, (_key, value: unknown) => (ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value))).toBe(before);
    expect(await outputDifference(graph, result.graph)).toBeLessThanOrEqual(tolerances[id]);
  });

  it('leaves its own result as it is, in what the model computes', async () => {
    const pass = await loadPass(id);
    const options = defaultsOf(meta.options);
    const once = await pass.run(smallConvNet(), options, contextOf(options));
    const twice = await pass.run(once.graph, options, contextOf(options));
    checkGraph(twice.graph, id);
    expect(await outputDifference(once.graph, twice.graph)).toBeLessThanOrEqual(1e-6);
  });

  it('is the same every time', async () => {
    const pass = await loadPass(id);
    const options = defaultsOf(meta.options);
    const [first, second] = await Promise.all([0, 1].map(() => pass.run(smallConvNet(), options, contextOf(options))));
    expect(first!.graph).toEqual(second!.graph);
  });
});

describe.each(passCatalog.filter((meta) => meta.perLayer).map((meta) => [meta.id, meta] as const))('pass %s, with a rule', (id, meta) => {
  it('keeps layers that the rule keeps, and says so', async () => {
    const pass = await loadPass(id);
    const graph = smallConvNet();
    const result = await pass.run(graph, defaultsOf(meta.options), { ...contextOf({}), optionsFor: () => null });
    expect(result.graph).toBe(graph);
    expect(result.diagnostics.every((found) => found.message.includes('rule'))).toBe(true);
  });
});
