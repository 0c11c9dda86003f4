/** What is asked of `sensitivity` and `search`, and what they answer. Plain data. */
import type { FormatId } from '../formats/format';
import type { SizeReport } from '../measure/types';
import type { OptionValue } from '../options/options';
import type { Preprocessing } from '../passes/pass';
import type { Candidate, Goals, SensitivityRow } from '../search/types';

export interface SensitivityWish {
  /** Examples looked at: 64 rank layers well, 256 hardly better. */
  readonly samples: number;
  /** As rules name them; null: all with weights. */
  readonly layers: readonly string[] | null;
  /** null: as the model and the data suggest. */
  readonly preprocessing: Preprocessing | null;
}

export interface SensitivityResult {
  readonly rows: readonly SensitivityRow[];
  /** Examples that there were, at most as many as asked for. */
  readonly samples: number;
  /** 'training': what is set aside to learn from; 'measured': what accuracy is measured on, since there is nothing else; 'random': numbers. */
  readonly source: 'training' | 'measured' | 'random';
}

/** Latency is no goal here: nothing in a search measures it. */
export type SearchGoals = Omit<Goals, 'mostLatencyMs'>;

export interface SearchWish {
  /** Bytes are those of the export compressed with brotli. */
  readonly goals: SearchGoals;
  readonly format: FormatId;
  readonly options: Readonly<Record<string, OptionValue>>;
  /** Candidates measured at most. */
  readonly candidates: number;
  /** Of the order in which candidates are tried. */
  readonly seed: number;
  /** Examples that candidates are judged on at most. */
  readonly examples: number;
  /** Examples that sensitivities look at. */
  readonly samples: number;
  readonly preprocessing: Preprocessing | null;
}

/** A candidate with the whole report of its size; `measured.bytes` is the brotli of it. */
export interface FoundCandidate extends Candidate {
  readonly size: SizeReport;
}

export interface SearchResult {
  /** The one that meets all goals with the fewest bytes (without a limit on the loss: with the least); when none does, the nearest. */
  readonly best: FoundCandidate;
  /** Goals that the best does not meet. */
  readonly unmet: readonly (keyof Goals)[];
  /** Which goal was not met, in a sentence. */
  readonly message: string;
  readonly candidates: readonly FoundCandidate[];
  /** Examples that candidates were judged on: none of those that accuracy is measured on. */
  readonly examples: number;
  /** False: the loss is the share of answers that changed. */
  readonly isLabelled: boolean;
}
