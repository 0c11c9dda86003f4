/** Where long work stands. `fraction` is 0…1, or null when the end is not known. */
import type { TrainingPoint } from '../training/training';

export interface Progress {
  readonly stage: string;
  readonly fraction: number | null;
  readonly detail?: string;
  /** A new point of the live curves, while a model is trained. */
  readonly training?: TrainingPoint;
}

export type ReportProgress = (progress: Progress) => void;

export function ignoreProgress(): void {}
