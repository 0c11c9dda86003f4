/** Prune, cluster and quantize: what they do to the numbers. */
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../src/ir/graph';
import { decodeFloats, nbytesOf, type Tensor } from '../../src/ir/tensor';
import { createRandom } from '../../src/lib/random';
import { defaultsOf, type OptionValue } from '../../src/options/options';
import { kMeans, nearestCentroid } from '../../src/passes/cluster-weights/k-means';
import { clusterWeightsOptions } from '../../src/passes/cluster-weights/meta';
import { clusterWeights } from '../../src/passes/cluster-weights/run';
import { pruneMagnitudeOptions } from '../../src/passes/prune-magnitude/meta';
import { pruneMagnitude } from '../../src/passes/prune-magnitude/run';
import { quantizeWeightsOptions } from '../../src/passes/quantize-weights/meta';
import { roundHalfEven } from '../../src/passes/quantize-weights/ranges';
import { quantizeWeights } from '../../src/passes/quantize-weights/run';
import { GraphMaker, smallConvNet } from '../ir/graphs';
import { contextOf } from './run-graph';

type Values = Readonly<Record<string, OptionValue>>;
const tensorOf = (graph: Graph, name: string): Tensor => Object.values(graph.values).find((value) => value.name === name)!.tensor!;
const floatsOf = (graph: Graph, name: string): Float32Array => decodeFloats(tensorOf(graph, name));
const zerosOf = (values: Float32Array): number => values.filter((value) => value === 0).length / values.length;

async function prune(graph: Graph, given: Values): Promise<Graph> {
  const options = { ...defaultsOf(pruneMagnitudeOptions), ...given } as ReturnType<typeof defaultsOf<typeof pruneMagnitudeOptions>>;
  return (await pruneMagnitude.run(graph, options, contextOf(options))).graph;
}
async function cluster(graph: Graph, given: Values = {}): Promise<Graph> {
  const options = { ...defaultsOf(clusterWeightsOptions), ...given } as ReturnType<typeof defaultsOf<typeof clusterWeightsOptions>>;
  return (await clusterWeights.run(graph, options, contextOf(options))).graph;
}
async function quantize(graph: Graph, given: Values = {}): Promise<Graph> {
  const options = { ...defaultsOf(quantizeWeightsOptions), ...given } as ReturnType<typeof defaultsOf<typeof quantizeWeightsOptions>>;
  return (await quantizeWeights.run(graph, options, contextOf(options))).graph;
}

describe('prune-magnitude', () => {
  it('zeroes exactly the smallest weights of each layer', async () => {
    const before = floatsOf(smallConvNet(), 'dense/kernel');
    const after = floatsOf(await prune(smallConvNet(), { sparsity: 0.75, ranking: 'layer' }), 'dense/kernel');
    expect(zerosOf(after)).toBeCloseTo(0.75, 3);
    const kept = before.filter((_value, i) => after[i] !== 0).map(Math.abs);
    const dropped = before.filter((_value, i) => after[i] === 0).map(Math.abs);
    expect(Math.min(...kept)).toBeGreaterThanOrEqual(Math.max(...dropped));
    expect(after.filter((value) => value !== 0)).toEqual(before.filter((_value, i) => after[i] !== 0));
  });

  it('leaves biases, and depthwise kernels unless asked', async () => {
    const before = smallConvNet();
    const after = await prune(before, { sparsity: 0.9 });
    expect(tensorOf(after, 'dense/bias')).toBe(tensorOf(before, 'dense/bias'));
    expect(tensorOf(after, 'dw/kernel')).toBe(tensorOf(before, 'dw/kernel'));
    expect(zerosOf(floatsOf(await prune(before, { sparsity: 0.5, depthwise: true, ranking: 'layer' }), 'dw/kernel'))).toBeCloseTo(0.5, 2);
  });

  it('compares weights over the whole model when asked, and reaches the target over all of them', async () => {
    for (const ranking of ['global', 'lamp']) {
      const after = await prune(smallConvNet(), { sparsity: 0.6, ranking });
      const conv = floatsOf(after, 'conv/kernel');
      const dense = floatsOf(after, 'dense/kernel');
      const zeros = zerosOf(conv) * conv.length + zerosOf(dense) * dense.length;
      expect(zeros / (conv.length + dense.length)).toBeCloseTo(0.6, 2);
      expect(Math.abs(zerosOf(conv) - zerosOf(dense))).toBeGreaterThan(0.05);
    }
  });

  it('has one threshold for the whole model when ranking globally', async () => {
    const after = await prune(smallConvNet(), { sparsity: 0.6, ranking: 'global' });
    const dropped = floatsOf(smallConvNet(), 'conv/kernel').filter((_value, i) => floatsOf(after, 'conv/kernel')[i] === 0);
    const kept = floatsOf(after, 'dense/kernel').filter((value) => value !== 0);
    expect(Math.min(...kept.map(Math.abs))).toBeGreaterThanOrEqual(Math.max(...dropped.map(Math.abs)));
  });

  it('keeps at least one weight of a layer', async () => {
    const g = new GraphMaker();
    const x = g.input('x', [-1, 2]);
    const small = g.node('small', 'dense', [x, g.weights('small/kernel', [2, 2], 1e-6)], { activation: 'none' }, [-1, 2]);
    const large = g.node('large', 'dense', [small, g.weights('large/kernel', [2, 50])], { activation: 'none' }, [-1, 50]);
    const after = await prune(g.build([large]), { sparsity: 0.9, ranking: 'global' });
    expect(floatsOf(after, 'small/kernel').filter((value) => value !== 0)).toHaveLength(1);
  });

  it('keeps N of every M neighbours along the inputs', async () => {
    const after = floatsOf(await prune(smallConvNet(), { pattern: 'n-m', keepPerGroup: 2, groupSize: 4 }), 'dense/kernel');
    for (let column = 0; column < 5; column++) {
      for (let group = 0; group < 288 / 4; group++) {
        const kept = [0, 1, 2, 3].filter((i) => after[(group * 4 + i) * 5 + column] !== 0);
        expect(kept).toHaveLength(2);
      }
    }
  });

  it('removes whole blocks', async () => {
    const after = floatsOf(await prune(smallConvNet(), { pattern: 'block', blockRows: 4, blockColumns: 5, sparsity: 0.5, ranking: 'layer' }), 'dense/kernel');
    let empty = 0;
    for (let block = 0; block < 72; block++) {
      const zeros = [...after.subarray(block * 20, block * 20 + 20)].filter((value) => value === 0).length;
      expect([0, 20]).toContain(zeros);
      if (zeros === 20) empty++;
    }
    expect(empty).toBe(36);
  });

  it('gives a layer with a rule of its own its own sparsity', async () => {
    const options = { ...defaultsOf(pruneMagnitudeOptions), sparsity: 0.3, ranking: 'global' } as const;
    const context = { ...contextOf(options), optionsFor: (name: string) => (name === 'dense' ? { ...options, sparsity: 0.9 } : options) };
    const { graph } = await pruneMagnitude.run(smallConvNet(), options, context);
    expect(zerosOf(floatsOf(graph, 'dense/kernel'))).toBeCloseTo(0.9, 3);
    expect(zerosOf(floatsOf(graph, 'conv/kernel'))).toBeCloseTo(0.3, 2);
  });
});

describe('k-means', () => {
  it('finds clusters that are there', () => {
    const random = createRandom(2);
    const values = Float64Array.from({ length: 300 }, (_, i) => [-1, 0.5, 2][i % 3]! + random.normal() * 0.01).sort();
    const { centroids } = kMeans(values, 3, createRandom(1));
    [-1, 0.5, 2].forEach((expected, i) => expect(centroids[i]).toBeCloseTo(expected, 2));
  });

  it('is no worse than equal steps, and exact when there are few values', () => {
    const random = createRandom(3);
    const values = Float64Array.from({ length: 2000 }, () => random.normal()).sort();
    const step = (values.at(-1)! - values[0]!) / 15;
    const linear = values.reduce((sum, value) => sum + (value - (values[0]! + Math.round((value - values[0]!) / step) * step)) ** 2, 0);
    expect(kMeans(values, 16, createRandom(1)).error).toBeLessThan(linear * 0.6);
    expect(kMeans(Float64Array.of(1, 1, 2, 2), 3, createRandom(1))).toEqual({ centroids: Float64Array.of(1, 2), error: 0 });
  });

  it('finds the nearest centroid', () => {
    const centroids = Float64Array.of(-1, 0, 4);
    expect([-9, -0.6, -0.4, 1.9, 2.1, 99].map((value) => nearestCentroid(centroids, value))).toEqual([0, 0, 1, 1, 2, 2]);
  });
});

describe('cluster-weights', () => {
  it('leaves at most so many values, each the mean of what it replaced', async () => {
    const before = floatsOf(smallConvNet(), 'dense/kernel');
    const after = floatsOf(await cluster(smallConvNet(), { centroids: 16, balance: false }), 'dense/kernel');
    const values = [...new Set(after)];
    expect(values.length).toBeLessThanOrEqual(16);
    for (const value of values) {
      const members = before.filter((_weight, i) => after[i] === value);
      expect(members.reduce((a, b) => a + b, 0) / members.length).toBeCloseTo(value, 5);
    }
  });

  it('keeps the zeros of a pruned layer, and no other weight becomes zero', async () => {
    const pruned = await prune(smallConvNet(), { sparsity: 0.5 });
    const after = floatsOf(await cluster(pruned, { centroids: 8 }), 'dense/kernel');
    floatsOf(pruned, 'dense/kernel').forEach((value, i) => expect(after[i] === 0).toBe(value === 0));
    expect(new Set(after).size).toBeLessThanOrEqual(8);
  });

  it('lets the errors of each output cancel', async () => {
    const before = floatsOf(smallConvNet(), 'dense/kernel');
    const largestSum = async (balance: boolean): Promise<number> => {
      const after = floatsOf(await cluster(smallConvNet(), { centroids: 8, balance }), 'dense/kernel');
      const sums = [0, 0, 0, 0, 0];
      after.forEach((value, i) => (sums[i % 5]! += value - before[i]!));
      return Math.max(...sums.map(Math.abs));
    };
    expect(await largestSum(true)).toBeLessThan((await largestSum(false)) / 10);
  });

  it('gives every channel its own values when asked', async () => {
    const graph = await cluster(smallConvNet(), { centroids: 4, granularity: 'channel' });
    const after = floatsOf(graph, 'dense/kernel');
    for (let column = 0; column < 5; column++) expect(new Set(after.filter((_value, i) => i % 5 === column)).size).toBeLessThanOrEqual(4);
    expect(new Set(after).size).toBeGreaterThan(4);
  });

  it('says so when a codebook would be larger than the weights', async () => {
    const options = { ...defaultsOf(clusterWeightsOptions), centroids: 256 } as const;
    const { diagnostics } = await clusterWeights.run(smallConvNet(), options, contextOf(options));
    expect(diagnostics.find((found) => found.subject === 'conv/kernel')?.message).toContain('larger than');
  });
});

/** Every weight to its nearest step of the full range. */
const plain = { clipping: 'min-max', rounding: 'nearest' };

describe('quantize-weights', () => {
  it.each([
    ['int8', 8, 127],
    ['int4', 4, 7],
  ] as const)('%s is symmetric, per channel, and within half a step', async (format, bits, largest) => {
    const graph = await quantize(smallConvNet(), { format, granularity: 'channel', ...plain });
    const { encoding } = tensorOf(graph, 'dense/kernel');
    if (encoding.kind !== 'affine') throw new Error('expected an affine encoding');
    expect(encoding).toMatchObject({ bits, signed: true, axis: 1 });
    expect([...encoding.zeroPoint]).toEqual([0, 0, 0, 0, 0]);
    expect(Math.max(...encoding.values.map(Math.abs))).toBe(largest);
    const before = floatsOf(smallConvNet(), 'dense/kernel');
    floatsOf(graph, 'dense/kernel').forEach((value, i) => {
      expect(Math.abs(value - before[i]!)).toBeLessThanOrEqual(encoding.scale[i % 5]! * 0.5001);
    });
  });

  it.each([['uint8', 255], ['uint16', 65535]] as const)('%s is affine, with zero exact', async (format, steps) => {
    const pruned = await prune(smallConvNet(), { sparsity: 0.5 });
    const graph = await quantize(pruned, { format, granularity: 'tensor', ...plain });
    const { encoding } = tensorOf(graph, 'dense/kernel');
    if (encoding.kind !== 'affine') throw new Error('expected an affine encoding');
    expect(Number.isInteger(encoding.zeroPoint[0])).toBe(true);
    const before = floatsOf(pruned, 'dense/kernel');
    const range = Math.max(...before) - Math.min(...before);
    expect(encoding.scale[0]).toBeCloseTo(range / steps, 6);
    const after = floatsOf(graph, 'dense/kernel');
    expect(after.filter((_value, i) => before[i] === 0).every((value) => value === 0)).toBe(true);
    after.forEach((value, i) => {
      expect(Math.abs(value - before[i]!)).toBeLessThanOrEqual(encoding.scale[0]! * 0.51);
    });
  });

  it('halves the bytes with float16 and keeps a palette a palette', async () => {
    expect(nbytesOf(tensorOf(await quantize(smallConvNet(), { format: 'float16' }), 'dense/kernel'))).toBe(288 * 5 * 2);
    const palette = tensorOf(await quantize(await cluster(smallConvNet()), { format: 'float16' }), 'dense/kernel').encoding;
    expect(palette).toMatchObject({ kind: 'palette', codebookStorage: 'float16' });
  });

  it('gives each block of inputs its own scale, which lowers the error', async () => {
    const error = async (given: Values): Promise<number> => {
      const before = floatsOf(smallConvNet(), 'dense/kernel');
      return floatsOf(await quantize(smallConvNet(), { format: 'int4', ...plain, ...given }), 'dense/kernel').reduce((sum, value, i) => sum + (value - before[i]!) ** 2, 0);
    };
    const byTensor = await error({ granularity: 'tensor' });
    const byChannel = await error({ granularity: 'channel' });
    const byBlock = await error({ granularity: 'block', blockSize: 32 });
    expect(byChannel).toBeLessThan(byTensor);
    expect(byBlock).toBeLessThan(byChannel);
  });

  it('clips to less squared error than the full range has, and never to more', async () => {
    const g = new GraphMaker();
    const kernel = g.weights('k', [400, 4]);
    const graph = g.build([g.node('d', 'dense', [g.input('x', [-1, 400]), kernel], { activation: 'none' }, [-1, 4])]);
    const before = floatsOf(graph, 'k');
    const shareOf = async (format: string): Promise<number> => {
      const errors = [];
      for (const clipping of ['min-max', 'mse']) {
        const after = floatsOf(await quantize(graph, { format, rounding: 'nearest', clipping }), 'k');
        errors.push(after.reduce((sum, value, i) => sum + (value - before[i]!) ** 2, 0));
      }
      return errors[1]! / errors[0]!;
    };
    expect(await shareOf('int8')).toBeLessThanOrEqual(1);
    expect(await shareOf('uint8')).toBeLessThanOrEqual(1);
    expect(await shareOf('int4')).toBeLessThan(0.9);
  });

  it('takes biases and normalization too when asked', async () => {
    const graph = await quantize(smallConvNet(), { format: 'uint8', granularity: 'tensor', scope: 'all' });
    expect(tensorOf(graph, 'dense/bias').encoding.kind).toBe('affine');
    expect(tensorOf(graph, 'bn1/gamma').encoding.kind).toBe('affine');
    expect(tensorOf(await quantize(smallConvNet()), 'dense/bias').encoding.kind).toBe('dense');
  });

  it.each(['int4', 'uint8'])('lets the errors of each output cancel, and keeps zeros, in %s', async (format) => {
    const pruned = await prune(smallConvNet(), { sparsity: 0.3 });
    const before = floatsOf(pruned, 'dense/kernel');
    const largestSum = async (rounding: string): Promise<number> => {
      const graph = await quantize(pruned, { format, rounding });
      const after = floatsOf(graph, 'dense/kernel');
      expect(after.filter((_value, i) => before[i] === 0).every((value) => value === 0)).toBe(true);
      const sums = [0, 0, 0, 0, 0];
      after.forEach((value, i) => (sums[i % 5]! += value - before[i]!));
      return Math.max(...sums.map(Math.abs));
    };
    expect(await largestSum('balanced')).toBeLessThan((await largestSum('nearest')) / 3);
  });

  it('survives weights that are all zero', async () => {
    const g = new GraphMaker();
    const graph = g.build([g.node('d', 'dense', [g.input('x', [-1, 4]), g.weights('k', [4, 4], 0)], { activation: 'none' }, [-1, 4])]);
    expect([...floatsOf(await quantize(graph), 'k')]).toEqual(Array.from({ length: 16 }, () => 0));
  });

  it('rounds half to even, as NumPy does', () => {
    expect([0.5, 1.5, 2.5, -0.5, -1.5, 2.4, 2.6].map(roundHalfEven).map((value) => value + 0)).toEqual([0, 2, 2, 0, -2, 2, 3]);
  });
});
