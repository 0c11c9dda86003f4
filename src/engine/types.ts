/**
 * The façade that the page, the command line and the tests use. The model lives on the engine's side; callers hold ids
 * and plain summaries. Every long method takes a progress callback as an argument of its own (Comlink proxies only
 * those). Cancelling from the page ends the worker; in Node the signal given to `createEngine` cancels.
 */
import type { Diagnostic } from '../lib/diagnostics';
import type { ReportProgress } from '../lib/progress';
import type { SourceFile } from '../lib/source-file';
import type { DatasetSummary } from '../datasets/dataset';
import type { FormatId, WrittenFile } from '../formats/format';
import type { ArenaEstimate } from '../formats/tflite/arena';
import type { EnergyProfile } from '../measure/energy-profiles';
import type { RuntimeSupport } from '../measure/runtime-support';
import type { ComparisonReport, CostReport, EnergyReport, FidelityReport, LatencyReport, SizeReport } from '../measure/types';
import type { OptionValue } from '../options/options';
import type { Preprocessing, Recipe } from '../passes/pass';
import type { Batch, BackendId, BackendInfo } from '../runtime/backend';
import type { SensitivityRow } from '../search/types';
import type { GraphView } from './graph-view-types';
import type { FoundCandidate, SearchResult, SearchWish, SensitivityResult, SensitivityWish } from './search-types';

export interface PortSummary {
  readonly name: string;
  readonly dtype: string;
  /** −1: free (the batch). */
  readonly shape: readonly number[];
  /** An input that holds a state and has a value to start with. States come last. */
  readonly isState?: true;
}

/** First facts of an opened model, within a second of the drop. */
export interface ModelSummary {
  readonly name: string;
  readonly format: FormatId;
  readonly formatLabel: string;
  readonly producer: string;
  /** Bytes of the files that were dropped. */
  readonly fileBytes: number;
  readonly inputs: readonly PortSummary[];
  readonly outputs: readonly PortSummary[];
  readonly cost: CostReport;
  readonly diagnostics: readonly Diagnostic[];
  /** The recipe inside the file, when Whittle made it. */
  readonly recipe: Recipe | null;
  /** Formats it can leave in: true, or the reason why not. */
  readonly exports: Readonly<Record<FormatId, true | string>>;
  readonly suggestedPreprocessing: Preprocessing;
  /** null: opened from something else than a .tflite. */
  readonly device: DeviceReport | null;
}

/** A data set, and how to feed it to the session's model unless the person says otherwise. */
export interface OpenedDataset extends DatasetSummary {
  readonly suggestedPreprocessing: Preprocessing;
}

/** Result of a recipe: everything that is known without running the model. */
export interface CandidateSummary {
  /** The recipe that made it, as applied. Candidates are found again by their recipe. */
  readonly recipe: Recipe;
  readonly cost: CostReport;
  readonly diagnostics: readonly Diagnostic[];
  readonly elapsedMs: number;
  /** Steps answered from the cache. */
  readonly cachedSteps: number;
}

/** Energy of one inference on a kind of device, estimated, before and after a recipe. */
export interface EnergyEstimate {
  readonly profile: EnergyProfile;
  readonly original: EnergyReport;
  readonly candidate: EnergyReport;
}

/** What there is to learn from. None of it is measured on. */
export interface TrainingSummary {
  readonly name: string;
  readonly count: number;
  readonly hasLabels: boolean;
  /** 'own': the open data set it aside themselves; 'split': a share of them; 'separate': data of their own. */
  readonly origin: 'own' | 'split' | 'separate';
  /** Examples that are also among the measured ones, and therefore left out. */
  readonly leftOut: number;
  /** Whether that was looked for, number by number: not with pictures, and not with very large data. */
  readonly isCompared: boolean;
}

/** What a student is, as far as the page shows it. */
export interface StudentSummary {
  readonly name: string;
  readonly parameters: number;
}

export interface ExportVerification {
  /** The exported files were re-opened by Whittle's reader and run on this backend. */
  readonly backend: BackendId;
  readonly samples: number;
  /** Largest |difference| between outputs of the candidate and of the re-opened files. */
  readonly largestDifference: number;
  /** Share of samples with the same argmax. */
  readonly agreement: number | null;
  /** Also loaded and run by TensorFlow.js's own loader: its largest difference; null where the format is not TF.js. */
  readonly referenceDifference: number | null;
  /** The bytes of a .tflite run by LiteRT; null: another format, or LiteRT cannot run here and `litertReason` says why. */
  readonly litert: LiteRtVerification | null;
  readonly litertReason: string;
}

/** LiteRT's answers against those of the candidate as Whittle computes it, integers included. */
export interface LiteRtVerification {
  readonly samples: number;
  /** Share of samples with the same argmax; null: the output is no classification. */
  readonly agreement: number | null;
  readonly largestDifference: number;
  /** LiteRT in JavaScript does not take the very bytes: the same model ran with another border or batch, as `twinReason` says. */
  readonly twin: boolean;
  readonly twinReason: string;
}

/** Of a .tflite, from its bytes alone. */
export interface DeviceReport {
  /** Working memory on a microcontroller. */
  readonly arena: ArenaEstimate;
  /** Microcontrollers, Coral, GPUs: which of the operators they take. */
  readonly runtimes: readonly RuntimeSupport[];
}

export interface ExportResult {
  readonly files: readonly WrittenFile[];
  readonly size: SizeReport;
  readonly diagnostics: readonly Diagnostic[];
  readonly verification: ExportVerification;
  /** null: no .tflite. */
  readonly device: DeviceReport | null;
}

export interface EngineApi {
  /** Which backends exist here, and the clock's resolution. */
  backends(): Promise<readonly BackendInfo[]>;
  clockStepMs(): Promise<number>;

  /** Opens what was dropped and makes it the session's model. A dropped recipe alone is an error that says so: use `readRecipe`. */
  open(files: readonly SourceFile[], report: ReportProgress): Promise<ModelSummary>;

  /** Applies a recipe to the session's model; cached by prefix. */
  apply(recipe: Recipe, report: ReportProgress): Promise<CandidateSummary>;

  /** An instant guess of the exported size (raw, gzip) of a recipe, from entropies; marked ≈ until measured. */
  estimateSize(recipe: Recipe, format: FormatId): Promise<{ readonly raw: number; readonly gzip: number }>;

  /** Energy of one inference on every known kind of device, before and after a recipe; nothing is run. */
  estimateEnergy(recipe: Recipe): Promise<readonly EnergyEstimate[]>;

  /** The graph that a recipe leaves, as a page draws it, and which channels go together; the empty recipe gives the original's. */
  describeGraph(recipe: Recipe, report: ReportProgress): Promise<GraphView>;

  /** Exact bytes of the export of a recipe's result in a format. */
  measureSize(
    recipe: Recipe,
    format: FormatId,
    options: Readonly<Record<string, OptionValue>>,
    report: ReportProgress,
  ): Promise<SizeReport>;

  /** Opens data for the session's model; a model opened later has none. */
  openDataset(files: readonly SourceFile[], report: ReportProgress): Promise<OpenedDataset>;

  /**
   * Data to learn from, beside those that are measured on. Their training part where they name one; examples that are measured on too are
   * left out. Replaces a split.
   */
  openTrainingData(files: readonly SourceFile[], report: ReportProgress): Promise<TrainingSummary>;

  /** Sets a share of the open data aside to learn from: everything is measured on the rest from now on. 0 undoes it. Gives what is measured on. */
  splitDataset(share: number): Promise<OpenedDataset>;

  /** What recipes that train learn from; null: nothing. The first call after a change looks for examples that are measured on too. */
  trainingData(): Promise<TrainingSummary | null>;

  /** A smaller model to be taught; null takes it away. Its inputs and outputs must be the session model's. */
  openStudent(files: readonly SourceFile[] | null, report: ReportProgress): Promise<StudentSummary | null>;

  /** `apply`, and the recipe's trainings run. In the page nothing else starts one: whatever needs one that is not done throws an UntrainedError. */
  train(recipe: Recipe, report: ReportProgress): Promise<CandidateSummary>;

  /** Accuracy against the original on labelled data; `limit` examples at most. */
  compareAccuracy(recipe: Recipe, backend: BackendId, limit: number, report: ReportProgress): Promise<ComparisonReport>;

  /** Accuracy of two recipes' results on the same examples: `before` stands where the original stands in `compareAccuracy`. */
  compareRecipes(before: Recipe, after: Recipe, backend: BackendId, limit: number, report: ReportProgress): Promise<ComparisonReport>;

  /** Without labels: fidelity on the data set, or on seeded random inputs when there is none. */
  measureFidelity(recipe: Recipe, backend: BackendId, limit: number, report: ReportProgress): Promise<FidelityReport>;

  /** Latency of original and candidate, interleaved, on one backend. */
  measureLatency(recipe: Recipe, backend: BackendId, batch: number, report: ReportProgress): Promise<LatencyReport>;

  /** What each layer alone costs at several strengths of several passes; rows come one by one, and those of an earlier call first. */
  sensitivity(wish: SensitivityWish, report: ReportProgress, give: (row: SensitivityRow) => void): Promise<SensitivityResult>;

  /** Looks for the recipe that meets the goals; every candidate is measured for real and given. Needs examples set aside to learn from. */
  search(wish: SearchWish, report: ReportProgress, give: (candidate: FoundCandidate) => void): Promise<SearchResult>;

  /** Writes, re-opens, re-runs on at most `samples` examples. Throws an ExportError when the format cannot hold it. */
  exportModel(
    recipe: Recipe,
    format: FormatId,
    options: Readonly<Record<string, OptionValue>>,
    report: ReportProgress,
    samples?: number,
  ): Promise<ExportResult>;

  /** Runs the session's model (after a recipe) on given inputs. */
  run(recipe: Recipe, backend: BackendId, inputs: readonly Batch[]): Promise<readonly Batch[]>;

  dispose(): Promise<void>;
}
