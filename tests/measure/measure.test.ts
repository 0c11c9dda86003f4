import { brotliDecompressSync, gzipSync } from 'node:zlib';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/lib/random';
import { accuracyOf, argmaxRows, compare, measureFidelity, predictClasses, type Examples } from '../../src/measure/accuracy';
import { measureCost } from '../../src/measure/cost';
import { compareLatency } from '../../src/measure/latency';
import { measureSize, type Brotli } from '../../src/measure/size';
import type { Batch, PreparedModel } from '../../src/runtime/backend';
import { createBackend } from '../../src/runtime/tfjs/backends';
import { conv, GraphMaker, smallConvNet } from '../ir/graphs';

const brotli = createRequire(import.meta.url)('brotli-wasm') as Brotli;
const silent = { batchSize: 7, report: () => {} };

/** A model whose class scores are its inputs times `gain`. */
function scores(gain: number, delayMs = 0): PreparedModel {
  const run = async (inputs: readonly Batch[]): Promise<Batch[]> => {
    const end = performance.now() + delayMs;
    while (performance.now() < end);
    return inputs.map((input) => ({ ...input, data: (input.data as Float32Array).map((value) => value * gain) }));
  };
  return {
    run,
    runWith: async (inputs) => ({ outputs: await run(inputs), values: new Map() }),
    stepper: async (inputs) => ({ step: () => run(inputs), dispose: () => {} }),
    nbytes: 0,
    dispose: () => {},
  };
}

function examples(count: number, classes: number): Examples {
  const random = createRandom(4);
  const data = Float32Array.from({ length: count * classes }, () => random.normal());
  const labels = argmaxRows({ shape: [count, classes], dtype: 'float32', data }, count)!.map((label, i) => (i % 10 === 0 ? (label + 1) % classes : label));
  return {
    count,
    labels,
    inputs: async (start, end) => [{ shape: [end - start, classes], dtype: 'float32', data: data.slice(start * classes, end * classes) }],
  };
}

describe('size', () => {
  it('is the sum of files, each compressed alone, and agrees with Node’s zlib', async () => {
    const text = new TextEncoder().encode('{"weights":'.repeat(300)) as Uint8Array<ArrayBuffer>;
    const noise = Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251);
    const size = await measureSize([{ name: 'a', bytes: text }, { name: 'b', bytes: noise }], brotli);
    expect(size.raw).toBe(text.length + noise.length);
    const reference = gzipSync(text, { level: 9 }).length + gzipSync(noise, { level: 9 }).length;
    expect(size.gzip).toBe(reference);
    const compressed = brotli.compress(text, { quality: 11 });
    expect(new Uint8Array(brotliDecompressSync(compressed))).toEqual(text);
    expect(size.brotli).toBeLessThan(size.gzip);
    expect(size.brotliQuality).toBe(11);
  });

  it('stops when cancelled', async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(measureSize([{ name: 'a', bytes: new Uint8Array(1) }], brotli, controller.signal)).rejects.toThrow('Cancelled');
  });
});

describe('cost', () => {
  it('counts parameters, MACs, bytes and zeros by hand', () => {
    const cost = measureCost(smallConvNet());
    const convNode = cost.nodes.find((node) => node.node === 'conv')!;
    expect(convNode).toMatchObject({ parameters: 3 * 3 * 3 * 8, macs: 6 * 6 * 8 * 27, activationBytes: 6 * 6 * 8 * 4, bits: 32, sparsity: 0 });
    expect(cost.nodes.find((node) => node.node === 'dw')).toMatchObject({ macs: 6 * 6 * 8 * 9 });
    expect(cost.nodes.find((node) => node.node === 'dense')).toMatchObject({ parameters: 288 * 5 + 5, macs: 288 * 5 });
    expect(cost.parameters).toBe(216 + 32 + 80 + 32 + 1445);
    expect(cost.macs).toBe(6 * 6 * 8 * 27 + 6 * 6 * 8 * 9 + 288 * 5);
    expect(cost.nbytes).toBe(cost.parameters * 4);
    expect(cost.peakActivationBytes).toBe(2 * 6 * 6 * 8 * 4);
  });

  it('counts a shared kernel once, and keeps what a later node still needs', () => {
    const g = new GraphMaker();
    const x = g.input('x', [-1, 4, 4, 3]);
    const k = g.weights('k', [1, 1, 3, 3]);
    const a = g.node('a', 'conv2d', [x, k], conv, [-1, 4, 4, 3]);
    const b = g.node('b', 'conv2d', [a, k], conv, [-1, 4, 4, 3]);
    const cost = measureCost(g.build([g.node('sum', 'add', [b, x], { activation: 'none' }, [-1, 4, 4, 3])]));
    expect(cost.parameters).toBe(9);
    expect(cost.peakActivationBytes).toBe(3 * 4 * 4 * 3 * 4);
  });
});

describe('accuracy', () => {
  it('predicts in batches and compares pairs', async () => {
    const data = examples(100, 5);
    const right = await predictClasses(scores(1), data, silent);
    const wrong = await predictClasses(scores(-1), data, silent);
    expect(accuracyOf(right, data.labels!)).toMatchObject({ correct: 90, count: 100 });
    const worse = compare(right, wrong, data.labels!);
    expect(worse.verdict).toBe('worse');
    expect(worse.change.value).toBeLessThan(-0.5);
    expect(worse.pValue).toBeLessThan(1e-6);
    const same = compare(right, right, data.labels!);
    expect(same).toMatchObject({ verdict: 'no-measurable-change', pValue: 1 });
    expect(same.change.low).toBeLessThanOrEqual(0);
    expect(same.change.high).toBeGreaterThanOrEqual(0);
    expect(compare(wrong, right, data.labels!).verdict).toBe('better');
  });

  it('reads a single score as a yes above one half, and refuses what is no classification', async () => {
    expect([...argmaxRows({ shape: [3, 1], dtype: 'float32', data: Float32Array.of(0.2, 0.7, 0.5) }, 3)!]).toEqual([0, 1, 0]);
    expect([...argmaxRows({ shape: [2, 1, 1, 3], dtype: 'float32', data: Float32Array.of(0, 1, 0, 0, 0, 1) }, 2)!]).toEqual([1, 2]);
    expect(argmaxRows({ shape: [1, 8, 8, 3], dtype: 'float32', data: new Float32Array(192) }, 1)).toBeUndefined();
    const image: Examples = { count: 1, labels: null, inputs: async () => [{ shape: [1, 2, 2, 2], dtype: 'float32', data: new Float32Array(8) }] };
    await expect(predictClasses(scores(1), image, silent)).rejects.toThrow('one row of class scores');
  });

  it('measures fidelity in decibels', async () => {
    const data = examples(50, 4);
    const exact = await measureFidelity(scores(1), scores(1), data, silent);
    expect(exact).toMatchObject({ agreement: 1, sqnrDb: Number.POSITIVE_INFINITY, largestDifference: 0 });
    const close = await measureFidelity(scores(1), scores(1.01), data, silent);
    expect(close.sqnrDb).toBeCloseTo(40, 2);
    expect(close.agreement).toBe(1);
    const broken = await measureFidelity(scores(1), scores(Number.NaN), data, silent);
    expect(broken.largestDifference).toBeNaN();
  });
});

describe('latency', () => {
  const input: Batch[] = [{ shape: [1, 3], dtype: 'float32', data: Float32Array.of(1, 2, 3) }];
  const setting = { clockStepMs: 0.005, report: () => {} };

  it('tells a faster model from a slower one, and the first run from the others', async () => {
    const { speedup, verdict, original, candidate } = await compareLatency(scores(1, 8), scores(1, 2), input, setting);
    expect(verdict).toBe('faster');
    expect(speedup.low).toBeGreaterThan(1);
    expect(original.p50Ms).toBeGreaterThan(candidate.p50Ms);
    expect(original.p90Ms).toBeGreaterThanOrEqual(original.p50Ms);
    expect(original.samplesMs.length).toBe(candidate.samplesMs.length);
    expect(original.samplesMs.length).toBeGreaterThanOrEqual(30);
  });

  it('times short runs in blocks', async () => {
    const { runsPerSample } = await compareLatency(scores(1, 0.02), scores(1, 0.02), input, { ...setting, clockStepMs: 0.1 });
    expect(runsPerSample).toBeGreaterThan(20);
  });

  it('refuses a model whose outputs are not finite, or not the same twice', async () => {
    await expect(compareLatency(scores(Number.NaN), scores(1), input, setting)).rejects.toThrow('not finite');
    let gain = 1;
    const drifting: PreparedModel = { ...scores(1), stepper: async (inputs) => ({ step: () => scores((gain += 1)).run(inputs), dispose: () => {} }) };
    await expect(compareLatency(drifting, scores(1), input, setting)).rejects.toThrow('different outputs');
  });

  it('drops samples taken while paused, and stops when cancelled', async () => {
    const controller = new AbortController();
    let reports = 0;
    const paused = compareLatency(scores(1, 0.1), scores(1, 0.1), input, {
      ...setting,
      signal: controller.signal,
      isPaused: () => true,
      report: ({ detail }) => {
        if (detail === '0' && ++reports === 3) controller.abort();
      },
    });
    await expect(paused).rejects.toThrow('Cancelled');
    expect(reports).toBe(3);
  });

  it('measures a real graph on a real backend', async () => {
    const backend = await createBackend('cpu');
    const model = await backend.prepare(smallConvNet());
    const other = await backend.prepare(smallConvNet());
    const image: Batch[] = [{ shape: [1, 6, 6, 3], dtype: 'float32', data: new Float32Array(108).fill(0.5) }];
    const { speedup } = await compareLatency(model, other, image, setting);
    expect(speedup.low).toBeLessThanOrEqual(speedup.value);
    expect(speedup.high).toBeGreaterThanOrEqual(speedup.value);
    model.dispose();
    other.dispose();
  });
});
