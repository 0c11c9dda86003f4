/** The opened model and data, and the device they run on. Summaries only: the model itself lives in the worker. */
import { create } from 'zustand';
import type { ModelSummary, OpenedDataset } from '../engine/types';
import type { Progress } from '../lib/progress';
import type { SourceFile } from '../lib/source-file';
import type { Preprocessing, Recipe } from '../passes/pass';
import type { BackendInfo } from '../runtime/backend';

/** Where the model came from: what a link to it can say. */
export type ModelSource =
  | { readonly kind: 'files' }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'sample'; readonly id: string };

export interface Opening {
  readonly what: 'model' | 'data' | 'training' | 'student';
  readonly name: string;
  readonly progress: Progress | null;
}

export interface Session {
  readonly model: ModelSummary | null;
  readonly source: ModelSource;
  /** The file or folder that the model was opened from. */
  readonly fileName: string;
  readonly dataset: OpenedDataset | null;
  /** Counts data sets, so that results of another one are known to be of another one. */
  readonly datasetNumber: number;
  readonly opening: Opening | null;
  /** null: not asked yet. */
  readonly backends: readonly BackendInfo[] | null;
  readonly clockStepMs: number | null;
  /** Data dropped before any model: opened after it. */
  readonly waitingData: readonly SourceFile[] | null;
  /** A recipe that came before any model, in a link or a file: applied after it. */
  readonly waitingRecipe: Recipe | null;
}

export const emptySession: Session = {
  model: null,
  source: { kind: 'files' },
  fileName: '',
  dataset: null,
  datasetNumber: 0,
  opening: null,
  backends: null,
  clockStepMs: null,
  waitingData: null,
  waitingRecipe: null,
};

export const useSession = create<Session>(() => emptySession);

/** How examples are fed to the model unless the person says otherwise: as the open data call for, else as the model does. */
export function suggestedPreprocessing({ dataset, model }: Session): Preprocessing | null {
  return dataset?.suggestedPreprocessing ?? model?.suggestedPreprocessing ?? null;
}
