import { describe, expect, it } from 'vitest';
import { makeStep } from '../../src/passes/recipe';
import { energyProfile } from '../../src/measure/energy-profiles';
import type { EnergyReport, LatencyReport } from '../../src/measure/types';
import type { Recipe } from '../../src/passes/pass';
import type { BackendId } from '../../src/runtime/backend';
import { energyPoints, latencyPoints, measuredLatencies, qualityMetric, qualityOf, sizePoints, type LatencyAxis } from '../../src/state/chart-points';
import { pointKey } from '../../src/state/point-key';
import { shownNumbers } from '../../src/state/shown-numbers';
import type { Quality, Run, Runs } from '../../src/state/runs-store';

const recipe: Recipe = { version: 1, steps: [makeStep('prune-magnitude', { sparsity: 0.5 })] };
const size = { raw: 100, gzip: 50, brotli: 40, brotliQuality: 11 };
const interval = (value: number) => ({ value, low: value - 0.01, high: value + 0.01 });
const accuracy: Quality = {
  kind: 'accuracy',
  report: {
    original: { accuracy: interval(0.92), count: 100, correct: 92 },
    candidate: { accuracy: interval(0.9), count: 100, correct: 90 },
    change: { value: -0.02, low: -0.03, high: -0.01 },
    pValue: 0.01,
    verdict: 'worse',
  },
};
const fidelity: Quality = { kind: 'fidelity', report: { count: 10, agreement: 0.99, sqnrDb: 40, largestDifference: 0.1 } };

const latencyOn = (backend: BackendId, p50Ms: number): LatencyReport => {
  const statistics = { p50Ms, p90Ms: p50Ms, minimumMs: p50Ms, firstMs: p50Ms, samplesMs: [p50Ms] };
  return { backend, adapter: '', batch: 1, original: statistics, candidate: statistics, speedup: interval(1), verdict: 'same-speed', clockStepMs: 0.005, runsPerSample: 1 };
};

const energyOf = (joules: number): EnergyReport => ({ profile: 'phone-cpu', joules: interval(joules), arithmetic: interval(joules), weights: interval(0), activations: interval(0) });
const run = (part: Partial<Run>): Run => ({ key: pointKey(recipe), recipe, cost: null, diagnostics: [], sizes: {}, quality: null, latency: {}, energy: null, pinned: false, ...part });
const nothing: Runs = { runs: [], last: { cost: null, size: null, quality: null, latency: {}, energy: null }, estimate: null };

/** No search ran. */
const unjudged = new Map();

describe('the numbers on screen', () => {
  it('are unknown before anything was measured', () => {
    expect(shownNumbers(recipe, nothing, 'keras', ['wasm'])).toMatchObject({ size: null, quality: null, latency: [{ backend: 'wasm', shown: null }] });
  });

  it('are a guess while there is only one, and the measured ones afterwards', () => {
    const estimate = { key: pointKey(recipe), raw: 90, gzip: 45 };
    expect(shownNumbers(recipe, { ...nothing, estimate }, 'keras', []).size).toMatchObject({ state: 'estimated', value: { gzip: 45, brotli: null } });
    const runs = [run({ sizes: { keras: { format: 'keras', report: size } } })];
    expect(shownNumbers(recipe, { ...nothing, runs, estimate }, 'keras', []).size).toEqual({ state: 'measured', value: size });
  });

  it('of energy are an estimate always, and that of the recipe before until there is a new one', () => {
    const energy = [{ profile: energyProfile('phone-cpu'), original: energyOf(2), candidate: energyOf(1) }];
    expect(shownNumbers(recipe, { ...nothing, runs: [run({ energy })] }, 'keras', []).energy).toEqual({ state: 'estimated', value: energy });
    expect(shownNumbers(recipe, { ...nothing, last: { ...nothing.last, energy } }, 'keras', []).energy).toEqual({ state: 'stale', value: energy });
    expect(shownNumbers(recipe, nothing, 'keras', []).energy).toBeNull();
    expect(energyPoints([run({ quality: accuracy, energy })], 'accuracy', 'phone-cpu', unjudged)).toMatchObject([{ x: 1, y: 0.9 }]);
    expect(energyPoints([run({ quality: accuracy, energy })], 'accuracy', 'coral', unjudged)).toEqual([]);
  });

  it('stay, marked as stale, while another recipe is measured', () => {
    const last = { ...nothing.last, quality: accuracy, size: { format: 'keras' as const, report: size } };
    const shown = shownNumbers(recipe, { ...nothing, last }, 'keras', []);
    expect(shown.quality).toEqual({ state: 'stale', value: accuracy });
    expect(shown.size?.state).toBe('stale');
  });

  it('are stale, too, when the size is known in another format only', () => {
    const runs = [run({ sizes: { keras: { format: 'keras', report: size } } })];
    expect(shownNumbers(recipe, { ...nothing, runs }, 'tfjs-graph', []).size).toEqual({ state: 'stale', value: size });
  });

  it('never show a fidelity to itself for the original', () => {
    const last = { ...nothing.last, quality: fidelity };
    expect(shownNumbers({ version: 1, steps: [] }, { ...nothing, last }, 'keras', []).quality).toBeNull();
  });
});

describe('points', () => {
  it('stand at the compressed size and the accuracy, with the interval of the change', () => {
    const [point] = sizePoints([run({ quality: accuracy, sizes: { keras: { format: 'keras', report: size } } })], 'accuracy', 'keras', unjudged);
    expect(point).toMatchObject({ x: 50, y: 0.9 });
    expect(point?.low).toBeCloseTo(0.89);
    expect(point?.high).toBeCloseTo(0.91);
  });

  it('are left out while one of their numbers is unknown', () => {
    expect(sizePoints([run({ quality: accuracy })], 'accuracy', 'keras', unjudged)).toEqual([]);
    expect(latencyPoints([run({ quality: accuracy })], 'accuracy', 'wasm', unjudged)).toEqual([]);
  });

  it('of latency are those of one backend, or of the fastest that each recipe was measured on', () => {
    const slow = { ...run({ quality: accuracy, latency: { wasm: latencyOn('wasm', 2), 'litert-wasm': latencyOn('litert-wasm', 1) } }), key: 'both' };
    const other = { ...run({ quality: accuracy, latency: { wasm: latencyOn('wasm', 3) } }), key: 'one' };
    const at = (axis: LatencyAxis) => latencyPoints([slow, other], 'accuracy', axis, unjudged).map(({ id, x }) => [id, x]);
    expect(at('wasm')).toEqual([['both', 2], ['one', 3]]);
    expect(at('litert-wasm')).toEqual([['both', 1]]);
    expect(at('fastest')).toEqual([['both', 1], ['one', 3]]);
    expect(measuredLatencies([slow, other], ['litert-wasm', 'webgpu', 'wasm'])).toEqual(['litert-wasm', 'wasm']);
  });

  it('use one measure of quality for all: accuracy, else agreement, else SQNR', () => {
    const regression: Quality = { kind: 'fidelity', report: { ...fidelity.report, agreement: null, sqnrDb: Number.POSITIVE_INFINITY } };
    expect(qualityMetric([run({ quality: fidelity }), run({ quality: accuracy })])).toBe('accuracy');
    expect(qualityMetric([run({ quality: fidelity })])).toBe('agreement');
    expect(qualityMetric([run({ quality: regression })])).toBe('sqnr');
    expect(qualityOf(run({ quality: fidelity }), 'accuracy')).toBeNull();
    expect(qualityOf(run({ quality: regression }), 'sqnr')?.value).toBe(120);
  });
});

describe('keys of results', () => {
  it('are the same for recipes that do the same', () => {
    const off: Recipe = { version: 1, steps: [...recipe.steps, { ...makeStep('quantize-weights'), enabled: false }] };
    expect(pointKey(off)).toBe(pointKey(recipe));
  });

  it('tell apart how the data are fed', () => {
    const preprocessing = { scale: 1 / 255, mean: [], std: [], size: null, channels: null };
    expect(pointKey({ ...recipe, preprocessing })).not.toBe(pointKey(recipe));
  });
});
