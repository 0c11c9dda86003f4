/** Live runs over the real engine: recipes of one model become a ladder of prepared models, which answers what is streamed. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LivePeriod } from '../../src/adapt/live-run';
import { reallyCheaper } from '../../src/engine/live';
import type { PassId } from '../../src/passes/pass';
import { makeStep } from '../../src/passes/recipe';
import type { Engine } from '../../src/engine/create-engine';
import { createNodeEngine } from '../../src/cli/node-engine';

const sample = (name: string) => ({ name, blob: new Blob([readFileSync(fileURLToPath(new URL(`../../public/samples/${name}`, import.meta.url)))]) });
const ignore = (): void => {};
const original = { version: 1 as const, steps: [] };
const narrow = { version: 1 as const, steps: [makeStep('prune-channels', { share: 0.7, reconstruct: false })] };

describe('what is really cheaper', () => {
  const of = (perExampleMs: number) => ({ overheadMs: 1, perExampleMs });

  it('keeps the first, and from the dearest on each that saves something', () => {
    expect(reallyCheaper([of(10), of(2), of(5), of(4.9), of(12)], 8)).toEqual({ kept: [0, 2, 1], leftOut: [4, 3] });
    expect(reallyCheaper([of(10)], 8)).toEqual({ kept: [0], leftOut: [] });
  });
});

describe('a model of raw sound', () => {
  const SAMPLES = 1000;
  const topology = {
    class_name: 'Sequential',
    config: {
      name: 'sound',
      layers: [
        { class_name: 'InputLayer', config: { batch_input_shape: [null, SAMPLES], dtype: 'float32', name: 'sound' } },
        { class_name: 'Dense', config: { name: 'dense', units: 2, activation: 'linear', use_bias: false } },
      ],
    },
    keras_version: '2.2.4',
    backend: 'tensor_flow.js',
  };
  const manifest = [{ paths: ['weights.bin'], weights: [{ name: 'dense/kernel', shape: [SAMPLES, 2], dtype: 'float32' }] }];
  const json = JSON.stringify({ format: 'layers-model', modelTopology: topology, weightsManifest: manifest });

  it('hears windows of its own length, and no others', async () => {
    const engine = createNodeEngine();
    await engine.open([{ name: 'model.json', blob: new Blob([json]) }, { name: 'weights.bin', blob: new Blob([new Float32Array(2 * SAMPLES).fill(0.01)]) }], ignore);
    await engine.openLiveJob(await engine.liveJob({ backend: 'wasm', rungs: [{ name: 'a', recipe: original, accuracy: null }], profile: 'phone-cpu' }, ignore), ignore);
    const start = { source: 'microphone' as const, ratePerSecond: 20, isControlled: true, isSkippable: true, targetLoad: 0.8, heedsPressure: false };
    await expect(engine.startLive(start, ignore)).rejects.toThrow('The microphone has given nothing yet');
    await expect(engine.hearLive(new Float32Array(SAMPLES - 1))).rejects.toThrow('takes 1000 numbers, and the microphone gave 999');
    await engine.hearLive(new Float32Array(SAMPLES).fill(0.5));
    const periods: LivePeriod[] = [];
    await engine.startLive(start, (period) => void periods.push(period));
    while (!periods.some(({ answered }) => answered > 0)) await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await engine.stopLive()).answered).toBeGreaterThan(0);
    await engine.dispose();
  });
});

describe('a ladder of one model', () => {
  let engine: Engine;

  beforeAll(async () => {
    engine = createNodeEngine();
    await engine.open([sample('fashion_cnn.keras')], ignore);
    await engine.openDataset([sample('fashion-mnist-test.npz')], ignore);
  });
  afterAll(() => engine.dispose());

  it('is prepared, timed and served; every example is accounted for', async () => {
    const job = await engine.liveJob({ backend: 'wasm', rungs: [{ name: 'a', recipe: original, accuracy: null }, { name: 'b', recipe: narrow, accuracy: 0.5 }], profile: 'phone-cpu' }, ignore);
    expect([job.count, job.labels?.length, job.input.shape]).toEqual([500, 500, [28, 28, 1]]);
    expect(job.rungs[0]!.accuracy).toBeGreaterThan(0.85);
    expect(job.rungs[1]!.accuracy).toBe(0.5);
    expect(job.rungs[1]!.joules!).toBeLessThan(job.rungs[0]!.joules!);

    const ladder = await engine.openLiveJob(job, ignore);
    expect(ladder.rungs.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(ladder.rungs[1]!.service.perExampleMs).toBeLessThan(ladder.rungs[0]!.service.perExampleMs);

    const periods: LivePeriod[] = [];
    await engine.startLive({ source: 'examples', ratePerSecond: 20, isControlled: false, isSkippable: true, targetLoad: 0.8, heedsPressure: false }, (period) => void periods.push(period));
    while (periods.reduce((sum, { answered }) => sum + answered, 0) < 40) await new Promise((resolve) => setTimeout(resolve, 100));
    const { sent, answered, skipped, refused, unanswered } = await engine.stopLive();
    expect(answered + skipped + refused + unanswered).toBe(sent);
    // Without control the first model answers all.
    const served = periods.filter(({ accuracy }) => accuracy !== null);
    const right = served.reduce((sum, { accuracy, answered: own }) => sum + accuracy! * own, 0);
    expect(right / served.reduce((sum, { answered: own }) => sum + own, 0)).toBeGreaterThan(0.6);
  });

  it('says why a rung cannot be made, and goes on without it', async () => {
    const given = { version: 1 as const, steps: [{ ...makeStep('clean-up'), pass: 'no-such-pass' as PassId }] };
    const { rungs, refused } = await engine.liveJob({ backend: 'wasm', rungs: [{ name: 'a', recipe: original, accuracy: 1 }, { name: 'b', recipe: given, accuracy: 1 }], profile: 'laptop' }, ignore);
    expect(rungs.map(({ name }) => name)).toEqual(['a']);
    expect(refused).toEqual([{ name: 'b', reason: expect.stringContaining('no-such-pass') as string }]);
  });

  it('refuses a camera before its first picture, and takes one in the model’s colours', async () => {
    const start = { source: 'camera' as const, ratePerSecond: 20, isControlled: true, isSkippable: true, targetLoad: 0.8, heedsPressure: false };
    await expect(engine.startLive(start, ignore)).rejects.toThrow('The camera has given nothing yet');
    await engine.showLive({ shape: [1, 28, 28, 3], dtype: 'float32', data: new Float32Array(28 * 28 * 3).fill(128) });
    const periods: LivePeriod[] = [];
    await engine.startLive(start, (period) => void periods.push(period));
    while (!periods.some(({ answered }) => answered > 0)) await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await engine.stopLive()).answered).toBeGreaterThan(0);
    expect(periods.every(({ accuracy }) => accuracy === null)).toBe(true);
  });

  it('exports as an adaptive module, each rung proven', async () => {
    const { files, rungs, refused, largestDifference } = await engine.exportAdaptive({ name: 'My model', rungs: [{ name: 'original', recipe: original }, { name: 'narrow', recipe: narrow }], runtimes: ['tfjs'], limit: 200 }, ignore);
    expect(refused).toEqual([]);
    expect(rungs.map(({ name }) => name)).toContain('original');
    expect(largestDifference).toBeLessThan(1e-4);
    const text = (name: string) => new TextDecoder().decode(files.find((file) => file.name === name)!.bytes);
    expect(JSON.parse(text('package.json'))).toMatchObject({ name: 'my-model-adaptive' });
    expect(text('index.js')).toContain('createAdaptiveModel');
  });
});
