/** What passes ask of training, and what they make of the answer. The trainer is a double at its contract. */
import { describe, expect, it } from 'vitest';
import { checkGraph } from '../../src/ir/check';
import type { Graph, Value } from '../../src/ir/graph';
import { decodeFloats, type Tensor } from '../../src/ir/tensor';
import { defaultsOf, type OptionValue, type OptionsRecord } from '../../src/options/options';
import { clusterWeights } from '../../src/passes/cluster-weights/run';
import type { Pass, PassContext } from '../../src/passes/pass';
import { pruneMagnitude } from '../../src/passes/prune-magnitude/run';
import { quantizeWeights } from '../../src/passes/quantize-weights/run';
import type { MaskConstraint } from '../../src/training/training';
import { smallConvNet } from '../ir/graphs';
import { fakeTrainer, type FakeTrainer } from './fake-trainer';
import { contextOf } from './run-graph';

type Values = Readonly<Record<string, OptionValue>>;

async function run(pass: unknown, graph: Graph, given: Values, trainer: FakeTrainer | null = fakeTrainer(), change: Partial<PassContext> = {}) {
  const { meta, run: work } = pass as Pass<OptionsRecord>;
  const options = { ...defaultsOf(meta.options), recoverEpochs: 2, ...given };
  const result = await work(graph, options, { ...contextOf(options, graph), trainer, ...change });
  checkGraph(result.graph, meta.id);
  return { ...result, request: trainer?.requests.at(-1) };
}

const tensorOf = (graph: Graph, name: string): Tensor => Object.values(graph.values).find((value: Value) => value.name === name)!.tensor!;
const floatsOf = (graph: Graph, name: string): Float32Array => decodeFloats(tensorOf(graph, name));
const zeroShare = (values: Float32Array): number => values.filter((value) => value === 0).length / values.length;

describe('recovery', () => {
  it('says what to do when there are no data to learn from', async () => {
    await expect(run(pruneMagnitude, smallConvNet(), {}, null)).rejects.toThrow(/training data/);
    await expect(run(pruneMagnitude, smallConvNet(), {}, fakeTrainer(0))).rejects.toThrow(/training data/);
  });

  it('needs labels or a teacher', async () => {
    await expect(run(pruneMagnitude, smallConvNet(), { recoverTeacher: false }, fakeTrainer(100, false))).rejects.toThrow(/no labels/);
    const { request } = await run(pruneMagnitude, smallConvNet(), {}, fakeTrainer(100, false));
    expect(request!.objective.labelWeight).toBe(0);
    expect(request!.teacher).not.toBeNull();
  });

  it('leaves the teacher out when asked, and learns from labels alone', async () => {
    const { request } = await run(pruneMagnitude, smallConvNet(), { recoverTeacher: false });
    expect(request!.teacher).toBeNull();
    expect(request!.objective.labelWeight).toBe(1);
  });

  it('hands over epochs, rate, augmentation and seed', async () => {
    const { request } = await run(pruneMagnitude, smallConvNet(), { recoverEpochs: 3, recoverRate: 0.01, recoverAugmentation: 'shift' }, fakeTrainer(), { seed: 7 });
    expect(request!.settings).toMatchObject({ epochs: 3, learningRate: 0.01, augmentation: 'shift', seed: 7 });
  });

  it('says how it went, and to compare with the controls', async () => {
    const { diagnostics } = await run(pruneMagnitude, smallConvNet(), {});
    const words = diagnostics.map(({ message }) => message).join(' ');
    expect(words).toContain('2 of 2 epochs on 1000 examples in 1.5 s on cpu');
    expect(words).toContain('held-out accuracy 50.00 % at epoch 1; held-out accuracy 75.00 % at epoch 2, which is the result');
    expect(words).toContain('controls');
  });

  it('warns when few examples decide which epoch is the best', async () => {
    const wordsFor = async (count: number): Promise<string> => (await run(pruneMagnitude, smallConvNet(), {}, fakeTrainer(count))).diagnostics.map(({ message }) => message).join(' ');
    expect(await wordsFor(1000)).toContain('decided by 50 held-out examples of 1000');
    expect(await wordsFor(2000)).not.toContain('held-out examples of');
  });

  it('warns once when the last checkpoints could not be written', async () => {
    const trainer = fakeTrainer(2000);
    const failing: FakeTrainer = { ...trainer, train: async (request) => ({ ...(await trainer.train(request)), checkpointProblem: 'The disk is full.' }) };
    const { diagnostics } = await run(pruneMagnitude, smallConvNet(), {}, failing);
    expect(diagnostics.filter(({ level, message }) => level === 'warning' && message.includes('The disk is full.'))).toHaveLength(1);
  });

  it('lets layers stand still that a rule keeps', async () => {
    const before = smallConvNet();
    const options = { ...defaultsOf(pruneMagnitude.meta.options), recoverEpochs: 1 };
    const { graph, request } = await run(pruneMagnitude, before, options, fakeTrainer(), { optionsFor: (name) => (name === 'dense' ? null : options) });
    expect(request!.frozen).toEqual(expect.arrayContaining(['dense/kernel', 'dense/bias']));
    expect(tensorOf(graph, 'dense/kernel')).toBe(tensorOf(before, 'dense/kernel'));
    expect(tensorOf(graph, 'conv/kernel')).not.toBe(tensorOf(before, 'conv/kernel'));
  });

  it('refuses a rule that sets epochs for one layer', async () => {
    const options = { ...defaultsOf(pruneMagnitude.meta.options), recoverEpochs: 1 };
    const optionsFor = (name: string) => (name === 'dense' ? { ...options, recoverEpochs: 5 } : options);
    await expect(run(pruneMagnitude, smallConvNet(), options, fakeTrainer(), { optionsFor })).rejects.toThrow(/recoverEpochs holds for the whole model/);
  });

  it('does not train unless asked', async () => {
    const trainer = fakeTrainer();
    await run(pruneMagnitude, smallConvNet(), { recoverEpochs: 0 }, trainer);
    expect(trainer.requests).toHaveLength(0);
  });
});

describe('prune-magnitude with epochs', () => {
  const masksOf = (constraints: Readonly<Record<string, readonly unknown[]>>): MaskConstraint[] => Object.values(constraints).map(([mask]) => mask as MaskConstraint);

  it('asks for zeros that grow from half of the target to all of it, within each layer', async () => {
    const { request, graph } = await run(pruneMagnitude, smallConvNet(), { sparsity: 0.75, ranking: 'layer' });
    expect(Object.keys(request!.constraints).sort()).toEqual(['conv/kernel', 'dense/kernel']);
    for (const mask of masksOf(request!.constraints)) {
      expect(mask).toMatchObject({ kind: 'mask', initialSparsity: 0.375, finalSparsity: 0.75, from: 0, group: null, ranking: 'magnitude', pattern: { kind: 'unstructured' } });
      expect(mask.to).toBeLessThan(1);
      expect(mask.everySteps).toBeGreaterThanOrEqual(1);
    }
    expect(zeroShare(floatsOf(graph, 'dense/kernel'))).toBeCloseTo(0.75, 2);
  });

  it('ranks over the whole model when asked, but for layers with a sparsity of their own', async () => {
    const options = { ...defaultsOf(pruneMagnitude.meta.options), recoverEpochs: 1, ranking: 'lamp', sparsity: 0.5 };
    const optionsFor = (name: string) => (name === 'dense' ? { ...options, sparsity: 0.9 } : options);
    const { request } = await run(pruneMagnitude, smallConvNet(), options, fakeTrainer(), { optionsFor });
    expect(request!.constraints['conv/kernel']).toMatchObject([{ group: 'model', ranking: 'lamp', finalSparsity: 0.5 }]);
    expect(request!.constraints['dense/kernel']).toMatchObject([{ group: null, ranking: 'magnitude', finalSparsity: 0.9 }]);
  });

  it('hands over patterns with the axes of each weight', async () => {
    const { request } = await run(pruneMagnitude, smallConvNet(), { pattern: 'n-m' });
    expect(request!.constraints['conv/kernel']).toMatchObject([{ pattern: { kind: 'n-m', n: 2, m: 4, axis: 2 }, finalSparsity: 0.5 }]);
    const blocks = await run(pruneMagnitude, smallConvNet(), { pattern: 'block', blockRows: 2, blockColumns: 3 });
    expect(blocks.request!.constraints['dense/kernel']).toMatchObject([{ pattern: { kind: 'block', rows: 2, columns: 3, inputAxis: 0, outputAxis: 1 } }]);
  });

  it('goes on from the zeros that are there', async () => {
    const half = (await run(pruneMagnitude, smallConvNet(), { recoverEpochs: 0, sparsity: 0.5, ranking: 'layer' })).graph;
    const { request } = await run(pruneMagnitude, half, { sparsity: 0.8, ranking: 'layer' });
    const [keep, mask] = request!.constraints['dense/kernel']!;
    expect(keep).toEqual({ kind: 'keep-zeros' });
    expect((mask as MaskConstraint).initialSparsity).toBeCloseTo(0.5, 2);
  });
});

describe('prune, cluster, quantize with epochs', () => {
  it('keeps the zeros of pruning and the values of clustering to the end', async () => {
    const pruned = await run(pruneMagnitude, smallConvNet(), { sparsity: 0.6, ranking: 'layer' });
    const clustered = await run(clusterWeights, pruned.graph, { centroids: 8 });
    expect(clustered.request!.constraints['dense/kernel']).toMatchObject([{ kind: 'keep-zeros' }, { kind: 'palette', bits: 3, keepZeros: true }]);
    const quantized = await run(quantizeWeights, clustered.graph, { format: 'int8' });
    expect(quantized.request!.constraints['dense/kernel']).toMatchObject([
      { kind: 'keep-zeros' },
      { kind: 'palette', bits: 3, keepZeros: true },
      { kind: 'affine', bits: 8, symmetric: true, range: 'last-value', axis: null },
    ]);
    const [first, second, third] = [pruned, clustered, quantized].map(({ graph }) => floatsOf(graph, 'dense/kernel'));
    first!.forEach((value, i) => expect(second![i] === 0).toBe(value === 0));
    expect(third!.filter((value, i) => first![i] === 0 && value !== 0)).toHaveLength(0);
    expect(new Set(second).size).toBeLessThanOrEqual(8);
    expect(new Set(third).size).toBeLessThanOrEqual(8);
    expect(tensorOf(quantized.graph, 'dense/kernel').encoding).toMatchObject({ kind: 'affine', bits: 8, signed: true });
  });

  it('trains the weights from before clustering, not the clustered ones', async () => {
    const before = smallConvNet();
    const { request, graph } = await run(clusterWeights, before, { centroids: 16 });
    expect(request!.graph).toBe(before);
    expect(tensorOf(graph, 'dense/kernel').encoding).toMatchObject({ kind: 'palette', bits: 4 });
  });

  it('learns the scales of four bits, and starts where rounding would', async () => {
    const oneShot = await run(quantizeWeights, smallConvNet(), { recoverEpochs: 0, format: 'int4', granularity: 'channel' });
    const { request } = await run(quantizeWeights, smallConvNet(), { format: 'int4', granularity: 'channel' });
    const encoding = tensorOf(oneShot.graph, 'dense/kernel').encoding;
    expect(request!.constraints['dense/kernel']).toMatchObject([{ kind: 'affine', bits: 4, range: 'learned', axis: 1, symmetric: true }]);
    expect((request!.constraints['dense/kernel']![0] as { scale: Float32Array }).scale).toEqual((encoding as { scale: Float32Array }).scale);
  });

  it('stores unsigned formats unsigned, and halves as halves', async () => {
    const bytes = await run(quantizeWeights, smallConvNet(), { format: 'uint8' });
    expect(tensorOf(bytes.graph, 'dense/kernel').encoding).toMatchObject({ kind: 'affine', bits: 8, signed: false });
    const halves = await run(quantizeWeights, smallConvNet(), { format: 'float16' });
    expect(tensorOf(halves.graph, 'dense/kernel').encoding).toMatchObject({ kind: 'dense', storage: 'float16' });
  });

  it('rounds biases too when all are asked for', async () => {
    const { graph } = await run(quantizeWeights, smallConvNet(), { format: 'int8', scope: 'all' });
    expect(tensorOf(graph, 'dense/bias').encoding).toMatchObject({ kind: 'affine', bits: 8 });
  });

  it('keeps grids and half floats of earlier passes while another one trains', async () => {
    const int4 = (await run(quantizeWeights, smallConvNet(), { recoverEpochs: 0, format: 'int4', granularity: 'channel' })).graph;
    const { request } = await run(clusterWeights, int4, { centroids: 4 });
    expect(request!.constraints['dense/kernel']!.map(({ kind }) => kind)).toEqual(['palette']);
    // A depthwise kernel is not clustered: its grid stays.
    expect(request!.constraints['dw/kernel']).toMatchObject([{ kind: 'affine', bits: 4, range: 'fixed' }]);
    const halves = (await run(quantizeWeights, smallConvNet(), { recoverEpochs: 0, format: 'float16' })).graph;
    const pruned = await run(pruneMagnitude, halves, { ranking: 'layer' });
    expect(tensorOf(pruned.graph, 'dense/kernel').encoding).toMatchObject({ kind: 'dense', storage: 'float16' });
  });
});
