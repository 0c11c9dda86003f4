/** The session's data as measuring and calibrating want them: preprocessed, or random numbers where there are none. */
import { examplesOf, randomExamples } from '../datasets/examples';
import { summarizeDataset } from '../datasets/dataset';
import { suggestPreprocessing } from '../datasets/preprocess';
import { WhittleError } from '../lib/errors';
import { hashOf } from '../lib/hash';
import type { Examples } from '../measure/accuracy';
import type { CalibrationExamples, Preprocessing, Recipe } from '../passes/pass';
import { looksAtData } from '../passes/recipe';
import { requireSession, type EngineState } from './session';
import { calibrationNumberOf, calibrationSetOf } from './training-set';

/** Random inputs for fidelity when there are no data. */
export const RANDOM_EXAMPLES = 64;
/** The same choice of examples, and the same random ones, every time. */
export const DATA_SEED = 1;

/** The recipe's own, or what the model and the data suggest. */
export function preprocessingOf(state: EngineState, recipe: Recipe): Preprocessing {
  return recipe.preprocessing ?? suggestPreprocessing(requireSession(state).graph, state.dataset ? summarizeDataset(state.dataset) : null);
}

/** At most `limit` of the data set's examples, or random ones. */
export function examplesFor(state: EngineState, recipe: Recipe, limit: number): Examples {
  const { graph } = requireSession(state);
  return state.dataset
    ? examplesOf(state.dataset, graph, preprocessingOf(state, recipe), limit, DATA_SEED)
    : randomExamples(graph, Math.min(limit, RANDOM_EXAMPLES), DATA_SEED);
}

/** Throws a DataError when the data have no labels. */
export function labelledExamples(state: EngineState, recipe: Recipe, limit: number): Examples & { readonly labels: Int32Array } {
  const found = examplesFor(state, recipe, limit);
  if (!state.dataset || !found.labels) {
    throw new WhittleError('DataError', 'Accuracy needs labelled data. Add a data set with labels, or measure fidelity instead.');
  }
  return { ...found, labels: found.labels };
}

/**
 * The person's data in their order, without labels: the part set aside for training where there is one, so that accuracy is
 * measured on examples that the recipe has not seen. null: there are none, or the recipe does not look at any.
 */
export async function calibrationExamples(state: EngineState, recipe: Recipe): Promise<CalibrationExamples | null> {
  const dataset = looksAtData(recipe) ? await calibrationSetOf(state) : null;
  if (!dataset) return null;
  const { count, inputs } = examplesOf(dataset, requireSession(state).graph, preprocessingOf(state, recipe), dataset.count, DATA_SEED);
  return { count, inputs: (start, wanted) => inputs(start, Math.min(start + wanted, count)) };
}

/** What a recipe's result hangs on besides the recipe: the data and how they are fed. */
export function dataKeyOf(state: EngineState, recipe: Recipe): string {
  return looksAtData(recipe) && (state.dataset || state.training) ? hashOf([calibrationNumberOf(state), preprocessingOf(state, recipe)]) : '';
}
