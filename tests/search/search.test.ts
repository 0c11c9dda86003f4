import { describe, expect, it } from 'vitest';
import type { Graph } from '../../src/ir/graph';
import { ignoreProgress } from '../../src/lib/progress';
import { totalMacs } from '../../src/ops/cost';
import type { Recipe } from '../../src/passes/pass';
import { runRecipe } from '../../src/passes/run-recipe';
import { argmaxRows } from '../../src/measure/accuracy';
import { layerTotals, sumOf } from '../../src/search/layer-totals';
import { greedyPath, predict, recipeOf, slotsOf } from '../../src/search/plan';
import { describeEnd, search, type SearchEnd, type SearchProblem, type SearchSettings } from '../../src/search/search';
import { sensitivity } from '../../src/search/sensitivity';
import { storedBytes } from '../../src/search/stored-bytes';
import type { Candidate, Goals, Measured, SensitivityRow } from '../../src/search/types';
import { defaultVariants } from '../../src/search/variants';
import { randomExamples } from '../passes/examples';
import { branches, execute, prepare } from './wasm';

const graph = branches();
const examples = randomExamples(graph, 200, 7);
const context = { report: ignoreProgress, seed: 1, prepare, execute, examples, cache: { get: () => undefined, set: () => undefined }, dataKey: '', trainer: null, gradients: null, student: null, trainingKey: '' };

async function classesOf(one: Graph): Promise<Int32Array> {
  const model = await prepare(one);
  const [output] = await model.run(await examples.inputs(0, 200));
  model.dispose();
  return argmaxRows(output!, 200)!;
}

const original = classesOf(graph);

/** Loss: how often the answer is another than the original's. */
async function measure(recipe: Recipe): Promise<Measured> {
  const { graph: made } = await runRecipe(graph, recipe, context);
  const [before, after] = [await original, await classesOf(made)];
  const changed = before.filter((label, i) => label !== after[i]).length;
  return { bytes: storedBytes(made), macs: totalMacs(made), accuracyDrop: changed / 200, latencyMs: null };
}

let known: SensitivityRow[] | undefined;
async function rows(): Promise<SensitivityRow[]> {
  if (known) return known;
  const found: SensitivityRow[] = [];
  for await (const row of sensitivity(graph, defaultVariants, examples, prepare, ignoreProgress, undefined, { samples: 64, seed: 1, known: [], layers: null, reuse: true, execute })) found.push(row);
  return (known = found);
}

async function problem(goals: Goals): Promise<SearchProblem> {
  return { rows: await rows(), original: sumOf(layerTotals(graph)), layers: layerTotals(graph), goals, before: [], after: [] };
}

async function run(goals: Goals, given: Partial<SearchSettings> = {}, evaluate = measure): Promise<{ given: Candidate[]; end: SearchEnd }> {
  const steps = search(await problem(goals), evaluate, { most: 30, seed: 1, known: [], report: ignoreProgress, ...given });
  const found: Candidate[] = [];
  for (;;) {
    const { value, done } = await steps.next();
    if (done) return { given: found, end: value };
    found.push(value);
  }
}

describe('the plan of a search', () => {
  it('walks from nothing to everything, each step saving something at the lowest price', async () => {
    const total = sumOf(layerTotals(graph));
    const slots = slotsOf(await rows(), total);
    const path = greedyPath(slots, total, layerTotals(graph), { bytes: 1, macs: 0, ms: 0 });
    const predicted = path.map((choice) => predict(slots, choice, total, layerTotals(graph)));
    expect(predicted[0]).toEqual({ ...total, kl: 0 });
    for (let i = 1; i < path.length; i++) {
      expect(path[i]!.filter((row, slot) => row !== path[i - 1]![slot])).toHaveLength(1);
      expect(predicted[i]!.bytes).toBeLessThan(predicted[i - 1]!.bytes);
    }
    expect(predicted.at(-1)!.bytes).toBeLessThan(total.bytes / 6);
  });

  it('predicts bytes and multiplications that recipes come near to', async () => {
    const total = sumOf(layerTotals(graph));
    const slots = slotsOf(await rows(), total);
    for (const want of [{ bytes: 1, macs: 0, ms: 0 }, { bytes: 0, macs: 1, ms: 0 }]) {
      const path = greedyPath(slots, total, layerTotals(graph), want);
      const choice = path[Math.floor(path.length / 2)]!;
      const predicted = predict(slots, choice, total, layerTotals(graph));
      const measured = await measure(recipeOf(slots, choice, { before: [], after: [] }));
      expect(Math.abs(predicted.bytes - measured.bytes)).toBeLessThan(0.15 * total.bytes);
      expect(Math.abs(predicted.macs - measured.macs)).toBeLessThan(0.02 * total.macs);
    }
  });

  it('writes rules for the layers that factors became', () => {
    const row = (pass: SensitivityRow['pass'], options: SensitivityRow['options']): SensitivityRow => ({ layer: 'dense', pass, options, bytesSaved: 10, macsSaved: 10, kl: 0.1 });
    const slots = slotsOf([row('factorize', { keep: 0.5 }), row('quantize-weights', { format: 'int8' })], { bytes: 100, macs: 100, ms: 0 });
    const { steps } = recipeOf(slots, [0, 0], { before: [], after: [] });
    expect(steps.map(({ pass, rules }) => [pass, rules.map(({ match }) => match)])).toEqual([
      ['factorize', ['*', 'dense']],
      ['quantize-weights', ['*', 'dense', 'dense_reduce', 'dense_core', 'dense_rows', 'dense_columns']],
    ]);
    expect(recipeOf(slots, [-1, -1], { before: [], after: [] }).steps).toEqual([]);
  });
});

describe('a search', () => {
  it('meets a size with less loss than the same step everywhere', async () => {
    const mostBytes = Math.round(storedBytes(graph) / 5);
    const { end, given } = await run({ mostBytes });
    expect(end.unmet).toEqual([]);
    expect(end.best.measured.bytes).toBeLessThanOrEqual(mostBytes);
    expect(end.candidates).toEqual(given);
    const everywhere = await measure({ version: 1, steps: [{ pass: 'quantize-weights', options: { format: 'int4', granularity: 'channel', clipping: 'mse' }, rules: [] }] });
    expect(everywhere.bytes).toBeGreaterThan(0.8 * mostBytes);
    expect(end.best.measured.accuracyDrop).toBeLessThanOrEqual(everywhere.accuracyDrop);
  });

  it('makes the model as small as a loss allows, and gives every candidate with what it meets', async () => {
    const { end, given } = await run({ mostAccuracyDrop: 0.02 });
    expect(end.unmet).toEqual([]);
    expect(end.best.measured.accuracyDrop).toBeLessThanOrEqual(0.02);
    expect(end.best.measured.bytes).toBeLessThan(storedBytes(graph) / 3);
    for (const { measured, unmet } of given) expect(unmet).toEqual(measured.accuracyDrop > 0.02 ? ['mostAccuracyDrop'] : []);
    expect(given.filter(({ unmet }) => unmet.length === 0).every(({ measured }) => measured.bytes >= end.best.measured.bytes)).toBe(true);
  });

  it('saves multiplications where those are the goal', async () => {
    const { end } = await run({ mostMacs: 0.6 * totalMacs(graph), mostAccuracyDrop: 0.3 });
    expect(end.unmet).toEqual([]);
    expect(end.best.recipe.steps.map(({ pass }) => pass)).toContain('factorize');
  });

  it('says which goal was not met by the nearest', async () => {
    const goals = { mostBytes: 40, mostAccuracyDrop: 0.5 };
    const { end } = await run(goals, { most: 12 });
    expect(end.unmet).toEqual(['mostBytes']);
    expect(describeEnd(end, goals)).toMatch(/^Not every goal was met by \d+ candidates\. The nearest has \d+ bytes instead of at most 40\.$/);
  });

  it('is the same every time, and goes on with what it knows without measuring again', async () => {
    const goals = { mostBytes: Math.round(storedBytes(graph) / 6), mostAccuracyDrop: 0.05 };
    const whole = await run(goals, { most: 14 });
    expect((await run(goals, { most: 14 })).given).toEqual(whole.given);
    const controller = new AbortController();
    const cut = async (): Promise<void> => {
      const steps = search(await problem(goals), measure, { most: 14, seed: 1, known: [], report: ignoreProgress, signal: controller.signal });
      for (let i = 0; ; i++) {
        if (i === 5) controller.abort();
        await steps.next();
      }
    };
    await expect(cut()).rejects.toThrow('Cancelled');
    let count = 0;
    const again = await run(goals, { most: 14, known: whole.given.slice(0, 5) }, (recipe) => {
      count++;
      return measure(recipe);
    });
    expect(again.given).toEqual(whole.given);
    expect(count).toBe(whole.given.length - 5);
  });

  it('weighs before it tries, where that is possible, and tries nothing that is too large by its weight', async () => {
    const mostBytes = Math.round(storedBytes(graph) / 5);
    const weighed: number[] = [];
    const weigh = async (recipe: Recipe) => {
      const { accuracyDrop: _loss, ...shape } = await measure(recipe);
      weighed.push(shape.bytes);
      return shape;
    };
    const steps = search(await problem({ mostBytes }), measure, { most: 5, seed: 1, known: [], report: ignoreProgress, weigh });
    const tried: Candidate[] = [];
    for (;;) {
      const { value, done } = await steps.next();
      if (done) break;
      tried.push(value);
    }
    expect(tried).toHaveLength(5);
    for (const { unmet } of tried) expect(unmet).toEqual([]);
    // Halving went through heavier ones, by their weight alone.
    expect(weighed.some((bytes) => bytes > mostBytes)).toBe(true);
    const both = await run({ mostBytes, mostAccuracyDrop: 0.5 }, { most: 4, weigh });
    expect(both.given[0]!.unmet).toEqual([]);
    expect(both.given[1]!.measured.bytes).toBeLessThan(both.given[0]!.measured.bytes);
  });

  it('refuses to run without a goal, without choices, and with a pass that knows no layers', async () => {
    await expect(run({})).rejects.toThrow('no goal');
    const start = async (given: Partial<SearchProblem>): Promise<unknown> => search({ ...(await problem({ mostBytes: 1 })), ...given }, measure, { most: 3, seed: 1, known: [], report: ignoreProgress }).next();
    await expect(start({ rows: [] })).rejects.toThrow('nothing to choose from');
    await expect(start({ rows: [{ layer: 'dense', pass: 'clean-up', options: {}, bytesSaved: 1, macsSaved: 0, kl: 0 }] })).rejects.toThrow('Simplify has no options of its own for each layer');
  });
});
