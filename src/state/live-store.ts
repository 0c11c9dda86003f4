/** Live runs: how the next one is to be, the ladder that is ready, and what was seen. A store of its own: it moves twice a second. */
import { create } from 'zustand';
import type { LivePeriod, LiveTotal } from '../adapt/live-run';
import type { BackendName } from '../adapt/module/api';
import type { LiveLadder } from '../engine/live';
import type { Progress } from '../lib/progress';
import type { DeviceObservation } from '../measure/energy-observed';
import type { Recipe } from '../passes/pass';
import type { LiveAction } from './live-words';

export type LiveSource = 'examples' | 'camera' | 'microphone';

export interface LiveSettings {
  /** null: the first that is no graphics card in software. */
  readonly backend: BackendName | null;
  readonly source: LiveSource;
  /** Of the microphone: what the model was trained with. */
  readonly soundRateHz: number;
  /** Examples a second; null: a share of what the original serves, set when the ladder is timed. */
  readonly ratePerSecond: number | null;
  /** Share of each processor core that other work takes. */
  readonly disturbance: number;
  readonly targetLoad: number;
  readonly isControlled: boolean;
  readonly isSkippable: boolean;
  /** Off at first: a disturbance that is made up is pressure too, and the target would give way to it. */
  readonly heedsPressure: boolean;
}

/** A period, with what the person had set in it. */
export interface LivePoint extends LivePeriod {
  readonly ratePerSecond: number;
  readonly disturbance: number;
  /** Estimated; null: not known. */
  readonly watts: number | null;
}

/** What the person did, to be done again in the run beside it. */
export interface ScriptEntry {
  readonly atMs: number;
  readonly ratePerSecond?: number;
  readonly disturbance?: number;
}

export interface Trace {
  readonly kind: 'first' | 'beside';
  /** The first ones: what two runs are compared on. */
  readonly first: readonly LivePoint[];
  /** The last ones: what is watched. */
  readonly recent: readonly LivePoint[];
  readonly script: readonly ScriptEntry[];
  /** Counted while it runs, and true once it has ended. */
  readonly total: LiveTotal;
  readonly startedControlled: boolean;
}

export type LivePhase = 'idle' | 'opening' | 'running' | 'beside' | 'stopping';

export interface Live {
  readonly settings: LiveSettings;
  readonly phase: LivePhase;
  readonly progress: Progress | null;
  readonly ladder: LiveLadder | null;
  /** Its rungs' recipes, by name. */
  readonly recipes: ReadonlyMap<string, Recipe>;
  /** The run that the person steers. */
  readonly trace: Trace | null;
  /** The same again without control. */
  readonly beside: Trace | null;
  /** What the controller did last, the newest first. */
  readonly actions: readonly LiveAction[];
  /** Of the device while runs went on; null: nothing was watched. */
  readonly observation: DeviceObservation | null;
  /** What the camera shows, while it is on. */
  readonly cameraStream: MediaStream | null;
  /** Why the last run ended or did not begin; null: as wanted. */
  readonly problem: string | null;
}

const TARGET_LOAD = 0.8;
/** Of nearly all speech models. */
const SPEECH_RATE_HZ = 16_000;
/** Points of a trace: two minutes at two a second, and more than a small chart has pixels for. */
export const TRACE_POINTS = 240;
/** Actions that stand on the screen. */
const SHOWN_ACTIONS = 4;

export const emptyLive: Live = {
  settings: { backend: null, source: 'examples', soundRateHz: SPEECH_RATE_HZ, ratePerSecond: null, disturbance: 0, targetLoad: TARGET_LOAD, isControlled: true, isSkippable: true, heedsPressure: false },
  phase: 'idle',
  progress: null,
  ladder: null,
  recipes: new Map(),
  trace: null,
  beside: null,
  actions: [],
  observation: null,
  cameraStream: null,
  problem: null,
};

export const useLive = create<Live>(() => emptyLive);

export function setLiveSettings(change: Partial<LiveSettings>): void {
  useLive.setState(({ settings }) => ({ settings: { ...settings, ...change } }));
}

export function emptyTrace(kind: Trace['kind'], startedControlled: boolean, script: readonly ScriptEntry[]): Trace {
  const total = { sent: 0, answered: 0, skipped: 0, refused: 0, unanswered: 0, latencyP50Ms: null, latencyP90Ms: null };
  return { kind, first: [], recent: [], script, total, startedControlled };
}

export function withPoint(trace: Trace, point: LivePoint): Trace {
  const { sent, answered, skipped, refused } = trace.total;
  const counted = { sent: sent + point.sent, answered: answered + point.answered, skipped: skipped + point.skipped, refused: refused + point.refused };
  return {
    ...trace,
    first: trace.first.length < TRACE_POINTS ? [...trace.first, point] : trace.first,
    recent: [...trace.recent.slice(1 - TRACE_POINTS), point],
    total: { ...trace.total, ...counted, unanswered: counted.sent - counted.answered - counted.skipped - counted.refused },
  };
}

export function withAction(actions: readonly LiveAction[], action: LiveAction | null): readonly LiveAction[] {
  return action ? [action, ...actions].slice(0, SHOWN_ACTIONS) : actions;
}
