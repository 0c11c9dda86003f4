/**
 * The engine: opens a model, applies recipes, measures, exports. An ordinary module: it runs in a worker, in Node and in
 * tests. The work is in the modules beside this one; here it is put together.
 */
import { examplesOf, randomExamples } from '../datasets/examples';
import { summarizeDataset } from '../datasets/dataset';
import { openDataset } from '../datasets/open';
import { suggestPreprocessing } from '../datasets/preprocess';
import type { FormatId, WrittenFile } from '../formats/format';
import { loadFormat } from '../formats/index';
import { openModel } from '../formats/open';
import { accuracyOf, compare, measureFidelity, predictClasses, type Examples, type Walk } from '../measure/accuracy';
import { compareLatency } from '../measure/latency';
import { measureSize } from '../measure/size';
import type { AccuracyReport, LatencyReport, SizeReport } from '../measure/types';
import { checkOps } from '../ops/check';
import { parseOptions, type OptionValue } from '../options/options';
import type { Preprocessing, Recipe } from '../passes/pass';
import { emptyRecipe, recipeKey } from '../passes/recipe';
import type { Batch, BackendId } from '../runtime/backend';
import { clockStepMs } from '../runtime/clock';
import { listBackends } from '../runtime/tfjs/backends';
import { hashOf } from '../lib/hash';
import type { ReportProgress } from '../lib/progress';
import { WhittleError } from '../lib/errors';
import { applyRecipe } from './apply-recipe';
import { backendOf, preparedModel } from './backends';
import { estimateSize } from './estimate-size';
import { fixedBatchOf } from './fixed-batch';
import type { EnginePlatform } from './platform';
import { createSession, endSession, requireSession, type EngineState } from './session';
import { candidateSummary, summarizeModel } from './summaries';
import type { EngineApi } from './types';
import { verifyExport } from './verify-export';
import type { Graph } from '../ir/graph';

/** Examples in a batch when measuring: large enough to keep a backend busy, small enough for any model's activations. */
const EVALUATION_BATCH = 100;
/** Random inputs for fidelity when there are no data. */
const RANDOM_EXAMPLES = 64;
const SEED = 1;

/** What the command line asks beyond the page's façade. */
export interface Engine extends EngineApi {
  /** Top-1 accuracy of a recipe's result alone. */
  evaluate(recipe: Recipe, backend: BackendId, limit: number, report: ReportProgress): Promise<AccuracyReport>;
  /** The graphs before and after a recipe, for a bench lane in another worker. */
  graphsOf(recipe: Recipe, report: ReportProgress): Promise<LatencyJob>;
  /** Latency of given graphs: the other end of `graphsOf`. */
  runLatencyJob(job: LatencyJob, backend: BackendId, batch: number, report: ReportProgress): Promise<LatencyReport>;
}

/** Everything that a latency measurement needs, as plain data. */
export interface LatencyJob {
  readonly original: Graph;
  readonly candidate: Graph;
  /** One example's inputs; null: random ones are made. */
  readonly example: readonly Batch[] | null;
}

export function createEngine(platform: EnginePlatform): Engine {
  const state: EngineState = { session: undefined, dataset: undefined, backends: new Map() };
  const graphOf = async (recipe: Recipe, report: ReportProgress): Promise<Graph> =>
    (await applyRecipe(requireSession(state), recipe, state, platform, report)).graph;
  const walk = (report: ReportProgress): Walk => ({
    batchSize: fixedBatchOf(requireSession(state).graph) ?? EVALUATION_BATCH,
    report,
    ...(platform.signal ? { signal: platform.signal } : {}),
  });
  const preprocessingOf = (recipe: Recipe): Preprocessing =>
    recipe.preprocessing ?? suggestPreprocessing(requireSession(state).graph, state.dataset ? summarizeDataset(state.dataset) : null);
  const examples = (recipe: Recipe, limit: number): Examples => {
    const { graph } = requireSession(state);
    return state.dataset
      ? examplesOf(state.dataset, graph, preprocessingOf(recipe), limit, SEED)
      : randomExamples(graph, Math.min(limit, RANDOM_EXAMPLES), SEED);
  };
  const labelled = (recipe: Recipe, limit: number): Examples & { labels: Int32Array } => {
    const found = examples(recipe, limit);
    if (!state.dataset || !found.labels) {
      throw new WhittleError('DataError', 'Accuracy needs labelled data. Add a data set with labels, or measure fidelity instead.');
    }
    return { ...found, labels: found.labels };
  };
  const predictions = async (recipe: Recipe, backend: BackendId, limit: number, report: ReportProgress): Promise<Int32Array> => {
    const session = requireSession(state);
    const key = hashOf([recipeKey(recipe), backend, state.dataset?.name, limit, preprocessingOf(recipe)]);
    const known = session.predictions.get(key);
    if (known) return known;
    const model = await preparedModel(state, backend, recipeKey(recipe), await graphOf(recipe, report));
    const classes = await predictClasses(model, labelled(recipe, limit), walk(report));
    session.predictions.set(key, classes);
    return classes;
  };
  /** Compressing takes seconds, and the same files are asked for by the size, the export and the original beside every candidate. */
  const sizeOnce = async (
    recipe: Recipe,
    format: FormatId,
    values: Readonly<Record<string, OptionValue>>,
    report: ReportProgress,
    write: () => Promise<readonly WrittenFile[]>,
  ): Promise<SizeReport> => {
    const { sizes } = requireSession(state);
    const full = withPreprocessing(recipe);
    const key = hashOf([recipeKey(full), full.preprocessing, format, values]);
    const known = sizes.get(key);
    if (known) return known;
    report({ stage: 'size', fraction: null });
    const size = await measureSize(await write(), await platform.loadBrotli(), platform.signal);
    sizes.set(key, size);
    return size;
  };
  /** The recipe as it is stored in an export: with the preprocessing in force. */
  const withPreprocessing = (recipe: Recipe): Recipe => ({ ...recipe, preprocessing: preprocessingOf(recipe) });
  /** The unchanged model, fed in the same way. */
  const originalOf = (recipe: Recipe): Recipe => ({ ...withPreprocessing(recipe), steps: emptyRecipe.steps });

  const engine: Engine = {
    backends: listBackends,
    clockStepMs: async () => clockStepMs(),

    async open(files, report) {
      const opened = await openModel(files, report, platform.signal);
      checkOps(opened.graph);
      endSession(state.session);
      state.session = createSession(opened.graph, opened.format);
      state.dataset = undefined;
      return summarizeModel(opened);
    },

    async apply(recipe, report) {
      const start = performance.now();
      const result = await applyRecipe(requireSession(state), recipe, state, platform, report);
      return candidateSummary(recipe, result, performance.now() - start);
    },

    estimateSize: async (recipe, format) => estimateSize(requireSession(state).graph, recipe, format),

    async measureSize(recipe, formatId, options, report) {
      const graph = await graphOf(recipe, report);
      const format = await loadFormat(formatId);
      const values = parseOptions(format.meta.writeOptions, options, formatId);
      return sizeOnce(recipe, formatId, values, report, async () => (await format.write(graph, values, withPreprocessing(recipe))).files);
    },

    async openDataset(files, report) {
      const { graph, predictions: stale } = requireSession(state);
      const dataset = await openDataset(files, platform.decodeImage, report, platform.signal);
      state.dataset = dataset;
      stale.clear();
      const summary = summarizeDataset(dataset);
      return { ...summary, suggestedPreprocessing: suggestPreprocessing(graph, summary) };
    },

    async compareAccuracy(recipe, backend, limit, report) {
      const { labels } = labelled(recipe, limit);
      const before = await predictions(originalOf(recipe), backend, limit, report);
      const after = await predictions(recipe, backend, limit, report);
      return compare(before, after, labels);
    },

    async evaluate(recipe, backend, limit, report) {
      const { labels } = labelled(recipe, limit);
      return accuracyOf(await predictions(recipe, backend, limit, report), labels);
    },

    async measureFidelity(recipe, backend, limit, report) {
      const session = requireSession(state);
      const before = await preparedModel(state, backend, recipeKey(emptyRecipe), session.graph);
      const after = await preparedModel(state, backend, recipeKey(recipe), await graphOf(recipe, report));
      return measureFidelity(before, after, examples(recipe, limit), walk(report));
    },

    async graphsOf(recipe, report) {
      const example = state.dataset ? await examples(recipe, 1).inputs(0, 1) : null;
      return { original: requireSession(state).graph, candidate: await graphOf(recipe, report), example };
    },

    async runLatencyJob(job, backendId, batch, report) {
      const backend = await backendOf(state, backendId);
      const one = job.example ?? (await randomExamples(job.original, 1, SEED).inputs(0, 1));
      const size = fixedBatchOf(job.original) ?? batch;
      const inputs = one.map((input) => repeated(input, size));
      const original = await backend.prepare(job.original);
      const candidate = await backend.prepare(job.candidate);
      try {
        const stepMs = clockStepMs();
        const { signal, isPaused } = platform;
        const setting = { clockStepMs: stepMs, report, ...(signal ? { signal } : {}), ...(isPaused ? { isPaused } : {}) };
        const comparison = await compareLatency(original, candidate, inputs, setting);
        return { backend: backendId, adapter: backend.info.adapter, batch: size, clockStepMs: stepMs, ...comparison };
      } finally {
        original.dispose();
        candidate.dispose();
      }
    },

    measureLatency: async (recipe, backend, batch, report) =>
      engine.runLatencyJob(await engine.graphsOf(recipe, report), backend, batch, report),

    async exportModel(recipe, formatId, options, report) {
      const graph = await graphOf(recipe, report);
      const format = await loadFormat(formatId);
      report({ stage: 'write', fraction: null });
      const values = parseOptions(format.meta.writeOptions, options, formatId);
      const written = await format.write(graph, values, withPreprocessing(recipe));
      const verification = await verifyExport(written.files, formatId, graph, examples(recipe, RANDOM_EXAMPLES), state, report);
      const size = await sizeOnce(recipe, formatId, values, report, async () => written.files);
      return { files: written.files, diagnostics: written.diagnostics, size, verification };
    },

    async run(recipe, backend, inputs) {
      const model = await preparedModel(state, backend, recipeKey(recipe), await graphOf(recipe, () => {}));
      return model.run(inputs);
    },

    async dispose() {
      endSession(state.session);
      state.session = undefined;
      for (const backend of state.backends.values()) (await backend).dispose();
      state.backends.clear();
    },
  };
  return engine;
}

/** One example's input, `count` times over. */
function repeated(input: Batch, count: number): Batch {
  if (count === 1) return input;
  const Data = input.data.constructor as new (length: number) => typeof input.data;
  const data = new Data(input.data.length * count);
  for (let i = 0; i < count; i++) data.set(input.data, i * input.data.length);
  return { ...input, shape: [input.shape[0]! * count, ...input.shape.slice(1)], data };
}
