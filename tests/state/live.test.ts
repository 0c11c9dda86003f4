/** Live runs as a person meets them: the true queue and controller over models that only wait. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeStep } from '../../src/passes/recipe';
import { provideEngine, type EngineClient } from '../../src/state/engine-client';
import { useLane } from '../../src/state/lane-store';
import { deviceIsBusy, endLive, followLive, setControlled, setDisturbance, setRate, startBeside, startLive, stopLive } from '../../src/state/live-actions';
import { liveBackends, liveSources, pictureSizeOf, soundLengthOf } from '../../src/state/live-choices';
import { ladderOf } from '../../src/state/live-ladder';
import { emptyLive, emptyTrace, TRACE_POINTS, useLive, withPoint, type LivePoint } from '../../src/state/live-store';
import { actionOf } from '../../src/state/live-words';
import { useNotices } from '../../src/state/notices-store';
import { originalOf, pointKey } from '../../src/state/point-key';
import { resetRecipe } from '../../src/state/recipe-store';
import { recordResult, resetRuns, useRuns } from '../../src/state/runs-store';
import { emptySession, useSession } from '../../src/state/session-store';
import { resetTraining } from '../../src/state/training-store';
import { mockEngine } from '../e2e/mock-engine/mock-engine';

const WAIT = { timeout: 60_000, interval: 20 };
const now = () => useLive.getState();
const until = (is: () => boolean): Promise<void> => vi.waitFor(() => expect(is()).toBe(true), WAIT);
const recipe = { version: 1 as const, steps: [] };

let client: EngineClient;
let stopWatching = (): void => {};

beforeEach(async () => {
  client = mockEngine('plain');
  for (const name of ['openLive', 'startLive', 'setDisturbance', 'steerLive', 'closeLive'] as const) vi.spyOn(client, name);
  provideEngine(() => Promise.resolve(client));
  const ignore = (): void => {};
  useSession.setState({ ...emptySession, model: await client.open([], ignore), dataset: await client.openDataset([], ignore), backends: await client.backends() });
  useLane.setState({ state: 'idle', key: null, stages: [] });
  useLive.setState(emptyLive);
  useNotices.setState({ notices: [] });
  resetRuns();
  resetRecipe(recipe);
  resetTraining();
  stopWatching = followLive();
});

afterEach(async () => {
  stopWatching();
  await endLive();
});

describe('a live run', () => {
  it('streams at a share of what the original serves until a rate is chosen, and accounts for every example', async () => {
    await startLive();
    expect(now().phase).toBe('running');
    expect(now().settings.ratePerSecond).toBe(60);
    await until(() => now().trace!.recent.length > 5);
    await stopLive();
    const { sent, answered, skipped, refused, unanswered } = now().trace!.total;
    expect(now().phase).toBe('idle');
    expect(sent).toBeGreaterThan(0);
    expect(answered + skipped + refused + unanswered).toBe(sent);
  });

  it('under a disturbance says what the controller did, and why; the same again without control follows the script', async () => {
    await startLive();
    await until(() => now().trace!.recent.length > 2);
    setDisturbance(0.8);
    setRate(120);
    await until(() => now().actions.some(({ reason, changes }) => (reason === 'above' || reason === 'queue') && changes.some(({ what, from, to }) => what === 'batch' && to > from)));
    await until(() => now().trace!.recent.length > 10);
    await stopLive();
    const { script, first } = now().trace!;
    expect(script).toMatchObject([{ atMs: 0, disturbance: 0 }, { disturbance: 0.8 }, { ratePerSecond: 120 }]);
    expect(now().settings.disturbance).toBe(0.8);
    expect(client.setDisturbance).toHaveBeenLastCalledWith(0);

    await startBeside();
    expect(now().phase).toBe('beside');
    await until(() => now().phase === 'idle');
    const beside = now().beside!;
    expect(beside.first[0]!.disturbance).toBe(0);
    expect(beside.first.at(-1)).toMatchObject({ disturbance: 0.8, ratePerSecond: 120 });
    expect(beside.first.every(({ batch, level, keep, isControlled }) => batch === 1 && level === 0 && keep === 1 && !isControlled)).toBe(true);
    // Without control the queue only grows.
    expect(beside.first.at(-1)!.queue + beside.total.refused).toBeGreaterThan(first.at(-1)!.queue);
    expect(client.openLive).toHaveBeenCalledTimes(1);
  });

  it('goes on when control is switched off and on', async () => {
    await startLive();
    setControlled(false);
    await until(() => now().trace!.recent.at(-1)?.isControlled === false);
    setControlled(true);
    await until(() => now().trace!.recent.at(-1)?.isControlled === true);
    expect(now().phase).toBe('running');
  });

  it('gives way to measuring, and says so', async () => {
    await startLive();
    useLane.setState({ state: 'running' });
    await until(() => now().phase === 'idle');
    expect(useNotices.getState().notices.map(({ key }) => key)).toContain('live.gaveWay');
    expect(client.closeLive).toHaveBeenCalled();
    expect(deviceIsBusy()).toBe(true);
    await startLive();
    expect(now().phase).toBe('idle');
  });

  it('ends with the model that it served', async () => {
    await startLive();
    useSession.setState(({ datasetNumber }) => ({ datasetNumber: datasetNumber + 1 }));
    await until(() => now().trace === null);
    expect(now()).toMatchObject({ phase: 'idle', ladder: null, settings: { ratePerSecond: null } });
  });

  it('that fails says why, and can be started again', async () => {
    vi.mocked(client.openLive).mockRejectedValueOnce(new Error('This backend has no memory left.'));
    await startLive();
    expect(now()).toMatchObject({ phase: 'idle', problem: 'This backend has no memory left.' });
    await startLive();
    expect(now()).toMatchObject({ phase: 'running', problem: null });
  });
});

describe('a trace', () => {
  const point = (elapsedMs: number): LivePoint => ({ ...samplePeriod, elapsedMs, sent: 5, answered: 3, skipped: 1, ratePerSecond: 10, disturbance: 0, watts: null });

  it('stays bounded however long a run is, and keeps both ends', () => {
    let trace = emptyTrace('first', true, []);
    for (let i = 1; i <= 3 * TRACE_POINTS; i++) trace = withPoint(trace, point(i));
    expect([trace.first.length, trace.recent.length]).toEqual([TRACE_POINTS, TRACE_POINTS]);
    expect([trace.first[0]!.elapsedMs, trace.recent.at(-1)!.elapsedMs]).toEqual([1, 3 * TRACE_POINTS]);
    expect(trace.total).toMatchObject({ sent: 15 * TRACE_POINTS, unanswered: 3 * TRACE_POINTS });
  });
});

const samplePeriod = {
  backend: 'wasm', load: 0.8, batch: 1, level: 0, keep: 1, queue: 0, latencyP50Ms: 1, latencyP90Ms: 2, pressure: null, givenUp: [],
  elapsedMs: 500, sent: 1, answered: 1, skipped: 0, refused: 0, accuracy: null, joules: null, isControlled: true,
} as const;

describe('what the controller did, in facts', () => {
  const period = (change: Partial<LivePoint>) => ({ ...samplePeriod, ...change });

  it('names the reason that can be seen', () => {
    expect(actionOf(period({}), period({ load: 0.93, batch: 4 }), 0.8)).toMatchObject({ reason: 'above', changes: [{ what: 'batch', from: 1, to: 4 }] });
    expect(actionOf(period({ level: 2 }), period({ load: 0.5, level: 1 }), 0.8)).toMatchObject({ reason: 'below', changes: [{ what: 'level', from: 2, to: 1 }] });
    expect(actionOf(period({}), period({ queue: 40, keep: 0.7 }), 0.8)).toMatchObject({ reason: 'queue' });
    expect(actionOf(period({}), period({ batch: 2 }), 0.8)).toMatchObject({ reason: 'learned' });
    expect(actionOf(period({ batch: 4 }), period({ batch: 1, isControlled: false }), 0.8)).toMatchObject({ reason: 'switched-off' });
  });

  it('says nothing of what stays as it is', () => {
    expect(actionOf(period({}), period({ load: 0.99 }), 0.8)).toBeNull();
    expect(actionOf(undefined, period({}), 0.8)).toBeNull();
  });
});

describe('the ladder', () => {
  const quality = (value: number) => ({ kind: 'accuracy' as const, report: { original: { accuracy: { value: 0.9, low: 0.89, high: 0.91 }, count: 1, correct: 1 }, candidate: { accuracy: { value, low: value, high: value }, count: 1, correct: 1 }, change: { value: value - 0.9, low: value - 0.9, high: value - 0.9 }, pValue: 1, verdict: 'worse' as const } });
  const measure = async (share: number, macs: number, value: number): Promise<string> => {
    const made = { version: 1 as const, steps: [makeStep('prune-channels', { share })] };
    const { cost } = await client.apply(made, () => {});
    recordResult(pointKey(made), made, { cost: { ...cost, macs }, quality: quality(value) });
    return pointKey(made);
  };

  it('has the measured front, and from too short a front narrower variants of the original', async () => {
    const { cost } = await client.apply(recipe, () => {});
    recordResult(pointKey(recipe), recipe, { cost: { ...cost, macs: 1000 } });
    expect(ladderOf([], recipe).rungs).toHaveLength(4);
    const half = await measure(0.3, 500, 0.88);
    const worse = await measure(0.35, 600, 0.7);
    const dear = await measure(0.01, 990, 0.95);
    const small = await measure(0.6, 200, 0.8);
    const names = ladderOf(useRuns.getState().runs, recipe).rungs.map(({ name }) => name);
    expect(names[0]).toBe(pointKey(originalOf(recipe)));
    expect(names.slice(1).toSorted()).toEqual([half, small].toSorted());
    expect(names).not.toContain(worse);
    expect(names).not.toContain(dear);
  });

  it('puts what is really there before graphics cards in software', async () => {
    const info = { adapter: '', reason: '', timestamps: false, available: true };
    expect(liveBackends([{ ...info, id: 'webgl', software: true }, { ...info, id: 'wasm', software: false }, { ...info, id: 'webgpu', software: false, available: false }])).toEqual(['wasm', 'webgl']);
  });

  it('takes camera pictures for models of pictures alone', () => {
    const model = useSession.getState().model!;
    const withInput = (shape: readonly number[]) => ({ ...model, inputs: [{ name: 'x', dtype: 'float32', shape }] });
    expect(pictureSizeOf(withInput([-1, 28, 28, 1]))).toEqual([28, 28]);
    expect(pictureSizeOf(withInput([-1, 784]))).toBeNull();
    expect(liveSources(withInput([-1, 28, 28, 1]))).toEqual(['examples', 'camera']);
    expect(liveSources(withInput([-1, 784]))).toEqual(['examples']);
    expect(liveSources(withInput([-1, 16_000, 1]))).toEqual(['examples', 'microphone']);
    expect([[-1, 16_000], [-1, 999], [-1, 40_000], [-1, 16_000, 2], [-1, -1]].map((shape) => soundLengthOf(withInput(shape)))).toEqual([16_000, null, null, null, null]);
    expect(pictureSizeOf(withInput([-1, -1, -1, 3]))).toBeNull();
  });
});
