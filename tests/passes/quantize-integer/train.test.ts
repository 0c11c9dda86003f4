// Quantization-aware training: what is asked of the trainer (a double at its contract), and what comes back as integers.
import { describe, expect, it } from 'vitest';
import { checkGraph } from '../../../src/ir/check';
import type { Graph } from '../../../src/ir/graph';
import { decodeFloats, type AffineEncoding } from '../../../src/ir/tensor';
import { checkOps } from '../../../src/ops/check';
import { checkQuantization } from '../../../src/ops/check-quantization';
import { defaultsOf, type OptionValue } from '../../../src/options/options';
import { clusterWeights } from '../../../src/passes/cluster-weights/run';
import { foldBatchNorm } from '../../../src/passes/fold-batch-norm/run';
import { pruneMagnitude } from '../../../src/passes/prune-magnitude/run';
import { quantizeIntegerOptions } from '../../../src/passes/quantize-integer/meta';
import { quantizeInteger } from '../../../src/passes/quantize-integer/run';
import { smallConvNet } from '../../ir/graphs';
import { dataContext, differenceOn, randomExamples } from '../examples';
import { fakeTrainer } from '../fake-trainer';
import { contextOf, inputsOf } from '../run-graph';

const folded = async (): Promise<Graph> => (await foldBatchNorm.run(smallConvNet(), {}, contextOf({}))).graph;

async function trained(graph: Graph, given: Readonly<Record<string, OptionValue>> = {}) {
  const options = { ...defaultsOf(quantizeIntegerOptions), recoverEpochs: 1, ...given } as ReturnType<typeof defaultsOf<typeof quantizeIntegerOptions>>;
  const trainer = fakeTrainer();
  const result = await quantizeInteger.run(graph, options, { ...dataContext(options, graph, randomExamples(graph, 64, 3)), trainer });
  checkGraph(result.graph, 'quantize-integer');
  checkOps(result.graph);
  checkQuantization(result.graph);
  return { ...result, request: trainer.requests[0]! };
}

const encodingOf = (graph: Graph, name: string): AffineEncoding => Object.values(graph.values).find((value) => value.name === name)!.tensor!.encoding as AffineEncoding;

describe('quantize-integer with epochs', () => {
  it('trains floats with activations on the grids of calibration', async () => {
    const { request, graph } = await trained(await folded());
    expect(request.graph.values['dense/kernel']!.tensor!.encoding.kind).toBe('dense');
    const gridsOf = (one: Graph): unknown[] => Object.values(one.values).flatMap(({ id, quantization }) => (quantization ? [[id, quantization]] : []));
    expect(gridsOf(request.graph).length).toBeGreaterThan(4);
    expect(gridsOf(request.graph)).toEqual(gridsOf(graph));
  });

  it('puts every kernel on a grid that its integer kernel takes, and keeps what was trained', async () => {
    const { request, graph } = await trained(await folded());
    const grids = Object.entries(request.constraints).map(([id, all]) => [id, all.at(-1)]);
    expect(grids).toHaveLength(3);
    for (const [, grid] of grids) expect(grid).toMatchObject({ kind: 'affine', bits: 8, symmetric: true, range: 'last-value' });
    expect(request.constraints['dense/kernel']!.at(-1)).toMatchObject({ axis: 1 });
    expect(encodingOf(graph, 'dense/kernel')).toMatchObject({ kind: 'affine', bits: 8, axis: 1 });
    expect(encodingOf(graph, 'dense/bias').bits).toBe(32);
  });

  it('learns the scales of four bits; depthwise kernels keep eight', async () => {
    const { request, graph } = await trained(await folded(), { weights: '4' });
    expect(request.constraints['dense/kernel']).toMatchObject([{ bits: 4, range: 'learned', axis: 1 }]);
    expect(request.constraints['dw/kernel']!.at(-1)).toMatchObject({ bits: 8, range: 'last-value', axis: 2 });
    expect(encodingOf(graph, 'dense/kernel').scale).toEqual((request.constraints['dense/kernel']![0] as { scale: Float32Array }).scale);
  });

  it('keeps zeros and shared values of earlier passes', async () => {
    const start = await folded();
    const pruneOptions = { ...defaultsOf(pruneMagnitude.meta.options), sparsity: 0.5, ranking: 'layer' } as const;
    const pruned = (await pruneMagnitude.run(start, pruneOptions, contextOf(pruneOptions))).graph;
    const clusterOptions = { ...defaultsOf(clusterWeights.meta.options), centroids: 8 } as const;
    const clustered = (await clusterWeights.run(pruned, clusterOptions, contextOf(clusterOptions))).graph;
    const { request, graph } = await trained(clustered);
    expect(request.constraints['dense/kernel']!.map(({ kind }) => kind)).toEqual(['keep-zeros', 'palette', 'affine']);
    const before = decodeFloats(clustered.values['dense/kernel']!.tensor!);
    const after = decodeFloats(graph.values['dense/kernel']!.tensor!);
    expect(after.filter((value, i) => before[i] === 0 && value !== 0)).toHaveLength(0);
    expect(before).toContain(0);
    expect(new Set(after).size).toBeLessThanOrEqual(8);
  });

  it('keeps shared values without training too, but where each channel has its own', async () => {
    const cluster = async (granularity: 'tensor' | 'channel'): Promise<Graph> => {
      const options = { ...defaultsOf(clusterWeights.meta.options), centroids: 8, granularity } as const;
      return (await clusterWeights.run(await folded(), options, contextOf(options))).graph;
    };
    const whole = (await trained(await cluster('tensor'), { recoverEpochs: 0 })).graph;
    expect(encodingOf(whole, 'dense/kernel').axis).toBeNull();
    expect(new Set(encodingOf(whole, 'dense/kernel').values).size).toBeLessThanOrEqual(8);
    const byChannel = (await trained(await cluster('channel'), { recoverEpochs: 0 })).graph;
    expect(encodingOf(byChannel, 'dense/kernel').axis).toBe(1);
  });

  it('gives about what the float model gives', async () => {
    const start = await folded();
    const { graph } = await trained(start);
    expect(await differenceOn(start, graph, inputsOf(start))).toBeLessThan(0.3);
  });

  it('trains kernels alone where activations stay float', async () => {
    const { request, graph } = await trained(await folded(), { activations: 'float', smallTensors: 0 });
    expect(Object.values(request.graph.values).some(({ quantization }) => quantization)).toBe(false);
    expect(request.constraints['dense/kernel']).toMatchObject([{ kind: 'affine', bits: 8, range: 'last-value' }]);
    expect(encodingOf(graph, 'dense/kernel')).toMatchObject({ kind: 'affine', bits: 8 });
    expect(graph.values['dense/bias']!.tensor!.encoding.kind).toBe('dense');
  });
});
