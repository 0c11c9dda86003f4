import { describe, expect, it } from 'vitest';
import type { Graph } from '../../src/ir/graph';
import { ignoreProgress } from '../../src/lib/progress';
import type { PassContext } from '../../src/passes/pass';
import { runRecipe } from '../../src/passes/run-recipe';
import { layerStep } from '../../src/search/one-layer';
import { sensitivity, type SensitivitySettings } from '../../src/search/sensitivity';
import { suffixOf } from '../../src/search/suffix';
import type { SensitivityRow, Variant } from '../../src/search/types';
import { defaultVariants, variant } from '../../src/search/variants';
import { randomExamples } from '../passes/examples';
import { branches, execute, prepare } from './wasm';

const settings: SensitivitySettings = { samples: 40, seed: 1, known: [], layers: null, reuse: true, execute };
const int4 = variant('quantize-weights', { format: 'int4', granularity: 'channel' });
const pruned = variant('prune-magnitude', { sparsity: 0.9, ranking: 'layer' });

async function rowsOf(graph: Graph, variants: readonly Variant[] = [int4, pruned], given: Partial<SensitivitySettings> = {}, prepared: PassContext['prepare'] = prepare): Promise<SensitivityRow[]> {
  const rows: SensitivityRow[] = [];
  const examples = randomExamples(graph, 40, 7);
  for await (const row of sensitivity(graph, variants, examples, prepared, ignoreProgress, undefined, { ...settings, ...given })) rows.push(row);
  return rows;
}

describe('sensitivity', () => {
  it('is the same with inner values kept and with every candidate run whole', async () => {
    const graph = branches();
    const kept = await rowsOf(graph, defaultVariants);
    const whole = await rowsOf(graph, defaultVariants, { reuse: false });
    // All channels of the model that may go hang together: the first layer asks for them.
    expect(kept.filter(({ pass }) => pass === 'prune-channels').map(({ layer }) => layer)).toEqual(['first', 'first', 'first']);
    expect(kept).toHaveLength(5 * defaultVariants.length - 4 * 3);
    expect(kept.map(({ kl: _kl, ...row }) => row)).toEqual(whole.map(({ kl: _kl, ...row }) => row));
    for (const [i, { kl }] of kept.entries()) expect(Math.abs(kl - whole[i]!.kl)).toBeLessThan(1e-6 + 1e-4 * whole[i]!.kl);
    expect(kept.filter(({ kl }) => kl > 1e-5).length).toBeGreaterThan(20);
  });

  it('is the divergence of Kullback and Leibler plus half the squared difference over the variance', async () => {
    const graph = branches();
    const examples = randomExamples(graph, 40, 7);
    const [row] = await rowsOf(graph, [int4], { layers: ['first'] });
    const context = { report: ignoreProgress, seed: 1, prepare, execute, examples, cache: { get: () => undefined, set: () => undefined }, dataKey: '', trainer: null, gradients: null, student: null, trainingKey: '' };
    const { graph: changed } = await runRecipe(graph, { version: 1, steps: [layerStep('quantize-weights', [{ layer: 'first', ...int4 }])] }, context);
    const [before, after] = await Promise.all([graph, changed].map(async (one) => (await prepare(one)).run(await examples.inputs(0, 40))));
    let expected = 0;
    for (const [i, p] of before![0]!.data.entries()) expected += p * Math.log(p / after![0]!.data[i]!);
    const side = Array.from(before![1]!.data);
    const mean = side.reduce((a, b) => a + b, 0) / side.length;
    const variance = side.reduce((sum, value) => sum + (value - mean) ** 2, 0) / side.length;
    for (const [i, y] of side.entries()) expected += (y - after![1]!.data[i]!) ** 2 / (2 * variance);
    expect(row!.kl).toBeGreaterThan(1e-4);
    expect(Math.abs(row!.kl / (expected / 40) - 1)).toBeLessThan(1e-3);
  });

  it('computes only what stands after a changed layer', async () => {
    const graph = branches();
    const nodeCounts: number[] = [];
    const counting: PassContext['prepare'] = (part) => {
      nodeCounts.push(part.nodes.length);
      return prepare(part);
    };
    const rows = await rowsOf(graph, [int4], {}, counting);
    expect(rows.map(({ layer }) => layer)).toEqual(['first', 'spatial', 'point', 'dense', 'side']);
    // The whole once, then from each layer on; a last layer moves its own output only.
    expect(nodeCounts).toEqual([9, 9, 8, 7, 2, 1]);
  });

  it('starts further ahead where a value was not kept', () => {
    const graph = branches();
    const changed: Graph = { ...graph, nodes: graph.nodes.map((node) => (node.id === 'dense' ? ({ ...node, attributes: { activation: 'relu' } } as typeof node) : node)) };
    const suffix = suffixOf(graph, changed, (id) => ['x', 'first:0'].includes(id))!;
    expect(suffix.graph.nodes.map(({ id }) => id)).toEqual(['spatial', 'point', 'sum', 'pool', 'flat', 'dense', 'softmax']);
    expect(suffix.graph.inputs).toEqual(['first:0']);
    expect(suffix.outputs).toEqual([0]);
    expect(suffixOf(graph, graph, () => false)).toBeNull();
  });

  it('goes on where it was cut off, and gives every row once', async () => {
    const graph = branches();
    const all = await rowsOf(graph);
    const controller = new AbortController();
    const examples = randomExamples(graph, 40, 7);
    const first: SensitivityRow[] = [];
    const cut = async (): Promise<void> => {
      for await (const row of sensitivity(graph, [int4, pruned], examples, prepare, ignoreProgress, controller.signal, settings)) {
        first.push(row);
        if (first.length === 3) controller.abort();
      }
    };
    await expect(cut()).rejects.toThrow('Cancelled');
    expect(first).toEqual(all.slice(0, 3));
    let runs = 0;
    const rest = await rowsOf(graph, [int4, pruned], { known: first }, (part) => {
      runs++;
      return prepare(part);
    });
    expect(rest).toEqual(all);
    expect(runs).toBeLessThanOrEqual(1 + all.length - first.length);
  });

  it('counts what a layer saves: bytes of its codes, and multiplications of factors', async () => {
    const rows = await rowsOf(branches(), [int4, pruned, variant('factorize', { rankBy: 'layer', keep: 0.5 })]);
    const of = (layer: string, pass: string): SensitivityRow => rows.find((row) => row.layer === layer && row.pass === pass)!;
    expect(of('first', 'quantize-weights').bytesSaved).toBeGreaterThan(216 * 3);
    expect(of('first', 'quantize-weights').macsSaved).toBe(0);
    expect(of('first', 'prune-magnitude').bytesSaved).toBeGreaterThan(216 * 2.5);
    expect(of('first', 'factorize').macsSaved).toBeGreaterThan(0.5 * 64 * 216 - 1);
    expect(of('spatial', 'factorize')).toMatchObject({ kl: 0, bytesSaved: 0, macsSaved: 0 });
  });
});
