/**
 * The engine: opens a model, applies recipes, measures, exports. An ordinary module: it runs in a worker, in Node and in
 * tests. The work is in the modules beside this one; here it is put together.
 */
import { summarizeDataset } from '../datasets/dataset';
import { openDataset } from '../datasets/open';
import { suggestPreprocessing } from '../datasets/preprocess';
import { openModel } from '../formats/open';
import { accuracyOf, compare, measureFidelity, predictClasses, type Examples, type Walk } from '../measure/accuracy';
import type { AccuracyReport, LatencyReport } from '../measure/types';
import { checkOps } from '../ops/check';
import type { Recipe } from '../passes/pass';
import { emptyRecipe } from '../passes/recipe';
import type { BackendId } from '../runtime/backend';
import { clockStepMs } from '../runtime/clock';
import { listBackends } from '../runtime/detect';
import { hashOf } from '../lib/hash';
import { ignoreProgress, type ReportProgress } from '../lib/progress';
import { backendOf } from './backends';
import type { AdaptiveExport, AdaptiveExportWish } from './adaptive-export';
import { applyRecipe, candidateKey, candidateOf } from './apply-recipe';
import { examplesFor, labelledExamples, preprocessingOf } from './data';
import { energyBeside } from './energy';
import { estimateSize } from './estimate-size';
import { deviceOf, exportModel, sizeOf, verifyFiles, writeModel, type VerifyWish, type WrittenModel } from './export-model';
import { fixedBatchOf } from './fixed-batch';
import { describeGraph } from './graph-view';
import { runLatencyJob, type LatencyJob } from './latency';
import { liveMethods, type LiveMethods } from './live';
import type { EnginePlatform } from './platform';
import { preparedModel, type Candidate, type Feed } from './prepared-models';
import { searchFor } from './search';
import { sensitivityOf } from './sensitivity';
import { createSession, emptyState, endSession, forgetData, requireSession, type EngineState } from './session';
import { setStudent } from './student';
import { candidateSummary, summarizeModel } from './summaries';
import { measureOn, openTrainingData, splitDataset, trainingSummaryOf } from './training-set';
import type { DeviceReport, EngineApi, ExportVerification, OpenedDataset } from './types';
import type { FormatId } from '../formats/format';
import type { OptionValue } from '../options/options';
import type { PreparedModel } from '../runtime/backend';

export type { LatencyJob } from './latency';

/** Examples in a batch when measuring: large enough to keep a backend busy, small enough for any model's activations. */
const EVALUATION_BATCH = 100;

/** What the command line asks beyond the page's façade. */
export interface Engine extends EngineApi, LiveMethods {
  /** Top-1 accuracy of a recipe's result alone. */
  evaluate(recipe: Recipe, backend: BackendId, limit: number, report: ReportProgress): Promise<AccuracyReport>;
  /** The graphs before and after a recipe, for a bench lane in another worker. */
  graphsOf(recipe: Recipe, report: ReportProgress): Promise<LatencyJob>;
  /** Latency of given graphs: the other end of `graphsOf`. */
  runLatencyJob(job: LatencyJob, backend: BackendId, batch: number, report: ReportProgress): Promise<LatencyReport>;
  /** Of everything random in passes; 1 unless said otherwise. */
  setSeed(seed: number): void;
  /** Starts what calibration and proofs run on, while files are still being read. A failure is met again by whoever needs it. */
  warmUp(): void;
  /** The export's files alone, unproven and unmeasured. */
  writeModel(recipe: Recipe, format: FormatId, options: Readonly<Record<string, OptionValue>>, report: ReportProgress): Promise<WrittenModel>;
  /** What the written .tflite needs on other devices; null: another format. */
  deviceOf(written: WrittenModel): Promise<DeviceReport | null>;
  /** Recipes of the open model as an ES module that serves them as a ladder; every rung is proven. */
  exportAdaptive(wish: AdaptiveExportWish, report: ReportProgress): Promise<AdaptiveExport>;
  /** Proves written files. */
  verifyModel(written: WrittenModel, recipe: Recipe, report: ReportProgress, wish?: VerifyWish): Promise<ExportVerification>;
}

export function createEngine(platform: EnginePlatform): Engine {
  const state: EngineState = emptyState();
  const { signal } = platform;
  const candidate = (recipe: Recipe, report: ReportProgress): Promise<Candidate> => candidateOf(recipe, state, platform, report);
  const walk = (report: ReportProgress): Walk => ({
    batchSize: wholeBatches(fixedBatchOf(requireSession(state).graph) ?? 1),
    report,
    ...(signal ? { signal } : {}),
  });
  const ready = async (backend: BackendId, from: Candidate, examples: Examples): Promise<PreparedModel> =>
    preparedModel(state, backend, from, await feedOf(examples), signal);
  const predictions = async (recipe: Recipe, backend: BackendId, limit: number, report: ReportProgress): Promise<Int32Array> => {
    const session = requireSession(state);
    const key = hashOf([await candidateKey(state, recipe), backend, state.datasetNumber, limit, preprocessingOf(state, recipe)]);
    const known = session.predictions.get(key);
    if (known) return known;
    const examples = labelledExamples(state, recipe, limit);
    const model = await ready(backend, await candidate(recipe, report), examples);
    const classes = await predictClasses(model, examples, walk(report));
    session.predictions.set(key, classes);
    return classes;
  };
  /** The unchanged model, fed in the same way. */
  const originalOf = (recipe: Recipe): Recipe => ({ ...recipe, preprocessing: preprocessingOf(state, recipe), steps: emptyRecipe.steps });

  const openedDataset = (): OpenedDataset => {
    const summary = summarizeDataset(state.dataset!);
    return { ...summary, suggestedPreprocessing: suggestPreprocessing(requireSession(state).graph, summary) };
  };

  const engine: Engine = {
    ...liveMethods(state, { candidate, evaluate: (...wanted) => engine.evaluate(...wanted) }),
    backends: listBackends,
    clockStepMs: async () => clockStepMs(),

    async open(files, report) {
      const opened = await openModel(files, report, signal);
      checkOps(opened.graph);
      endSession(state.session);
      state.session = createSession(opened.graph, opened.format, opened.main);
      forgetData(state);
      return summarizeModel(opened);
    },

    async apply(recipe, report) {
      const start = performance.now();
      const result = await applyRecipe(recipe, state, platform, report);
      return candidateSummary(recipe, result, performance.now() - start);
    },

    async train(recipe, report) {
      const start = performance.now();
      const result = await applyRecipe(recipe, state, platform, report, true);
      return candidateSummary(recipe, result, performance.now() - start);
    },

    estimateSize: async (recipe, format) => estimateSize(requireSession(state).graph, recipe, format),

    estimateEnergy: async (recipe) => {
      const { graph } = await applyRecipe(recipe, state, platform, ignoreProgress);
      return energyBeside(requireSession(state).graph, graph);
    },

    describeGraph: async (recipe, report) => describeGraph((await applyRecipe(recipe, state, platform, report)).graph),

    measureSize: async (recipe, format, options, report) =>
      sizeOf({ recipe, format, options }, state, platform, report, async () => (await engine.writeModel(recipe, format, options, report)).files),

    async openDataset(files, report) {
      requireSession(state);
      const dataset = await openDataset(files, platform.decodeImage, report, signal);
      measureOn(dataset, state);
      return openedDataset();
    },

    async openTrainingData(files, report) {
      await openTrainingData(files, state, platform, report);
      return (await trainingSummaryOf(state))!;
    },

    async splitDataset(share) {
      splitDataset(share, state);
      return openedDataset();
    },

    trainingData: () => trainingSummaryOf(state),

    async openStudent(files, report) {
      const opened = files && (await openModel(files, report, signal));
      return setStudent(opened, state);
    },

    compareAccuracy: (recipe, backend, limit, report) => engine.compareRecipes(originalOf(recipe), recipe, backend, limit, report),

    async compareRecipes(before, after, backend, limit, report) {
      const { labels } = labelledExamples(state, after, limit);
      const first = await predictions(before, backend, limit, report);
      return compare(first, await predictions(after, backend, limit, report), labels);
    },

    async evaluate(recipe, backend, limit, report) {
      const { labels } = labelledExamples(state, recipe, limit);
      return accuracyOf(await predictions(recipe, backend, limit, report), labels);
    },

    async measureFidelity(recipe, backend, limit, report) {
      const examples = examplesFor(state, recipe, limit);
      const before = await ready(backend, await candidate(emptyRecipe, report), examples);
      const after = await ready(backend, await candidate(recipe, report), examples);
      return measureFidelity(before, after, examples, walk(report));
    },

    async graphsOf(recipe, report) {
      const { graph, file } = requireSession(state);
      const after = await candidate(recipe, report);
      const example = state.dataset ? await examplesFor(state, recipe, 1).inputs(0, 1) : null;
      return { original: graph, originalFile: file, candidate: after.graph, candidateFile: after.file, example };
    },

    runLatencyJob: (job, backend, batch, report) => runLatencyJob(job, backend, batch, state, platform, report),

    measureLatency: async (recipe, backend, batch, report) =>
      engine.runLatencyJob(await engine.graphsOf(recipe, report), backend, batch, report),

    setSeed: (seed) => void (state.seed = seed),

    warmUp: () => void backendOf(state, 'wasm').catch(() => undefined),

    writeModel: async (recipe, format, options, report) => writeModel(await candidate(recipe, report), { recipe, format, options }, state, report),

    deviceOf,

    verifyModel: (written, recipe, report, wish) => verifyFiles(written, recipe, state, platform, report, wish),

    exportModel: async (recipe, format, options, report, samples) =>
      exportModel(await candidate(recipe, report), { recipe, format, options }, state, platform, report, samples),

    exportAdaptive: async (wish, report) => (await import('./adaptive-export')).exportAdaptive(engine, state, wish, report),

    sensitivity: (wish, report, give) => sensitivityOf(wish, state, platform, report, give),

    search: (wish, report, give) => searchFor(wish, state, platform, report, give),

    async run(recipe, backend, inputs) {
      const shapes = inputs.map((input) => input.shape);
      const batch = Math.min(EVALUATION_BATCH, Math.max(1, shapes[0]?.[0] ?? 1));
      const model = await preparedModel(state, backend, await candidate(recipe, () => {}), { batch, shapes }, signal);
      return model.run(inputs);
    },

    async dispose() {
      endSession(state.session);
      state.session = undefined;
      for (const backend of [...state.backends.values(), ...state.fileBackends.values()]) (await backend).dispose();
      state.backends.clear();
      state.fileBackends.clear();
    },
  };
  return engine;
}

/** About as many examples as are run together, and no batch of the model left incomplete. */
function wholeBatches(fixed: number): number {
  return fixed * Math.max(1, Math.floor(EVALUATION_BATCH / fixed));
}

/** How examples will come: in batches of this size, in the shapes of the first. */
async function feedOf(examples: Examples): Promise<Feed> {
  const batch = Math.min(EVALUATION_BATCH, examples.count);
  const [first] = [await examples.inputs(0, 1)];
  return { batch, shapes: first.map((input) => input.shape) };
}
