/** About how long a recipe's training takes here: at the pace of an earlier one where there was any, else from the speed that was measured. */
import { trainingBackends } from '../lib/backend-order';
import { effectiveSteps, stepTrains } from '../passes/recipe';
import type { Recipe } from '../passes/pass';
import type { BackendInfo, TfjsBackendId } from '../runtime/backend';
import { isOriginal } from './point-key';
import type { Run } from './runs-store';

/** Backward takes about twice what forward takes (Kaplan et al. 2020, arXiv 2001.08361, section 2.1). */
const FORWARD_AND_BACKWARD = 3;
/** Multiplications a second where nothing was measured: WASM on a laptop. */
const RATE_UNKNOWN = 2e9;

/** How fast a training of this model went. */
export interface TrainingPace {
  readonly backend: TfjsBackendId;
  readonly msPerExample: number;
}

export interface TrainingEstimate {
  readonly epochs: number;
  readonly milliseconds: number;
  readonly backend: TfjsBackendId;
}

export function estimateTraining(recipe: Recipe, examples: number, runs: readonly Run[], pace: TrainingPace | null, backends: readonly BackendInfo[]): TrainingEstimate {
  const epochs = epochsOf(recipe);
  const backend = trainingBackends(backends)[0];
  const original = runs.find((run) => isOriginal(run.recipe) && run.cost);
  const latencyMs = original?.latency[backend]?.candidate.p50Ms ?? ((original?.cost?.macs ?? 0) * 1000) / RATE_UNKNOWN;
  const msPerExample = pace?.backend === backend ? pace.msPerExample : FORWARD_AND_BACKWARD * latencyMs;
  return { epochs, backend, milliseconds: msPerExample * examples * epochs };
}

/** Epochs of all steps that train. */
export function epochsOf(recipe: Recipe): number {
  return effectiveSteps(recipe)
    .filter(stepTrains)
    .reduce((sum, { options }) => sum + Number(options.recoverEpochs ?? options.epochs ?? 0), 0);
}
