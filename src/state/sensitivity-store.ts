/** What is known of how much each layer bears. A store of its own: while it is measured, rows come several times a second. */
import { create } from 'zustand';
import type { SensitivityResult } from '../engine/search-types';
import type { SensitivityRow } from '../search/types';
import type { ShownVariant } from './sensitivity-heat';

/** Ranks layers as well as more do. */
export const SENSITIVITY_SAMPLES = 64;

export interface SensitivityProgress {
  readonly fraction: number;
  /** The layer that is looked at. */
  readonly layer: string;
  /** null: too early to say. */
  readonly msLeft: number | null;
}

export interface Sensitivity {
  /** 'none' with rows: it was cancelled, and goes on from them. */
  readonly state: 'none' | 'running' | 'done' | 'failed';
  readonly rows: readonly SensitivityRow[];
  /** null: nothing is under way, or nothing was said of it yet. */
  readonly progress: SensitivityProgress | null;
  /** Examples looked at; null: not known until the end. */
  readonly samples: number | null;
  /** What those are; null: not known until the end. */
  readonly source: SensitivityResult['source'] | null;
  /** Of the whole run; null: it is not over. */
  readonly elapsedMs: number | null;
  /** Rows that were known before the run and cost it no time. */
  readonly knownRows: number;
  /** Why it failed, in words. */
  readonly problem: string | null;
  /** What the heat in the table and in the graph shows: a person's choice, which outlives a run. */
  readonly shown: ShownVariant;
}

export const emptySensitivity: Sensitivity = {
  state: 'none',
  rows: [],
  progress: null,
  samples: null,
  source: null,
  elapsedMs: null,
  knownRows: 0,
  problem: null,
  shown: 'worst',
};

export const useSensitivity = create<Sensitivity>(() => emptySensitivity);

export function showSensitivityOf(shown: ShownVariant): void {
  useSensitivity.setState({ shown });
}

/** For another model, other data or other preprocessing. */
export function resetSensitivity(): void {
  useSensitivity.setState(({ shown }) => ({ ...emptySensitivity, shown }));
}
