/**
 * Starts, steers and ends live runs. The same run without control comes after the first one, not beside it in time: on one device two
 * would take each other's time. It is the first one's script again: the same rates and disturbances at the same moments.
 */
import type { LivePeriod } from '../adapt/live-run';
import { isErrorOf, messageOf } from '../lib/errors';
import { hashOf } from '../lib/hash';
import { watchDevice, type DeviceWatch } from '../measure/energy-observed';
import { engine } from './engine-client';
import { useLane } from './lane-store';
import { chosenBackend, pictureSizeOf, soundLengthOf } from './live-choices';
import { openCamera } from './live-camera';
import { ladderOf } from './live-ladder';
import { openMicrophone } from './live-microphone';
import { emptyLive, emptyTrace, setLiveSettings, TRACE_POINTS, useLive, withAction, withPoint, type LivePoint, type ScriptEntry, type Trace } from './live-store';
import { actionOf } from './live-words';
import { notify } from './notices-store';
import { useRecipe } from './recipe-store';
import { useRuns } from './runs-store';
import { useSearch } from './search-store';
import { useSensitivity } from './sensitivity-store';
import { useSession } from './session-store';
import { useSettings } from './settings-store';
import { throttledProgress } from './throttled-progress';
import { shownRecipe, useTraining } from './training-store';

/** Of what the original can answer one by one, until the person chooses a rate. */
const FIRST_RATE_SHARE = 0.6;
const MS_PER_SECOND = 1000;

/** What is under way; stores hold only what is drawn. */
interface Running {
  readonly startedAt: number;
  rate: number;
  disturbance: number;
  readonly timers: ReturnType<typeof setTimeout>[];
}

let running: Running | null = null;
/** The camera or the microphone, while it is on. */
let capture: { close(): void } | null = null;
let device: DeviceWatch | null = null;
/** What the open ladder was made from. */
let openKey: string | null = null;

/** Opens the ladder if another one is open, and streams through it until it is stopped. */
export async function startLive(): Promise<void> {
  if (useLive.getState().phase !== 'idle' || deviceIsBusy()) return;
  useLive.setState({ phase: 'opening', progress: null, problem: null, trace: null, beside: null, actions: [] });
  await guarded(async () => {
    await openLadder();
    const { settings, ladder } = useLive.getState();
    if (settings.ratePerSecond === null) setLiveSettings({ ratePerSecond: roundRate(FIRST_RATE_SHARE * ladder!.capacityPerSecond) });
    await openSource();
    device = await watchDevice();
    const { isControlled, ratePerSecond, disturbance } = useLive.getState().settings;
    useLive.setState({ trace: emptyTrace('first', isControlled, [{ atMs: 0, ratePerSecond: ratePerSecond!, disturbance }]) });
    await begin(isControlled, ratePerSecond!, disturbance);
    useLive.setState({ phase: 'running' });
  });
}

/** The first run's script again, without control; ends by itself. */
export async function startBeside(): Promise<void> {
  const { phase, trace, ladder } = useLive.getState();
  if (phase !== 'idle' || !trace || !ladder || deviceIsBusy()) return;
  const untilMs = trace.first.at(-1)?.elapsedMs ?? 0;
  const [first, ...later] = trace.script.filter(({ atMs }) => atMs < untilMs);
  useLive.setState({ phase: 'opening', progress: null, problem: null, beside: emptyTrace('beside', false, trace.script) });
  await guarded(async () => {
    await openLadder();
    await openSource();
    await begin(false, first!.ratePerSecond!, first!.disturbance!);
    useLive.setState({ phase: 'beside' });
    for (const entry of later) running!.timers.push(setTimeout(() => void guarded(() => apply(entry)), entry.atMs));
    running!.timers.push(setTimeout(() => void stopLive(), untilMs));
  });
}

/** Ends the run under way; what was seen stays. */
export async function stopLive(): Promise<void> {
  const { phase } = useLive.getState();
  if (phase === 'opening') return endLive();
  if (phase !== 'running' && phase !== 'beside') return;
  useLive.setState({ phase: 'stopping' });
  clearRunning();
  await guarded(async () => {
    const client = await engine();
    const total = await client.stopLive();
    await client.setDisturbance(0);
    updateTrace(phase === 'beside' ? 'beside' : 'trace', (trace) => ({ ...trace, total }));
    useLive.setState({ phase: 'idle' });
  });
}

/** Ends whatever is under way and the worker that serves: for another model, or because the device is wanted for something else. */
export async function endLive(): Promise<void> {
  clearRunning();
  const isOpen = openKey !== null || useLive.getState().phase !== 'idle';
  openKey = null;
  useLive.setState({ phase: 'idle', progress: null });
  if (isOpen) await (await engine()).closeLive();
}

export function setRate(ratePerSecond: number): void {
  setLiveSettings({ ratePerSecond });
  steer({ ratePerSecond });
}

export function setDisturbance(disturbance: number): void {
  setLiveSettings({ disturbance });
  steer({ disturbance });
}

/** While a run is steered it goes on with the change. */
export function setControlled(isControlled: boolean): void {
  setLiveSettings({ isControlled });
  if (useLive.getState().phase === 'running') void guarded(async () => (await engine()).steerLive({ isControlled }));
}

/** Measuring and training have the device to themselves, and another model has another ladder. Gives the end of watching. */
export function followLive(): () => void {
  const giveWay = (): void => {
    if (useLive.getState().phase === 'idle' || !deviceIsBusy()) return;
    notify({ level: 'info', key: 'live.gaveWay' });
    void endLive();
  };
  const ends = [
    useLane.subscribe(giveWay),
    useTraining.subscribe(giveWay),
    useSensitivity.subscribe(giveWay),
    useSearch.subscribe(giveWay),
    useSession.subscribe(({ model, datasetNumber }, before) => {
      if (model === before.model && datasetNumber === before.datasetNumber) return;
      const { settings } = useLive.getState();
      void endLive();
      useLive.setState({ ...emptyLive, settings: { ...settings, ratePerSecond: null, source: 'examples' } });
    }),
  ];
  return () => ends.forEach((end) => end());
}

/** True while something is measured, searched or trained. */
export function deviceIsBusy(): boolean {
  return (
    useLane.getState().state === 'running' ||
    useTraining.getState().running !== null ||
    useSensitivity.getState().state === 'running' ||
    Boolean(useSearch.getState().running) ||
    useSession.getState().opening !== null
  );
}

async function openLadder(): Promise<void> {
  const { energyProfile } = useSettings.getState();
  const { datasetNumber, fileName, model } = useSession.getState();
  const { rungs, recipes } = ladderOf(useRuns.getState().runs, shownRecipe(useRecipe.getState().recipe));
  const wish = { backend: chosenBackend(), rungs, profile: energyProfile };
  const key = hashOf([wish, datasetNumber, fileName, model?.name]);
  if (openKey === key && useLive.getState().ladder) return;
  openKey = null;
  const report = throttledProgress((progress) => useLive.setState({ progress }));
  const ladder = await (await engine()).openLive(wish, report);
  // Ended meanwhile.
  if (useLive.getState().phase !== 'opening') throw new Error('The live run was ended.');
  openKey = key;
  useLive.setState({ ladder, recipes, progress: null });
}

async function openSource(): Promise<void> {
  const { model } = useSession.getState();
  const { source: wanted, soundRateHz } = useLive.getState().settings;
  if (wanted === 'examples') return;
  const client = await engine();
  const fail = (error: unknown): void => void guarded(() => Promise.reject(error));
  const size = pictureSizeOf(model);
  const samples = soundLengthOf(model);
  if (wanted === 'camera' && size) {
    const camera = (capture = await openCamera(size, (picture) => client.showLive(picture), fail));
    useLive.setState({ cameraStream: camera.stream });
  } else if (wanted === 'microphone' && samples !== null) {
    capture = await openMicrophone(samples, soundRateHz, (window) => client.hearLive(window), fail);
  }
}

async function begin(isControlled: boolean, ratePerSecond: number, disturbance: number): Promise<void> {
  const client = await engine();
  const { source, isSkippable, targetLoad, heedsPressure } = useLive.getState().settings;
  await client.setDisturbance(disturbance);
  running = { startedAt: performance.now(), rate: ratePerSecond, disturbance, timers: [] };
  await client.startLive({ source, ratePerSecond, isControlled, isSkippable, targetLoad, heedsPressure }, seePeriod);
}

function seePeriod(period: LivePeriod): void {
  const { phase, trace, beside, actions, settings } = useLive.getState();
  const isBeside = beside !== null;
  if (!running || phase === 'stopping' || phase === 'idle') return;
  const before = (isBeside ? beside : trace)?.recent.at(-1);
  const seconds = (period.elapsedMs - (before?.elapsedMs ?? 0)) / MS_PER_SECOND;
  const point: LivePoint = { ...period, ratePerSecond: running.rate, disturbance: running.disturbance, watts: period.joules === null || seconds <= 0 ? null : period.joules / seconds };
  updateTrace(isBeside ? 'beside' : 'trace', (known) => withPoint(known, point));
  useLive.setState({
    actions: isBeside ? actions : withAction(actions, actionOf(before, period, settings.targetLoad)),
    observation: device?.report() ?? null,
  });
}

/** In the run that the person steers: done, and remembered for the run beside it. */
function steer(change: Omit<ScriptEntry, 'atMs'>): void {
  if (useLive.getState().phase !== 'running' || !running) return;
  const atMs = performance.now() - running.startedAt;
  updateTrace('trace', (trace) => (trace.script.length < TRACE_POINTS ? { ...trace, script: [...trace.script, { ...change, atMs }] } : trace));
  void guarded(() => apply({ ...change, atMs }));
}

async function apply({ ratePerSecond, disturbance }: ScriptEntry): Promise<void> {
  if (!running) return;
  const client = await engine();
  if (ratePerSecond !== undefined) {
    running.rate = ratePerSecond;
    await client.steerLive({ ratePerSecond });
  }
  if (disturbance !== undefined) {
    running.disturbance = disturbance;
    await client.setDisturbance(disturbance);
  }
}

function updateTrace(which: 'trace' | 'beside', change: (trace: Trace) => Trace): void {
  useLive.setState((state) => (state[which] ? { [which]: change(state[which]) } : {}));
}

function clearRunning(): void {
  for (const timer of running?.timers ?? []) clearTimeout(timer);
  running = null;
  capture?.close();
  capture = null;
  device?.end();
  device = null;
  useLive.setState({ cameraStream: null });
}

/** What goes wrong ends the run, and is said; that it was ended is no error. */
async function guarded(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const wasEnded = useLive.getState().phase === 'idle' || isErrorOf(error, 'CancelledError');
    await endLive();
    if (!wasEnded) useLive.setState({ problem: messageOf(error) });
  }
}

/** Two digits: nobody sets a rate more finely. */
function roundRate(rate: number): number {
  return Number(rate.toPrecision(2));
}
