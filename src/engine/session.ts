/** What the engine keeps for one opened model: its graph, data, and results that may be asked for again. */
import type { Dataset } from '../datasets/dataset';
import type { FormatId } from '../formats/format';
import type { Graph } from '../ir/graph';
import { nbytesOf } from '../ir/tensor';
import { createBoundedCache, type BoundedCache } from '../lib/bounded-cache';
import { WhittleError } from '../lib/errors';
import type { SourceFile } from '../lib/source-file';
import type { StepResult } from '../passes/run-recipe';
import type { SizeReport } from '../measure/types';
import type { TrainingResult } from '../training/training';
import type { SensitivityRow } from '../search/types';
import type { FoundCandidate } from './search-types';
import type { TrainingSet } from './training-set';
import type { Backend, FileBackend, LiteRtBackendId, PreparedModel, TfjsBackendId } from '../runtime/backend';

/** Bytes of tensors that step results may hold beyond the original's own. */
const STEP_CACHE_BYTES = 512e6;
/** Models kept ready on a backend: the original, the candidate and the pair before, on TensorFlow.js and on LiteRT. */
const PREPARED_LIMIT = 4;
/** Predictions kept, in examples: hundreds of candidates over 10,000 images. */
const PREDICTION_LIMIT = 4e6;

/** Trainings kept: a recipe has one or two, and each of its controls as many. */
const TRAINED_LIMIT = 4;

/** Size reports kept: four numbers each. */
const SIZE_LIMIT = 10_000;

export interface Session {
  readonly graph: Graph;
  readonly format: FormatId;
  /** The .tflite that was opened; null: another format, whose files no runtime takes as they are. */
  readonly file: SourceFile | null;
  readonly steps: BoundedCache<StepResult>;
  /** Trainings done here, by everything that led to them: hours of work must not go because a step's result had to. */
  readonly trained: BoundedCache<TrainingResult>;
  readonly prepared: BoundedCache<PreparedModel>;
  readonly predictions: BoundedCache<Int32Array>;
  readonly sizes: BoundedCache<SizeReport>;
  /** Sensitivities by the examples they look at and the seed, then by row. */
  readonly sensitivities: Map<string, Map<string, SensitivityRow>>;
  /** What searches measured, by the examples and the format, then by recipe. */
  readonly searches: Map<string, Map<string, FoundCandidate>>;
  /** A smaller model that the person dropped in to be taught. */
  student: { readonly graph: Graph; readonly name: string; readonly number: number } | null;
  /** Counts them, so that what one learned is not taken for another's. */
  studentCount: number;
}

export function createSession(graph: Graph, format: FormatId, main: SourceFile): Session {
  const ownTensors = new Set(Object.values(graph.values).map((value) => value.tensor));
  const newBytes = (result: StepResult): number =>
    Object.values(result.graph.values).reduce(
      (sum, { tensor }) => (tensor && !ownTensors.has(tensor) ? sum + nbytesOf(tensor) : sum),
      0,
    );
  return {
    graph,
    format,
    file: format === 'tflite' ? main : null,
    steps: createBoundedCache(STEP_CACHE_BYTES, newBytes),
    trained: createBoundedCache<TrainingResult>(TRAINED_LIMIT, () => 1),
    prepared: createBoundedCache<PreparedModel>(PREPARED_LIMIT, () => 1, (model) => model.dispose()),
    sizes: createBoundedCache<SizeReport>(SIZE_LIMIT, () => 1),
    predictions: createBoundedCache<Int32Array>(PREDICTION_LIMIT, (classes) => classes.length),
    sensitivities: new Map(),
    searches: new Map(),
    student: null,
    studentCount: 0,
  };
}

export function endSession(session: Session | undefined): void {
  session?.prepared.clear();
}

export interface EngineState {
  session: Session | undefined;
  /** What is measured on: the open data, or what a split leaves of them. */
  dataset: Dataset | undefined;
  /** Counts the choices of it, so that results of one are not taken for another's. */
  datasetNumber: number;
  /** The open data, before any split. */
  whole: Dataset | undefined;
  /** What to learn from, when it is not the part that the open data set aside themselves. */
  training:
    | { readonly kind: 'separate'; readonly dataset: Dataset }
    | { readonly kind: 'split'; readonly dataset: Dataset; readonly indices: Uint32Array }
    | undefined;
  trainingNumber: number;
  /** Worked out when it is first asked for. */
  trainingSet: Promise<TrainingSet | null> | undefined;
  /** Of everything random in passes: the same recipe, data and seed give the same model, everywhere. */
  seed: number;
  readonly backends: Map<TfjsBackendId, Promise<Backend>>;
  readonly fileBackends: Map<LiteRtBackendId, Promise<FileBackend>>;
  /** Milliseconds of operators, by the backend, then by operator. */
  readonly opTimes: Map<string, Map<string, number>>;
}

/** The same recipe and data give the same model, everywhere, unless another seed is asked for. */
const DEFAULT_SEED = 1;

export function emptyState(): EngineState {
  const data = { dataset: undefined, datasetNumber: 0, whole: undefined, training: undefined, trainingNumber: 0, trainingSet: undefined };
  return { session: undefined, ...data, seed: DEFAULT_SEED, backends: new Map(), fileBackends: new Map(), opTimes: new Map() };
}

/** A model opened later has no data. */
export function forgetData(state: EngineState): void {
  state.dataset = undefined;
  state.whole = undefined;
  state.training = undefined;
  state.trainingSet = undefined;
}

export function requireSession(state: EngineState): Session {
  if (!state.session) throw new WhittleError('DataError', 'No model is open. Open a model first.');
  return state.session;
}
