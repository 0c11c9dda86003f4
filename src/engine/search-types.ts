/** What is asked of `sensitivity` and `search`, and what they answer. Plain data. */
import type { FormatId } from '../formats/format';
import type { LatencyReport, SizeReport } from '../measure/types';
import type { OptionValue } from '../options/options';
import type { Preprocessing, Recipe } from '../passes/pass';
import type { BackendId } from '../runtime/backend';
import type { Candidate, Goals, Measured, SensitivityRow } from '../search/types';

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
  /** Rows that an earlier call had found, and that took no time in this one. */
  readonly known: number;
  /** Examples that there were, at most as many as asked for. */
  readonly samples: number;
  /** 'training': what is set aside to learn from; 'measured': what accuracy is measured on, since there is nothing else; 'random': numbers. */
  readonly source: 'training' | 'measured' | 'random';
}

/** Training in a search. */
export interface SearchRecovery {
  /** Times that each candidate goes through the examples it learns from. */
  readonly epochs: number;
  /** Of those examples at most, the same for all candidates; absent: everything set aside for learning but the examples that judge. */
  readonly trainExamples?: number;
  /** The best is trained once more at the end, so many times through everything set aside for learning; absent: it is not. */
  readonly finalEpochs?: number;
}

export interface SearchWish {
  /** Bytes are those of the export compressed with brotli. */
  readonly goals: Goals;
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
  /** What latency is measured on; needed when a goal speaks of it, and not used otherwise. */
  readonly latencyBackend: BackendId | null;
  /** null: candidates are judged as they are, untrained. */
  readonly recovery: SearchRecovery | null;
}

/** A candidate with the whole report of its size; `measured.bytes` is the brotli of it. */
export interface FoundCandidate extends Candidate {
  readonly size: SizeReport;
  /** Beside the original, run in turns; null: no goal speaks of latency. `measured.latencyMs` is its median. */
  readonly latency: LatencyReport | null;
}

/** The best after its last training. It learned from the examples that judged it, so its accuracy is measured as any recipe's is: on others. */
export interface FinalCandidate {
  readonly recipe: Recipe;
  readonly size: SizeReport;
  /** Goals of size, MACs and latency that it does not meet. */
  readonly unmet: readonly (keyof Goals)[];
}

export interface SearchResult {
  /** The one that meets all goals with the fewest bytes (without a limit on the loss: with the least); when none does, the nearest. */
  readonly best: FoundCandidate;
  /** null: no last training was asked for, the person ended the search before it, or the best trains nothing. */
  readonly final: FinalCandidate | null;
  /** Goals that the best does not meet. */
  readonly unmet: readonly (keyof Goals)[];
  /** Which goal was not met, in a sentence. */
  readonly message: string;
  readonly candidates: readonly FoundCandidate[];
  /** The model as it was opened, in the same format; its loss is 0. */
  readonly original: Measured;
  /** Examples that candidates were judged on: none of those that accuracy is measured on. */
  readonly examples: number;
  /** False: the loss is the share of answers that changed. */
  readonly isLabelled: boolean;
}
