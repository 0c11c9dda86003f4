/** The master slider's stops: what lies between and beyond results, what is predicted of it, and which places have names. */
import { describe, expect, it } from 'vitest';
import { makeStep } from '../../src/passes/recipe';
import type { Recipe } from '../../src/passes/pass';
import { between, isAlike, stronger } from '../../src/state/front-between';
import { detentsOf } from '../../src/state/front-detents';
import { ideasOf, interpolated, stopsOf, type FrontPoint } from '../../src/state/front-stops';
import { errorsOf } from '../../src/state/front-store';
import { pointKey } from '../../src/state/point-key';
import type { Run } from '../../src/state/runs-store';

const recipe = (sparsity: number, centroids: number): Recipe => ({ version: 1, steps: [makeStep('fold-batch-norm'), makeStep('prune-magnitude', { sparsity }), makeStep('cluster-weights', { centroids })] });
const original: Recipe = { version: 1, steps: [] };
const pointOf = (of: Recipe, x: number, y: number): FrontPoint => ({ id: pointKey(of), recipe: of, x, y, brotli: x * 0.9, isJudged: false });
const optionsOf = (of: Recipe | null) => of?.steps.map(({ options }) => [options.sparsity, options.centroids]).slice(1);

describe('the recipe between two', () => {
  it('moves the numbers of their options, doublings by their logarithm', () => {
    const middle = between(recipe(0.5, 32), recipe(0.7, 8), 0.5);
    expect(optionsOf(middle)).toEqual([[0.6, undefined], [undefined, 16]]);
  });

  it('is none where they do different things, train, or are fed differently', () => {
    expect(between(original, recipe(0.5, 32), 0.5)).toBeNull();
    expect(between({ version: 1, steps: [makeStep('quantize-weights', { format: 'uint8' })] }, { version: 1, steps: [makeStep('quantize-weights', { format: 'float16' })] }, 0.5)).toBeNull();
    const trained = (epochs: number, sparsity: number): Recipe => ({ version: 1, steps: [makeStep('prune-magnitude', { sparsity, recoverEpochs: epochs })] });
    expect(between(trained(2, 0.5), trained(2, 0.8), 0.5)).toBeNull();
    const fed: Recipe = { ...recipe(0.7, 32), preprocessing: { scale: 1, mean: [], std: [], size: null, channels: null } };
    expect(between(recipe(0.5, 32), fed, 0.5)).toBeNull();
  });

  it('is none where rounding leaves nothing between them', () => {
    expect(between(recipe(0.5, 32), recipe(0.51, 32), 0.3)).toBeNull();
  });

  it('goes on a step where a pass knows stronger, but not into rules', () => {
    expect(optionsOf(stronger(recipe(0.6, 16)))).toEqual([[0.66, undefined], [undefined, 12]]);
    expect(stronger(original)).toBeNull();
    expect(stronger({ version: 1, steps: [makeStep('cluster-weights', { centroids: 16 }, [{ match: 'dense', options: { centroids: 8 } }])] })).toBeNull();
  });

  it('knows recipes that differ in numbers only', () => {
    expect(isAlike(recipe(0.5, 32), recipe(0.9, 4))).toBe(true);
    expect(isAlike(recipe(0.5, 32), original)).toBe(false);
  });
});

describe('the stops', () => {
  const [small, large, whole] = [pointOf(recipe(0.7, 8), 60_000, 0.9), pointOf(recipe(0.5, 32), 120_000, 0.92), pointOf(original, 900_000, 0.925)];
  const isKnown = (key: string): boolean => [small, large, whole].some(({ id }) => id === key);
  const ideas = ideasOf([small, large, whole], isKnown, 'tfjs-graph', false);

  it('lie between results that differ in numbers only, and never on what is known', () => {
    expect(ideas).toHaveLength(4);
    expect(ideas.map(({ from }) => from?.share)).toEqual([0.2, 0.4, 0.6, 0.8]);
    expect(ideas.some(({ key }) => isKnown(key))).toBe(false);
  });

  it('are presets and stronger recipes too where sizes can be weighed', () => {
    const more = ideasOf([small, large, whole], isKnown, 'tfjs-graph', true);
    const extra = more.filter(({ from }) => from === null);
    expect(extra.some(({ key }) => key === pointKey(stronger(small.recipe)!))).toBe(true);
    expect(extra.some(({ recipe: { steps } }) => steps.some(({ pass }) => pass === 'quantize-integer'))).toBe(false);
    expect(extra.every(({ recipe: { steps } }) => steps.every(({ options }) => !options.recoverEpochs))).toBe(true);
  });

  it('take from a guess what it gets wrong on both sides', () => {
    const guesses = new Map([[small.id, 50_000], [large.id, 110_000], ...ideas.map(({ key }): [string, number] => [key, 80_000])]);
    const stops = stopsOf({ points: [small, large, whole], currentKey: large.id, ideas, guesses, weights: new Map() });
    expect(stops.map(({ kind }) => kind)).toEqual(['measured', 'predicted', 'predicted', 'predicted', 'predicted', 'measured', 'measured']);
    const own = stops.find(({ key }) => key === ideas[1]!.key)!;
    expect(own.x).toBeCloseTo(80_000 * (1.2 + (120 / 110 - 1.2) * 0.4), 6);
    expect(own.y).toBeCloseTo(0.9 + (0.02 * Math.log(own.x / 60_000)) / Math.log(2), 9);
    expect(own.brotli).toBeCloseTo(own.x * 0.9, 6);
    expect(own.isWeighed).toBe(false);
  });

  it('believe a weighed file before any guess', () => {
    const stops = stopsOf({ points: [small, large, whole], currentKey: large.id, ideas, guesses: new Map(), weights: new Map([[ideas[0]!.key, { gzip: 70_001, brotli: 65_000 }]]) });
    expect(stops.filter(({ kind }) => kind === 'predicted')).toEqual([expect.objectContaining({ x: 70_001, brotli: 65_000, isWeighed: true })]);
  });

  it('leave out what is beaten, but not what is on screen', () => {
    const beaten = pointOf(recipe(0.3, 64), 200_000, 0.85);
    const without = stopsOf({ points: [small, large, whole, beaten], currentKey: large.id, ideas: [], guesses: new Map(), weights: new Map() });
    const current = stopsOf({ points: [small, large, whole, beaten], currentKey: beaten.id, ideas: [], guesses: new Map(), weights: new Map() });
    expect(without.map(({ key }) => key)).toEqual([small.id, large.id, whole.id]);
    expect(current.map(({ key }) => key)).toEqual([small.id, large.id, beaten.id, whole.id]);
  });

  it('go on with the last slope beyond the smallest, and never above the best', () => {
    const front = [{ x: 100, y: 0.8 }, { x: 200, y: 0.9 }];
    expect(interpolated(front, 50)).toBeCloseTo(0.7, 9);
    expect(interpolated(front, 400)).toBe(0.9);
    expect(interpolated(front.slice(1), 100)).toBeNull();
  });
});

describe('places with a name', () => {
  const run = (of: Recipe, high: number, milliseconds: number): Run => {
    const accuracy = { count: 1000, accuracy: { value: 0.9, low: 0.88, high: 0.92 } };
    return { key: pointKey(of), recipe: of, cost: null, diagnostics: [], sizes: {}, latency: {}, energy: null, pinned: false, quality: { kind: 'accuracy', report: { original: accuracy, candidate: accuracy, change: { value: -0.01, low: -0.02, high }, pValue: 0.3, verdict: high < 0 ? 'worse' : 'no-measurable-change' } }, milliseconds } as unknown as Run;
  };
  const recipes = [recipe(0.9, 4), recipe(0.7, 8), recipe(0.5, 32), original];
  const stops = recipes.map((of, i) => ({ key: pointKey(of), recipe: of, x: [50, 70, 100, 900][i]!, y: [0.7, 0.9, 0.92, 0.925][i]!, brotli: null, kind: 'measured' as const, isWeighed: true }));
  // Measured a point worse in the middle of its interval; the interval of the third holds nothing.
  const runs = [run(recipes[0]!, -0.1, 1), run(recipes[1]!, -0.005, 0.5), run(recipes[2]!, 0.001, 2), run(original, 0, 3)];
  const runOf = (key: string): Run | undefined => runs.find((one) => one.key === key);
  const latencyOf = (one: Run): number => (one as unknown as { milliseconds: number }).milliseconds;

  it('are the smallest, the bend, the fastest here, and the smallest whose interval holds no loss', () => {
    expect(detentsOf(stops, runOf, latencyOf, false)).toEqual([
      { id: 'smallest', index: 0 },
      { id: 'fastest', index: 1 },
      { id: 'balanced', index: 1 },
      { id: 'lossless', index: 2 },
    ]);
  });

  it('are never on a prediction', () => {
    const predicted = stops.map((stop, i) => (i < 3 ? { ...stop, kind: 'predicted' as const } : stop));
    expect(detentsOf(predicted, runOf, latencyOf, false)).toEqual([]);
  });
});

describe('errors of predictions', () => {
  it('are shares of what was measured, on average and at most', () => {
    const { count, size, quality } = errorsOf([
      { key: 'a', size: { predicted: 101, measured: 100 }, quality: { predicted: 0.92, measured: 0.91 } },
      { key: 'b', size: { predicted: 97, measured: 100 }, quality: null },
    ]);
    expect(count).toBe(2);
    expect(size!.mean).toBeCloseTo(0.02, 9);
    expect(size!.largest).toBeCloseTo(0.03, 9);
    expect(quality!.mean).toBeCloseTo(0.01, 9);
    expect(errorsOf([]).size).toBeNull();
  });
});
