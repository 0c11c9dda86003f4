/** The pass: how much goes, from where, what is said, and what reconstruction gives back. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Graph } from '../../../src/ir/graph';
import { totalMacs } from '../../../src/ops/cost';
import { defaultsOf } from '../../../src/options/options';
import type { PassContext } from '../../../src/passes/pass';
import type { Trainer, TrainingResult } from '../../../src/training/training';
import { costs, shareForCost } from '../../../src/passes/prune-channels/budget';
import { pruneChannels } from '../../../src/passes/prune-channels/run';
import { layerNameOf, weightSites } from '../../../src/passes/weight-sites';
import { addRows, createRegression, solveRegression } from '../../../src/passes/prune-channels/least-squares';
import type { Backend, Batch } from '../../../src/runtime/backend';
import { createRandom } from '../../../src/lib/random';
import { createBackend } from '../../../src/runtime/tfjs/backends';
import { configureWasm } from '../../../src/runtime/tfjs/wasm-paths';
import { nodeWasmPaths } from '../../../src/runtime/tfjs/wasm-paths.node';
import { smallConvNet } from '../../ir/graphs';
import { dataContext, differenceOn, examplesOf, fashionModel } from '../examples';

type Options = Parameters<typeof pruneChannels.run>[1];

const optionsOf = (changes: Partial<Options>): Options => ({ ...defaultsOf(pruneChannels.meta.options), ...changes });

async function prune(graph: Graph, changes: Partial<Options>, context: Partial<PassContext> = {}) {
  const options = optionsOf(changes);
  return pruneChannels.run(graph, options, { ...dataContext(options, graph, null), prepare: (other) => wasm.prepare(other), ...context });
}

let wasm: Backend;

beforeAll(async () => {
  configureWasm(nodeWasmPaths());
  wasm = await createBackend('wasm');
});

const messages = (result: { diagnostics: readonly { message: string; subject?: string }[] }): string[] => result.diagnostics.map(({ subject, message }) => `${subject ?? ''}: ${message}`);

describe('prune channels', () => {
  let cnn: { graph: Graph; images: Batch };
  let mobile: { graph: Graph; images: Batch };
  beforeAll(async () => {
    [cnn, mobile] = await Promise.all([fashionModel('fashion_cnn'), fashionModel('fashion_mobile')]);
  });

  it('takes half of the channels of every layer, and with them three quarters of the work', async () => {
    const result = await prune(cnn.graph, { reconstruct: false });
    expect(costs.parameters(cnn.graph)).toBeGreaterThan(3.9 * costs.parameters(result.graph));
    expect(totalMacs(cnn.graph)).toBeGreaterThan(3.8 * totalMacs(result.graph));
    for (const node of result.graph.nodes) {
      if (node.op !== 'conv2d') continue;
      const [now, before] = [result.graph, cnn.graph].map((graph) => graph.values[node.inputs[1]!]!.shape!.at(-1)!);
      expect(now).toBe(before! / 2);
    }
    expect(messages(result)).toContain('conv2d: 16 of 32 channels removed; read by conv2d_1.');
    expect(messages(result).join()).toContain('computes across it');
  });

  it('says what goes together', async () => {
    const result = await prune(mobile.graph, { reconstruct: false });
    expect(messages(result)).toContain('conv2d_5 and 1 more: 12 of 24 channels removed, together with conv2d_7; read by conv2d_6, conv2d_8.');
  });

  it('finds its work done when it runs again, because the share is of the model that the recipe started from', async () => {
    const once = await prune(mobile.graph, { reconstruct: false });
    const options = optionsOf({ reconstruct: false });
    const twice = await pruneChannels.run(once.graph, options, dataContext(options, mobile.graph, null));
    expect(twice.graph).toBe(once.graph);
    expect(twice.modified).toBe(false);
  });

  it.each(['macs', 'parameters'] as const)('removes as many channels as half of the %s takes, and no more', async (target) => {
    for (const ranking of ['layer', 'global', 'isomorphic'] as const) {
      const { graph } = await prune(mobile.graph, { target, ranking, reconstruct: false });
      const share = costs[target](graph) / costs[target](mobile.graph);
      expect(share).toBeLessThanOrEqual(0.5);
      expect(share).toBeGreaterThan(0.44);
    }
  });

  it('says when the share cannot be reached, and by how much', async () => {
    const changes = { target: 'macs', share: 0.9, reconstruct: false } as const;
    const keepsMost = (name: string): Options | null => (name.includes('dense') ? optionsOf(changes) : null);
    const result = await prune(cnn.graph, changes, { optionsFor: keepsMost });
    expect(messages(result).join()).toMatch(/The share was not reached: \d+ of \d+ multiply-accumulates are left/);
  });

  it('leaves multiples of a number', async () => {
    const { graph } = await prune(mobile.graph, { share: 0.3, ranking: 'global', roundTo: '8', reconstruct: false });
    const widths = graph.nodes.filter(({ op }) => op === 'conv2d').map((node) => graph.values[node.inputs[1]!]!.shape!.at(-1)!);
    expect(widths.length).toBeGreaterThan(3);
    for (const width of widths) expect(width % 8).toBe(0);
  });

  it('keeps what a rule keeps with all that hangs on it, and takes a share of its own where a rule names one', async () => {
    const options = optionsOf({ reconstruct: false });
    const result = await prune(smallConvNet(), { reconstruct: false }, { optionsFor: (name) => (name === 'dw' ? null : options) });
    expect(result.modified).toBe(false);
    expect(messages(result)).toContain('conv: Kept as it is: a rule says so.');
    const own = await prune(smallConvNet(), { reconstruct: false }, { optionsFor: (name) => (name === 'conv' ? { ...options, share: 0.25 } : options) });
    expect(own.graph.values['conv/kernel']!.shape).toEqual([3, 3, 3, 6]);
  });

  it('takes the share of the layers that make the channels, whatever those that read them lose', async () => {
    const { graph } = cnn;
    const options = optionsOf({ share: 0, reconstruct: false });
    const result = await prune(graph, { share: 0, reconstruct: false }, { optionsFor: (name) => (name === 'conv2d_1' ? { ...options, share: 0.5 } : options) });
    const kernel = (name: string): readonly number[] => weightSites(result.graph).find(({ nodes }) => nodes.some((node) => layerNameOf(node) === name))!.tensor.shape;
    // 32, 64 and 128 channels before.
    expect([kernel('conv2d'), kernel('conv2d_1'), kernel('conv2d_2')]).toEqual([[3, 3, 1, 32], [3, 3, 32, 32], [3, 3, 32, 128]]);
  });

  it('refuses a rule that sets for a layer what holds for the whole model', async () => {
    await expect(prune(smallConvNet(), {}, { optionsFor: () => optionsOf({ importance: 'l2' }) })).rejects.toThrow(/importance holds for the whole model/);
  });

  it('ranks by itself what the asked importance says nothing of', async () => {
    const result = await prune(smallConvNet(), { importance: 'batch-norm-scale', ranking: 'global', reconstruct: false });
    expect(result.graph.values['conv/kernel']!.shape).toEqual([3, 3, 3, 4]);
    const { graph } = cnn;
    const bare = { ...graph, values: Object.fromEntries(Object.entries(graph.values).map(([id, { id: own, name, dtype, shape, tensor }]) => [id, { id: own, name, dtype, shape, ...(tensor && { tensor }) }])) };
    const ranked = await prune(bare, { importance: 'batch-norm-scale', ranking: 'global', reconstruct: false });
    expect(messages(ranked)).toContain('conv2d: Ranked by the sum of squares of its weights: no batch norm scales its channels.');
    expect(messages(ranked)).toContain('conv2d: 16 of 32 channels removed; read by conv2d_1.');
  });

  it('gives the numbers of the whole model back far better when the layers behind are fitted, without a label', async () => {
    const { graph, images } = mobile;
    const plain = await prune(graph, { share: 0.3, reconstruct: false });
    const fitted = await prune(graph, { share: 0.3 }, { examples: examplesOf(images) });
    const few = { ...images, shape: [8, ...images.shape.slice(1)], data: images.data.slice(0, 8 * 784) };
    const [before, after] = [await differenceOn(graph, plain.graph, [few]), await differenceOn(graph, fitted.graph, [few])];
    expect(after).toBeLessThan(before * 0.8);
    expect(messages(fitted).join()).toMatch(/\d+ layers fitted to what they gave before, on 64 examples/);
  });

  it('says that it did not fit anything when no data are open, and refuses to rank by examples that there are not', async () => {
    const result = await prune(smallConvNet(), {});
    expect(messages(result)).toContain(': Not reconstructed: no data are open.');
    await expect(prune(smallConvNet(), { importance: 'removal-error' })).rejects.toThrow(/no data are open/);
  });

  it('prunes in rounds to the same size', async () => {
    const { graph } = await prune(mobile.graph, { rounds: 3, reconstruct: false });
    const { graph: atOnce } = await prune(mobile.graph, { reconstruct: false });
    expect(costs.parameters(graph)).toBe(costs.parameters(atOnce));
  });

  it('trains after every round, and all the epochs together', async () => {
    const asked: { epochs: number; parameters: number }[] = [];
    const trainer: Trainer = {
      count: 10,
      labelled: true,
      train: async ({ graph, settings }) => {
        asked.push({ epochs: settings.epochs, parameters: costs.parameters(graph) });
        return { graph, history: [], bestEpoch: 0, accuracyBefore: null, accuracyAfter: null, endedBy: 'epochs', elapsedMs: 0, backend: 'cpu' } as unknown as TrainingResult;
      },
    };
    await prune(mobile.graph, { rounds: 2, recoverEpochs: 5, reconstruct: false }, { trainer });
    expect(asked.map(({ epochs }) => epochs)).toEqual([2, 3]);
    expect(asked[1]!.parameters).toBeLessThan(asked[0]!.parameters);
    await expect(prune(mobile.graph, { recoverEpochs: 5 })).rejects.toThrow(/no training data are open/);
  });
});

describe('a budget', () => {
  it('is met by the smallest share that meets it', () => {
    const share = shareForCost((tried) => 1 - Math.round(tried * 100) / 100, 0.4);
    expect(share).toBeGreaterThan(0.59);
    expect(share).toBeLessThan(0.6);
    expect(shareForCost(() => 1, 2)).toBe(0);
  });
});

describe('least squares', () => {
  it('find the weights and offsets that made the data, and keep those that the data say nothing of', () => {
    const random = createRandom(3);
    const regression = createRegression(3, 2);
    const [weights, offsets] = [[2, -1, 0.5, 3], [1, -4]];
    for (let i = 0; i < 50; i++) {
      const [a, b] = [random.normal(), random.normal()];
      const y = [0, 1].map((o) => a * weights[o]! + b * weights[2 + o]! + offsets[o]!);
      // The third input never varies.
      addRows(regression, Float32Array.of(a, b, 5), Float32Array.from(y));
    }
    const solved = solveRegression(regression, Float32Array.of(0, 0, 0, 0, 7, 8), 1e-9)!;
    [...weights, 7, 8].forEach((weight, i) => expect(solved.weights[i]).toBeCloseTo(weight, 4));
    // The constant input and its weight are part of the offset.
    [1 - 35, -4 - 40].forEach((offset, o) => expect(solved.offsets[o]).toBeCloseTo(offset, 3));
  });

  it('say nothing of inputs that never vary', () => {
    const regression = createRegression(1, 1);
    addRows(regression, Float32Array.of(2, 2), Float32Array.of(1, 3));
    expect(solveRegression(regression, Float32Array.of(1), 0.01)).toBeNull();
  });
});
