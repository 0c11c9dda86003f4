/** About how long a search takes here, before it is begun: from speeds that were measured, else from counts. */
import type { CostReport } from '../measure/types';
import { JUDGED_EXAMPLES, LOOKED_AT_EXAMPLES } from './search-actions';
import type { SearchForm } from './search-store';
import type { TrainingPace } from './training-estimate';

/** Each layer is looked at with about so many variants of passes. */
const VARIANTS_A_LAYER = 12;
/** Applying a recipe, and compressing its file with brotli at its best: a megabyte takes about a second and a half. */
const WRITE_MS_A_BYTE = 1.5e-3;
/** Multiplications a millisecond where nothing was measured: WASM on a laptop, many examples at once. */
const RATE_UNKNOWN = 2e6;
/** Backward takes about twice what forward takes. */
const FORWARD_AND_BACKWARD = 3;
/** The timing of one candidate, beside the original. */
const TIMING_MS = 5000;

export interface SearchCost {
  readonly milliseconds: number;
  /** Of it, training. */
  readonly trainingMs: number;
}

/** `latencyMs`: of one example on WASM; null: not measured. `examples`: there are so many to learn from. */
export function estimateSearch(form: SearchForm, cost: CostReport, latencyMs: number | null, examples: number, pace: TrainingPace | null): SearchCost {
  const forwardMs = latencyMs ?? cost.macs / RATE_UNKNOWN;
  const layers = cost.nodes.filter((node) => node.parameters > 0 && node.op !== 'batch-norm').length;
  const lookingMs = layers * VARIANTS_A_LAYER * LOOKED_AT_EXAMPLES * forwardMs;
  const judgingMs = Math.min(examples, JUDGED_EXAMPLES) * forwardMs + cost.nbytes * WRITE_MS_A_BYTE + (form.mostLatencyMs === null ? 0 : TIMING_MS);
  const learnedMs = form.epochs * examples * (pace?.msPerExample ?? forwardMs * FORWARD_AND_BACKWARD);
  const trainingMs = form.candidates * learnedMs;
  return { milliseconds: lookingMs + form.candidates * judgingMs + trainingMs, trainingMs };
}
