/** What the master slider knows beside results: guesses and weights of recipes that were never run, and how well predictions did. Of one model at a time. */
import { create } from 'zustand';
import type { ModelSummary } from '../engine/types';
import type { Weight } from './front-stops';
import { useSession } from './session-store';

/** What was said of a recipe before it was measured, and what measuring said. Qualities as the charts show them. */
export interface Prediction {
  readonly key: string;
  /** Bytes with gzip; null: its size was measured already. */
  readonly size: { readonly predicted: number; readonly measured: number } | null;
  readonly quality: { readonly predicted: number; readonly measured: number } | null;
}

export interface Front {
  readonly model: ModelSummary | null;
  /** Bytes with gzip that the engine guesses, by `weightKey`. */
  readonly guesses: ReadonlyMap<string, number>;
  readonly weights: ReadonlyMap<string, Weight>;
  /** In the order in which they were measured. */
  readonly predictions: readonly Prediction[];
}

const empty: Omit<Front, 'model'> = { guesses: new Map(), weights: new Map(), predictions: [] };

export const useFront = create<Front>(() => ({ model: null, ...empty }));

/** What is known of this model; another one's is not. */
export function frontOf(front: Front, model: ModelSummary | null): Omit<Front, 'model'> {
  return front.model === model ? front : empty;
}

/** Changes what is known of the open model. */
export function updateFront(change: (front: Omit<Front, 'model'>) => Partial<Omit<Front, 'model'>>): void {
  const { model } = useSession.getState();
  useFront.setState((front) => {
    const before = frontOf(front, model);
    return { model, ...before, ...change(before) };
  });
}

/** The same recipe has other sizes in other formats. */
export function weightKey(sizeKey: string, recipe: string): string {
  return `${sizeKey} ${recipe}`;
}

export interface PredictionErrors {
  readonly count: number;
  /** Shares of the measured size; null: no size was predicted. */
  readonly size: { readonly mean: number; readonly largest: number } | null;
  /** As qualities are; null: none was predicted. */
  readonly quality: { readonly mean: number; readonly largest: number } | null;
}

export function errorsOf(predictions: readonly Prediction[]): PredictionErrors {
  const sizes = predictions.flatMap(({ size }) => (size ? [Math.abs(size.predicted / size.measured - 1)] : []));
  const qualities = predictions.flatMap(({ quality }) => (quality ? [Math.abs(quality.predicted - quality.measured)] : []));
  return { count: predictions.length, size: summary(sizes), quality: summary(qualities) };
}

function summary(errors: readonly number[]): { mean: number; largest: number } | null {
  return errors.length === 0 ? null : { mean: errors.reduce((a, b) => a + b, 0) / errors.length, largest: Math.max(...errors) };
}
