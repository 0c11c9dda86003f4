/**
 * What training is asked for and what it gives: plain data, so that a pass can ask without knowing TensorFlow.js and a
 * request can cross into another worker. `fit.ts` does the work.
 *
 * A graph is trained as it stands: every float constant that is a weight, a bias or a scale of normalization moves, and batch
 * norm keeps moving statistics; activations are put on their grids (`Value.quantization`), which stand still. How the numbers that the graph computes with come from the trained (latent) numbers is said
 * by constraints, one after another: latent → mask → palette → affine → effective. Whatever an earlier pass made of a constant
 * is one more constraint (`keptConstraints` of `passes/recover.ts`), so that prune → cluster → quantize keeps what came before.
 */
import type { Graph, ValueId } from '../ir/graph';
import type { Batch, TfjsBackendId } from '../runtime/backend';

/** Which units a mask removes together; axes as in `passes/weight-sites.ts`. */
export type MaskPattern =
  | { readonly kind: 'unstructured' }
  /** Of every `m` neighbours along `axis` the `n` largest stay. */
  | { readonly kind: 'n-m'; readonly n: number; readonly m: number; readonly axis: number }
  /** Tiles of the matrix [all the rest, output channels]. */
  | { readonly kind: 'block'; readonly rows: number; readonly columns: number; readonly inputAxis: number; readonly outputAxis: number };

/**
 * Zeros that grow (Zhu and Gupta 2017, arXiv 1710.01878): S(t) = S_f + (S_i − S_f)(1 − (t − t₀)/(t₁ − t₀))³, the mask made
 * anew every `everySteps` steps from |latent|. `from` and `to` are shares of all steps.
 */
export interface MaskConstraint {
  readonly kind: 'mask';
  readonly pattern: MaskPattern;
  readonly initialSparsity: number;
  readonly finalSparsity: number;
  readonly from: number;
  readonly to: number;
  readonly everySteps: number;
  /** Masks with the same name are ranked against each other and share one target; null: each tensor for itself. */
  readonly group: string | null;
  /** How weights of one group are compared. */
  readonly ranking: 'magnitude' | 'lamp';
}

/** What is zero in the graph stays exactly zero. */
export interface KeepZerosConstraint {
  readonly kind: 'keep-zeros';
}

/**
 * Each number is its nearest entry of a codebook (one, or one for each index of `axis`). The gradient goes straight through to
 * the latent numbers, and summed over its members to every entry. `codebook` is where it starts; a palette in the graph keeps its own.
 * With `keepZeros` one entry is pinned to zero and exactly the zeros of what comes before use it.
 */
export interface PaletteConstraint {
  readonly kind: 'palette';
  readonly bits: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;
  readonly axis: number | null;
  readonly codebook: Float32Array;
  readonly codebookStorage: 'float32' | 'float16';
  readonly keepZeros: boolean;
}

/**
 * Fake quantization with the straight-through gradient (Jacob et al. 2018, arXiv 1712.05877). 'last-value': the scale follows the
 * largest |number| at every step; 'learned': LSQ (Esser et al. 2020, arXiv 1902.08153), starting at `scale`; 'fixed': `scale` stays.
 */
export interface AffineConstraint {
  readonly kind: 'affine';
  readonly bits: 2 | 4 | 8 | 16;
  /** Levels −(2^(b−1) − 1) … 2^(b−1) − 1 about zero; false: levels 0 … 2^b − 1, `zeroPoint` being one of them. */
  readonly symmetric: boolean;
  readonly axis: number | null;
  readonly blockSize: number | null;
  readonly range: 'last-value' | 'learned' | 'fixed';
  /** Laid out as in `AffineEncoding`; null with 'last-value' only. */
  readonly scale: Float32Array | null;
  readonly zeroPoint: Float64Array | null;
}

export type Constraint = MaskConstraint | KeepZerosConstraint | PaletteConstraint | AffineConstraint;

/** loss = α · loss(labels) + (1 − α) · T² · KL(softmax(teacher/T) ‖ softmax(student/T)) + Σ w · mean((student's − teacher's inner value)²). */
export interface Objective {
  /** α: 1 leaves the teacher's answers out, 0 the labels (data without labels). */
  readonly labelWeight: number;
  /** T of the soft targets (Hinton et al. 2015, arXiv 1503.02531). */
  readonly temperature: number;
  /** Pairs of inner values to match (FitNets, Romero et al. 2015, arXiv 1412.6550); a trained 1×1 projection where widths differ, which is thrown away. */
  readonly hints: readonly { readonly student: ValueId; readonly teacher: ValueId; readonly weight: number }[];
  readonly labelSmoothing: number;
}

export interface TrainingSettings {
  readonly epochs: number;
  /** Of the first step after warming up. */
  readonly learningRate: number;
  readonly optimizer: 'adam' | 'sgd';
  readonly schedule: 'cosine' | 'step' | 'constant';
  readonly batch: number;
  /** Decoupled (AdamW), kernels only. */
  readonly weightDecay: number;
  readonly augmentation: 'none' | 'shift' | 'shift-flip';
  /** Dropout as the model's own layers say; false: none. */
  readonly dropout: boolean;
  /** Share of the training data held out to pick the best epoch; 0: the last epoch is the result. */
  readonly heldOut: number;
  /** Epochs without gain on the held-out part after which training ends; 0: never. */
  readonly patience: number;
  readonly seed: number;
}

export interface TrainingRequest {
  readonly graph: Graph;
  /** By value id of a constant. Absent: the effective numbers are the trained ones. */
  readonly constraints: Readonly<Record<ValueId, readonly Constraint[]>>;
  /** Constants that stand still. */
  readonly frozen: readonly ValueId[];
  /** Same inputs and same outputs as the graph; null: labels only. */
  readonly teacher: Graph | null;
  readonly objective: Objective;
  readonly settings: TrainingSettings;
}

/** One point of the live curves. */
export interface TrainingPoint {
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  /** Mean since the point before. */
  readonly loss: number;
  /** On the held-out part, once an epoch; null between, and without labels. */
  readonly heldOutAccuracy: number | null;
  readonly heldOutLoss: number | null;
  readonly learningRate: number;
  readonly elapsedMs: number;
  readonly msLeft: number;
  readonly backend: TfjsBackendId;
}

export interface TrainingResult {
  /**
   * The request's graph with the trained constants, each encoded by its last constraint (mask and keep-zeros: dense with exact zeros;
   * palette; affine), and batch norm's statistics.
   */
  readonly graph: Graph;
  readonly history: readonly TrainingPoint[];
  /**
   * Epoch that the result is from, counted from 1. Never the start: a model knows the examples it was trained on before, the held-out ones
   * among them, and would beat every epoch that learned without them.
   */
  readonly bestEpoch: number;
  /** Share of the held-out examples that the model got right before training; null: nothing held out, no classes, or masks change it. */
  readonly accuracyBefore: number | null;
  /** The same of the result. */
  readonly accuracyAfter: number | null;
  /** 'diverged': the loss was no number any more, after an epoch that is the result. */
  readonly endedBy: 'end' | 'early-stopping' | 'person' | 'diverged';
  readonly backend: TfjsBackendId;
  readonly elapsedMs: number;
  /** Why the last checkpoint is not where it should be; absent: it is, or none was to be kept. */
  readonly checkpointProblem?: string;
}

/** Examples to learn from, preprocessed as the model wants them. */
export interface TrainingData {
  readonly count: number;
  readonly classCount: number;
  readonly labelled: boolean;
  /** Names the data and how they are fed: checkpoints hang on it. */
  readonly key: string;
  /** Examples of these indices, stacked in this order; labels are null where there are none. */
  read(indices: Uint32Array): Promise<{ readonly inputs: readonly Batch[]; readonly labels: Int32Array | null }>;
}

/** What a pass asks. Throws CancelledError, DataError, UnsupportedError (naming the node that cannot be trained), BackendError. */
export interface Trainer {
  readonly count: number;
  readonly labelled: boolean;
  train(request: TrainingRequest): Promise<TrainingResult>;
}

/** The person's hand on a running training; asked between steps. */
export interface TrainingControls {
  readonly signal?: AbortSignal;
  /** Resolves at once unless training is paused. */
  whileResumed(): Promise<void>;
  /** True once the person wants the best so far. */
  wantsToFinish(): boolean;
}

/** Where a training is kept against a reload: the page's private file system, a folder, or memory. */
export interface CheckpointStore {
  load(key: string): Promise<Uint8Array | null>;
  save(key: string, bytes: Uint8Array): Promise<void>;
  remove(key: string): Promise<void>;
}
