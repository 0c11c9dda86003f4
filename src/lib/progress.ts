/** Where long work stands. `fraction` is 0…1, or null when the end is not known. */
export interface Progress {
  readonly stage: string;
  readonly fraction: number | null;
  readonly detail?: string;
}

export type ReportProgress = (progress: Progress) => void;

export function ignoreProgress(): void {}
