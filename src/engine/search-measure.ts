/** What one candidate of a search is: trained where the recipe says so, written, weighed, timed and judged. */
import { ignoreProgress, type ReportProgress } from '../lib/progress';
import { predictClasses, type Examples } from '../measure/accuracy';
import type { LatencyReport, SizeReport } from '../measure/types';
import { totalMacs } from '../ops/cost';
import type { Recipe } from '../passes/pass';
import type { Shape } from '../search/search';
import type { Measured } from '../search/types';
import { applyRecipe, candidateOf, REFERENCE_BACKEND } from './apply-recipe';
import { sizeOf, writeModel } from './export-model';
import { fillingBatches } from './fixed-batch';
import { runLatencyJob } from './latency';
import type { EnginePlatform } from './platform';
import { prepare } from './prepared-models';
import type { SearchWish } from './search-types';
import { requireSession, type EngineState } from './session';

/** Examples run together: enough to keep the backend busy. */
const BATCH = 100;
/** Latency is what one example takes. */
const TIMED_TOGETHER = 1;

export interface Weighed {
  readonly shape: Shape;
  readonly size: SizeReport;
  readonly latency: LatencyReport | null;
}

/** Everything but accuracy. */
export async function weigh(recipe: Recipe, wish: SearchWish, state: EngineState, platform: EnginePlatform): Promise<Weighed> {
  const made = await candidateOf(recipe, state, platform, ignoreProgress);
  const wanted = { recipe, format: wish.format, options: wish.options };
  const size = await sizeOf(wanted, state, platform, ignoreProgress, async () => (await writeModel(made, wanted, state, ignoreProgress)).files);
  const latency = wish.latencyBackend !== null && wish.goals.mostLatencyMs !== undefined ? await timed(wish.latencyBackend, made, state, platform) : null;
  return { shape: { bytes: size.brotli, macs: totalMacs(made.graph), latencyMs: latency?.candidate.p50Ms ?? null }, size, latency };
}

/** The recipe's trainings run first: whoever started the search asked for them. */
export async function train(recipe: Recipe, state: EngineState, platform: EnginePlatform, report: ReportProgress): Promise<void> {
  await applyRecipe(recipe, state, platform, report, true);
}

export async function classesOf(recipe: Recipe, examples: Examples, state: EngineState, platform: EnginePlatform): Promise<Int32Array> {
  const made = await candidateOf(recipe, state, platform, ignoreProgress);
  const shapes = (await examples.inputs(0, 1)).map(({ shape }) => shape);
  const { model, batch } = await prepare(state, REFERENCE_BACKEND, made, { batch: Math.min(BATCH, examples.count), shapes });
  try {
    return await predictClasses(fillingBatches(model, batch, platform.signal), examples, { batchSize: BATCH, report: ignoreProgress, ...(platform.signal ? { signal: platform.signal } : {}) });
  } finally {
    model.dispose();
  }
}

export function judged({ shape }: Weighed, before: Int32Array, after: Int32Array, labels: Int32Array | null): Measured {
  return { ...shape, accuracyDrop: lossOf(before, after, labels) };
}

/** In turns with the original, so that whatever else the device does slows both. */
function timed(backend: NonNullable<SearchWish['latencyBackend']>, { graph, file }: Awaited<ReturnType<typeof candidateOf>>, state: EngineState, platform: EnginePlatform): Promise<LatencyReport> {
  const { graph: original, file: originalFile } = requireSession(state);
  return runLatencyJob({ original, originalFile, candidate: graph, candidateFile: file, example: null }, backend, TIMED_TOGETHER, state, platform, ignoreProgress);
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
