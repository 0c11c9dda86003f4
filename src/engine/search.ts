/**
 * The search on the session's model: every candidate is written and weighed, and judged on examples that are set aside for learning, so
 * that accuracy afterwards is measured on examples that chose nothing. Measurements stay with the session: a search that was cut off,
 * or asked again with other goals, does not repeat them.
 */
import { examplesOf } from '../datasets/examples';
import { fingerprintOf } from '../datasets/same-examples';
import { subsetOf } from '../datasets/subset';
import { WhittleError } from '../lib/errors';
import { hashOf } from '../lib/hash';
import { ignoreProgress, type ReportProgress } from '../lib/progress';
import { predictClasses, type Examples } from '../measure/accuracy';
import type { SizeReport } from '../measure/types';
import { totalMacs } from '../ops/cost';
import type { Recipe } from '../passes/pass';
import { emptyRecipe } from '../passes/recipe';
import { layerTotals } from '../search/plan';
import { describeEnd, search, type SearchSettings } from '../search/search';
import { storedBytes } from '../search/stored-bytes';
import type { Candidate, Measured } from '../search/types';
import { candidateOf, REFERENCE_BACKEND } from './apply-recipe';
import { DATA_SEED, preprocessingOf } from './data';
import { sizeOf, writeModel } from './export-model';
import { fillingBatches } from './fixed-batch';
import { findingsOf } from './kept-findings';
import type { EnginePlatform } from './platform';
import { prepare } from './prepared-models';
import type { FoundCandidate, SearchResult, SearchWish } from './search-types';
import { exactGraph, exactSteps, sensitivityOf } from './sensitivity';
import { requireSession, type EngineState } from './session';
import { feedingOf, trainingKeyOf } from './training-data';
import { calibrationSetOf, trainingSetOf } from './training-set';

/** Examples run together: enough to keep the backend busy. */
const BATCH = 100;
/** Candidates in one search: days of work, beyond any use. */
const MOST_CANDIDATES = 10_000;

export async function searchFor(
  wish: SearchWish,
  state: EngineState,
  platform: EnginePlatform,
  report: ReportProgress,
  give: (candidate: FoundCandidate) => void,
): Promise<SearchResult> {
  checkWish(wish);
  const session = requireSession(state);
  const { examples, key } = await judges(wish, state);
  const { rows } = await sensitivityOf({ ...wish, layers: null }, state, platform, report, () => {});
  const graph = await exactGraph(state, platform, report);
  const findings = await findingsOf(session.graph, ['search', key, await calibrationKey(state, wish), examples.count, wish.format, wish.options, state.seed], session.searches, platform.checkpoints);
  const { known } = findings;
  const sizes = new Map<string, SizeReport>();
  const withFeeding = (recipe: Recipe): Recipe => (wish.preprocessing ? { ...recipe, preprocessing: wish.preprocessing } : recipe);
  const original = await classesOf(withFeeding({ version: 1, steps: [] }), examples, state, platform);

  const weigh = async (recipe: Recipe): Promise<SizeReport> => {
    const wanted = { recipe, format: wish.format, options: wish.options };
    return sizeOf(wanted, state, platform, ignoreProgress, async () => (await writeModel(await candidateOf(recipe, state, platform, ignoreProgress), wanted, state, ignoreProgress)).files);
  };
  const evaluate = async (plan: Recipe): Promise<Measured> => {
    const recipe = withFeeding(plan);
    const made = await candidateOf(recipe, state, platform, ignoreProgress);
    const size = await weigh(recipe);
    sizes.set(hashOf(plan), size);
    const classes = await classesOf(recipe, examples, state, platform);
    return { bytes: size.brotli, macs: totalMacs(made.graph), accuracyDrop: lossOf(original, classes, examples.labels), latencyMs: null };
  };

  const problem = { rows, original: { bytes: storedBytes(graph), macs: totalMacs(graph) }, layers: layerTotals(graph), goals: wish.goals, before: exactSteps, after: [] };
  const settings: SearchSettings = {
    most: wish.candidates,
    seed: wish.seed,
    known: [...known.values()],
    report,
    wantsToFinish: () => platform.trainingControls?.wantsToFinish() ?? false,
    ...(platform.signal ? { signal: platform.signal } : {}),
  };
  const steps = search(problem, evaluate, settings);
  const found = new Map<string, FoundCandidate>();
  const complete = (candidate: Candidate): FoundCandidate => ({
    ...candidate,
    recipe: withFeeding(candidate.recipe),
    size: sizes.get(hashOf(candidate.recipe)) ?? known.get(candidate.key)!.size,
    latency: null,
  });
  for (;;) {
    const { value, done } = await steps.next();
    if (done) {
      await findings.save();
      report({ stage: 'search', fraction: 1 });
      const { best, unmet } = value;
      return { best: found.get(best.key)!, final: null, original: { bytes: (await weigh(withFeeding(emptyRecipe))).brotli, macs: problem.original.macs, accuracyDrop: 0, latencyMs: null }, unmet, message: describeEnd(value, wish.goals), candidates: [...found.values()], examples: examples.count, isLabelled: examples.labels !== null };
    }
    const candidate = complete(value);
    found.set(candidate.key, candidate);
    await findings.add(candidate.key, candidate);
    give(candidate);
  }
}

function checkWish({ candidates, examples }: SearchWish): void {
  if (!Number.isInteger(candidates) || candidates < 1 || candidates > MOST_CANDIDATES) {
    throw new WhittleError('OptionError', `A search of ${candidates} candidates was asked for; a whole number from 1 to ${MOST_CANDIDATES} is allowed.`);
  }
  if (!Number.isInteger(examples) || examples < 1) throw new WhittleError('OptionError', `Candidates are to be judged on ${examples} examples; a whole number from 1 is allowed.`);
}

/** Examples set aside for learning, of which none is measured on. */
async function judges(wish: SearchWish, state: EngineState): Promise<{ examples: Examples; key: string }> {
  const set = await trainingSetOf(state);
  if (!set) {
    throw new WhittleError(
      'DataError',
      'A search judges its candidates on examples that accuracy is not measured on, and there are none. Open data with a training part or data to learn from, or set a share of the open data aside.',
    );
  }
  const recipe: Recipe = { version: 1, steps: [], ...(wish.preprocessing ? { preprocessing: wish.preprocessing } : {}) };
  const examples = examplesOf(subsetOf(set.dataset, set.indices), requireSession(state).graph, feedingOf(set, recipe, state), wish.examples, DATA_SEED);
  return { examples, key: trainingKeyOf(set, recipe, state) };
}

/** Passes of candidates may look at examples too, and those can be others than what is learned from. */
async function calibrationKey(state: EngineState, { preprocessing }: SearchWish): Promise<string> {
  const dataset = await calibrationSetOf(state);
  return hashOf([dataset && (await fingerprintOf(dataset, null)), preprocessing ?? preprocessingOf(state, { version: 1, steps: [] })]);
}

async function classesOf(recipe: Recipe, examples: Examples, state: EngineState, platform: EnginePlatform): Promise<Int32Array> {
  const made = await candidateOf(recipe, state, platform, ignoreProgress);
  const shapes = (await examples.inputs(0, 1)).map(({ shape }) => shape);
  const { model, batch } = await prepare(state, REFERENCE_BACKEND, made, { batch: Math.min(BATCH, examples.count), shapes });
  try {
    return await predictClasses(fillingBatches(model, batch, platform.signal), examples, { batchSize: BATCH, report: ignoreProgress, ...(platform.signal ? { signal: platform.signal } : {}) });
  } finally {
    model.dispose();
  }
}

/** Share of examples that are right no more, less those that are right now; without labels, of answers that changed. */
function lossOf(before: Int32Array, after: Int32Array, labels: Int32Array | null): number {
  let lost = 0;
  for (let i = 0; i < before.length; i++) {
    if (labels) lost += Number(before[i] === labels[i]) - Number(after[i] === labels[i]);
    else lost += Number(before[i] !== after[i]);
  }
  return lost / before.length;
}
