/** What there is to learn from, which recipes were trained, and the training under way. A store of its own: its curve moves often. */
import { create } from 'zustand';
import type { StudentSummary, TrainingSummary } from '../engine/types';
import type { Control } from '../passes/controls';
import type { Recipe } from '../passes/pass';
import { recipeTrains, withoutTraining } from '../passes/untrained';
import type { ComparisonReport } from '../measure/types';
import type { TrainingPace } from './training-estimate';
import type { TrainingPoint } from '../training/training';
import { pointKey } from './point-key';

export interface RunningTraining {
  readonly key: string;
  readonly recipe: Recipe;
  /** null: the recipe on screen was asked for; otherwise one of its controls, which is trained by itself. */
  readonly control: Control['kind'] | null;
  readonly state: 'starting' | 'running' | 'paused' | 'finishing';
  /** The pass that trains; null: none yet. */
  readonly pass: string | null;
}

/** A point and the pass that it is from: a recipe may train several times. */
export interface CurvePoint extends TrainingPoint {
  readonly pass: string;
}

export interface ControlState {
  readonly kind: Control['kind'];
  readonly recipe: Recipe;
  readonly state: 'waiting' | 'training' | 'measuring' | 'done' | 'cancelled' | 'failed';
  /** From the control to the recipe, on the same examples; null: not measured, or there are no labels. */
  readonly comparison: ComparisonReport | null;
  readonly problem: string | null;
}

export interface TrainingState {
  /** undefined: not asked yet; null: there is nothing to learn from. */
  readonly data: TrainingSummary | null | undefined;
  readonly student: StudentSummary | null;
  readonly running: RunningTraining | null;
  /** By recipe: the curve of its training, also of one that runs or was cancelled. */
  readonly curves: Readonly<Record<string, readonly CurvePoint[]>>;
  /** Recipes whose training is done. */
  readonly trained: ReadonlySet<string>;
  /** By recipe. */
  readonly controls: Readonly<Record<string, readonly ControlState[]>>;
  /** The recipe whose training was cancelled last: it goes on from its checkpoint. */
  readonly cancelled: string | null;
  /** Of the last training of this model. */
  readonly pace: TrainingPace | null;
}

export const emptyTraining: TrainingState = {
  data: undefined,
  student: null,
  running: null,
  curves: {},
  trained: new Set(),
  controls: {},
  cancelled: null,
  pace: null,
};

export const useTraining = create<TrainingState>(() => emptyTraining);

/** Whether a recipe trains, and has not been trained. */
export function isUntrained(recipe: Recipe, { trained }: Pick<TrainingState, 'trained'> = useTraining.getState()): boolean {
  return recipeTrains(recipe) && !trained.has(pointKey(recipe));
}

/** What is measured and exported for a recipe: itself, or what it is before its training. */
export function shownRecipe(recipe: Recipe, state: Pick<TrainingState, 'trained'> = useTraining.getState()): Recipe {
  return isUntrained(recipe, state) ? withoutTraining(recipe) : recipe;
}

export function updateRunning(change: Partial<RunningTraining>): void {
  useTraining.setState(({ running }) => (running ? { running: { ...running, ...change } } : {}));
}

export function addPoints(key: string, points: readonly CurvePoint[]): void {
  if (points.length === 0) return;
  useTraining.setState(({ curves }) => ({ curves: { ...curves, [key]: points.reduce(withPoint, curves[key] ?? []) } }));
}

/** A training that began anew, or went on from a checkpoint, draws its curve anew from there. */
function withPoint(before: readonly CurvePoint[], point: CurvePoint): readonly CurvePoint[] {
  const last = before.at(-1);
  const isBack = last !== undefined && last.pass === point.pass && point.step <= last.step;
  const kept = isBack ? before.filter((other) => other.pass !== point.pass || other.step < point.step) : before;
  return [...kept, point];
}

export function markTrained(key: string, isTrained: boolean): void {
  useTraining.setState(({ trained }) => {
    const next = new Set(trained);
    if (isTrained) next.add(key);
    else next.delete(key);
    return { trained: next };
  });
}

export function setControls(key: string, controls: readonly ControlState[]): void {
  useTraining.setState((state) => ({ controls: { ...state.controls, [key]: controls } }));
}

export function updateControl(key: string, kind: Control['kind'], change: Partial<ControlState>): void {
  const controls = useTraining.getState().controls[key] ?? [];
  setControls(key, controls.map((control) => (control.kind === kind ? { ...control, ...change } : control)));
}

/** Other data to learn from, or another student: what was learned was of others. */
export function forgetTrained(): void {
  useTraining.setState({ trained: new Set(), curves: {}, controls: {}, cancelled: null });
}

/** For another model. */
export function resetTraining(): void {
  useTraining.setState(emptyTraining);
}
