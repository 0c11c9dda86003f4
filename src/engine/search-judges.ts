/** Which of the examples set aside for learning judge a search's candidates, and which of the others they learn from. */
import { examplesOf } from '../datasets/examples';
import { subsetOf } from '../datasets/subset';
import { WhittleError } from '../lib/errors';
import { hashOf } from '../lib/hash';
import { hashBytes } from '../lib/hash-bytes';
import { shuffledIndices } from '../lib/random';
import type { Examples } from '../measure/accuracy';
import type { Recipe } from '../passes/pass';
import { DATA_SEED } from './data';
import type { SearchWish } from './search-types';
import { requireSession, type EngineState } from './session';
import { feedingOf, trainingKeyOf } from './training-data';
import { trainingSetOf, type TrainingSet } from './training-set';

/** Of few examples, what judges is no more than this where candidates learn: the rest is what they learn from. */
const LARGEST_SHARE_OF_JUDGES = 0.2;

export interface Judges {
  readonly examples: Examples;
  /** Names them, the same after a reload. */
  readonly key: string;
  /** The session as candidates see it that learn: none of the judges is among what they learn from. */
  readonly learning: EngineState;
}

export async function judgesOf(wish: SearchWish, state: EngineState): Promise<Judges> {
  const set = await trainingSetOf(state);
  if (!set) {
    throw new WhittleError(
      'DataError',
      'A search judges its candidates on examples that accuracy is not measured on, and there are none. Open data with a training part or data to learn from, or set a share of the open data aside.',
    );
  }
  const recipe: Recipe = { version: 1, steps: [], ...(wish.preprocessing ? { preprocessing: wish.preprocessing } : {}) };
  const { graph } = requireSession(state);
  const feeding = feedingOf(set, recipe, state);
  const key = trainingKeyOf(set, recipe, state);
  if (!wish.recovery) return { examples: examplesOf(subsetOf(set.dataset, set.indices), graph, feeding, wish.examples, DATA_SEED), key, learning: state };
  const count = Math.max(1, Math.min(wish.examples, Math.floor(set.indices.length * LARGEST_SHARE_OF_JUDGES)));
  const order = shuffledIndices(set.indices.length, DATA_SEED);
  const judging = pick(set, order.slice(0, count));
  const learning = pick(set, order.slice(count, count + (wish.recovery.trainExamples ?? order.length)));
  if (learning.indices.length === 0) throw new WhittleError('DataError', `${set.indices.length} examples are too few to judge candidates and to train them. Give more data to learn from.`);
  return {
    examples: examplesOf(subsetOf(judging.dataset, judging.indices), graph, feeding, count, DATA_SEED),
    key: hashOf([key, judging.fingerprint, learning.fingerprint]),
    learning: { ...state, trainingSet: Promise.resolve(learning) },
  };
}

function pick(set: TrainingSet, places: Uint32Array): TrainingSet {
  const indices = Uint32Array.from(places, (place) => set.indices[place]!).sort();
  return { ...set, indices, fingerprint: hashOf([set.fingerprint, hashBytes(indices)]) };
}
