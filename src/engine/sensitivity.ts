/** Sensitivities of the session's model on the session's data. Rows stay with the session: what was cut off goes on where it was. */
import { examplesOf, randomExamples } from '../datasets/examples';
import type { Graph } from '../ir/graph';
import { WhittleError } from '../lib/errors';
import { hashBytes } from '../lib/hash-bytes';
import type { ReportProgress } from '../lib/progress';
import type { Examples } from '../measure/accuracy';
import type { Recipe, RecipeStep } from '../passes/pass';
import { makeStep } from '../passes/recipe';
import { layersOf } from '../search/one-layer';
import { questionsOf, rowKey, sensitivity } from '../search/sensitivity';
import type { SensitivityRow, Variant } from '../search/types';
import { defaultVariants } from '../search/variants';
import { applyRecipe, executeConstants, REFERENCE_BACKEND } from './apply-recipe';
import { backendOf } from './backends';
import { DATA_SEED, preprocessingOf } from './data';
import { fixedBatchOf } from './fixed-batch';
import { withFreeBatch } from './free-batch';
import { findingsOf } from './kept-findings';
import type { EnginePlatform } from './platform';
import type { SensitivityResult, SensitivityWish } from './search-types';
import { requireSession, type EngineState } from './session';
import { calibrationSetOf } from './training-set';

/** What changes no answer comes first, so that layers are those that are left to compress. */
export const exactSteps: readonly RecipeStep[] = [makeStep('clean-up'), makeStep('fold-batch-norm')];

/** More than this many examples tell nothing new, and keep what the model computes of them in memory. */
const MOST_SAMPLES = 1024;
/** Few enough for the memory that large pictures take. */
const HASHED_TOGETHER = 32;

/** The model after its exact steps. */
export async function exactGraph(state: EngineState, platform: EnginePlatform, report: ReportProgress): Promise<Graph> {
  return (await applyRecipe({ version: 1, steps: exactSteps }, state, platform, report)).graph;
}

/** What is asked of each layer, and how its bytes are counted. */
export interface SensitivityPlan {
  readonly variants: readonly Variant[];
  /** Steps that come last whatever is chosen. */
  readonly stored: readonly RecipeStep[];
}

/** Gives each row as it is known; those known before at once. */
export async function sensitivityOf(
  wish: SensitivityWish,
  state: EngineState,
  platform: EnginePlatform,
  report: ReportProgress,
  give: (row: SensitivityRow) => void,
  { variants, stored }: SensitivityPlan = { variants: defaultVariants, stored: [] },
): Promise<SensitivityResult> {
  if (!Number.isInteger(wish.samples) || wish.samples < 1 || wish.samples > MOST_SAMPLES) {
    throw new WhittleError('OptionError', `Sensitivities look at ${wish.samples} examples; a whole number from 1 to ${MOST_SAMPLES} is allowed.`);
  }
  const session = requireSession(state);
  const graph = await freeGraph(await exactGraph(state, platform, report), state);
  const layers = checkedLayers(graph, wish.layers);
  const { examples, source } = await examplesOfWish(wish, state);
  const findings = await findingsOf(session.graph, ['sensitivity', await hashOfInputs(examples), state.seed, stored], session.sensitivities, platform.checkpoints);
  const known = questionsOf(graph, layers, variants).flatMap((question) => findings.known.get(rowKey(question)) ?? []);
  const steps = sensitivity(
    graph,
    variants,
    { count: examples.count, inputs: (start, count) => examples.inputs(start, Math.min(start + count, examples.count)) },
    async (part) => (await backendOf(state, REFERENCE_BACKEND)).prepare(part),
    report,
    platform.signal,
    { samples: examples.count, seed: state.seed, known, layers, execute: (part) => executeConstants(part, state), reuse: true, stored },
  );
  const rows: SensitivityRow[] = [];
  try {
    for await (const row of steps) {
      await findings.add(rowKey(row), row);
      rows.push(row);
      give(row);
    }
  } finally {
    await findings.save();
  }
  return { rows, known: known.length, samples: examples.count, source };
}

/** Layers of a graph that takes one example are looked at with many at once, where its answers stay the same. */
async function freeGraph(graph: Graph, state: EngineState): Promise<Graph> {
  const fixed = fixedBatchOf(graph);
  if (fixed === null) return graph;
  const free = await withFreeBatch(graph, await backendOf(state, REFERENCE_BACKEND));
  if (free) return free;
  throw new WhittleError('UnsupportedError', `This model takes exactly ${fixed} ${fixed === 1 ? 'example' : 'examples'} at a time and gives other answers when its batch is left open, so its layers cannot be compared. Open it in the format that it was exported from.`);
}

function checkedLayers(graph: Graph, wanted: readonly string[] | null): readonly string[] {
  const all = layersOf(graph);
  if (all.length === 0) throw new WhittleError('UnsupportedError', 'This model has no layer with weights that a pass could compress, so there is nothing to compare.');
  const unknown = wanted?.find((layer) => !all.includes(layer));
  if (unknown !== undefined) throw new WhittleError('OptionError', `"${unknown}" is no layer with weights of this model. There are: ${all.join(', ')}.`);
  return wanted ?? all;
}

async function examplesOfWish({ samples, preprocessing }: SensitivityWish, state: EngineState): Promise<{ examples: Examples; source: SensitivityResult['source'] }> {
  const { graph } = requireSession(state);
  const dataset = await calibrationSetOf(state);
  if (!dataset) return { examples: randomExamples(graph, samples, DATA_SEED), source: 'random' };
  return {
    examples: examplesOf(dataset, graph, preprocessing ?? preprocessingOf(state, plain), samples, DATA_SEED),
    source: dataset === state.dataset ? 'measured' : 'training',
  };
}

/** Names the numbers that rows follow from, whatever file they came from: the same after a reload. */
async function hashOfInputs({ count, inputs }: Examples): Promise<readonly number[]> {
  const hashes: number[] = [];
  for (let start = 0; start < count; start += HASHED_TOGETHER) {
    for (const { data } of await inputs(start, Math.min(start + HASHED_TOGETHER, count))) hashes.push(hashBytes(data));
  }
  return hashes;
}

const plain: Recipe = { version: 1, steps: [] };
