/** What a person asks of a search, which this browser keeps, and what the search under way has found. */
import { create } from 'zustand';
import { createJSONStorage, persist } from 'zustand/middleware';
import type { ModelSummary } from '../engine/types';
import type { BackendId } from '../runtime/backend';
import type { Goals } from '../search/types';
import { safeStorage } from './settings-store';

/** Goals as they are typed; null: none. */
export interface SearchForm {
  /** With brotli. */
  readonly mostBytes: number | null;
  readonly mostAccuracyDrop: number | null;
  readonly mostLatencyMs: number | null;
  /** null: the first one that latency is measured on. */
  readonly latencyBackend: BackendId | null;
  readonly mostMacs: number | null;
  readonly candidates: number;
  /** Times that each candidate learns from the examples; 0: it does not. */
  readonly epochs: number;
}

/** A search that was cut off: what it measured is kept, and not measured again. */
export interface CutOffSearch {
  /** `modelName`. */
  readonly model: string;
  readonly found: number;
  readonly of: number;
}

export interface SearchWishes {
  readonly form: SearchForm;
  readonly cutOff: CutOffSearch | null;
}

/** As many as show a front; and enough examples for half a point to be ten of them. */
export const DEFAULT_FORM: SearchForm = { mostBytes: null, mostAccuracyDrop: 0.005, mostLatencyMs: null, latencyBackend: null, mostMacs: null, candidates: 50, epochs: 0 };
export const candidateCounts: readonly number[] = [20, 50, 200];
export const recoveryEpochs: readonly number[] = [0, 1, 3];

/** Raised when the shape of what is kept changes; older wishes are then forgotten. */
const WISHES_VERSION = 1;

export const useSearchWishes = create<SearchWishes>()(
  persist((): SearchWishes => ({ form: DEFAULT_FORM, cutOff: null }), { name: 'whittle-search', version: WISHES_VERSION, storage: createJSONStorage(safeStorage) }),
);

export function editForm(change: Partial<SearchForm>): void {
  useSearchWishes.setState(({ form }) => ({ form: { ...form, ...change } }));
}

/** How a model is known again after a reload. */
export function modelName({ name, fileBytes }: ModelSummary): string {
  return `${name} ${fileBytes}`;
}

/** How a search judged a candidate, by examples that accuracy is not measured on. */
export interface Judgement {
  /** Of the original's accuracy, or of its answers where there are no labels. */
  readonly loss: number;
  readonly isLabelled: boolean;
}

export interface RunningSearch {
  readonly state: 'starting' | 'looking' | 'searching' | 'finishing';
  /** Of the part under way; null: not known. */
  readonly fraction: number | null;
  readonly found: number;
  readonly of: number;
  /** null: nothing was measured yet. */
  readonly msLeft: number | null;
}

export interface FinishedSearch {
  /** Result keys (`pointKey`). */
  readonly best: string;
  readonly unmet: readonly (keyof Goals)[];
  readonly message: string;
  readonly found: number;
  readonly examples: number;
}

export interface Search {
  readonly running: RunningSearch | null;
  /** Candidates of this session, by result key, in the order in which they were found. */
  readonly judged: ReadonlyMap<string, Judgement>;
  readonly finished: FinishedSearch | null;
  /** Why the last one failed, in words. */
  readonly problem: string | null;
}

const nothing: Search = { running: null, judged: new Map(), finished: null, problem: null };

export const useSearch = create<Search>(() => nothing);

export function updateSearch(change: Partial<RunningSearch>): void {
  useSearch.setState(({ running }) => (running ? { running: { ...running, ...change } } : {}));
}

/** For another model or other data. */
export function forgetSearch(): void {
  useSearch.setState(nothing);
}
