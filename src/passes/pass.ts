/**
 * The contract of a compression pass, and the recipe that strings passes together. A pass maps a graph to a new graph;
 * it never changes its input, and it says in a diagnostic why it left a tensor alone. `run-recipe.ts` is the runner.
 */
import type { Diagnostic } from '../lib/diagnostics';
import type { ReportProgress } from '../lib/progress';
import type { Graph, ValueId } from '../ir/graph';
import type { Batch, PreparedModel } from '../runtime/backend';
import type { OptionsRecord, OptionValue, OptionValues } from '../options/options';
import type { Trainer } from '../training/training';

export type PassId =
  | 'fold-batch-norm'
  | 'clean-up'
  | 'factorize'
  | 'prune-channels'
  | 'prune-magnitude'
  | 'cluster-weights'
  | 'quantize-weights'
  | 'equalize-layers'
  | 'quantize-integer'
  | 'adaround'
  | 'correct-bias'
  | 'fine-tune'
  | 'distil';

/** What a pass is, as data: drawn by the page, printed by the command line, checked in recipes. */
export interface PassMeta<R extends OptionsRecord = OptionsRecord> {
  readonly id: PassId;
  readonly label: string;
  /** One sentence: what it does, what it costs, on which runtime it helps. */
  readonly summary: string;
  readonly options: R;
  /** What it must be given besides the graph. */
  readonly needs: 'nothing' | 'calibration' | 'labels';
  /** The model computes the same function afterwards, but for rounding: what comes before the first other pass is the reference. */
  readonly exact: boolean;
  /** Chooses tensors by weight, so that per-layer rules and `keep` make sense. */
  readonly perLayer: boolean;
}

/** What a pass is handed. It imports no runtime: whatever it must execute comes in here. */
export interface PassContext {
  readonly report: ReportProgress;
  readonly signal?: AbortSignal;
  /** Computes a graph that has no inputs, on the reference backend, and gives its outputs. For constant folding. */
  execute(graph: Graph): Promise<readonly Batch[]>;
  /** Makes a graph ready on the reference backend, to be run on examples. The pass disposes it. */
  prepare(graph: Graph): Promise<PreparedModel>;
  /** The person's data as the model wants them, without labels; null: none were given. */
  readonly examples: CalibrationExamples | null;
  /** Trains graphs on the person's training data; null: no data were given to learn from. */
  readonly trainer: Trainer | null;
  /** Null: nobody works out gradients here. */
  readonly gradients: AnswerGradients | null;
  /** A smaller model that the person dropped in to be taught; null: none. */
  readonly student: Graph | null;
  /** What the numbers should be: the graph after the recipe's leading exact passes, or after the last step that trained, and exact passes behind it. */
  readonly reference: Graph;
  /** The graph after the recipe’s leading exact passes: the model as it was given, which teaches what recovers. */
  readonly teacher: Graph;
  /** Seed of everything random. */
  readonly seed: number;
  /**
   * The options that hold for a node, after the rules; null: keep this layer as it is. The plain `options` argument
   * holds for questions that concern the whole graph.
   */
  optionsFor(nodeName: string, op: string): Readonly<Record<string, OptionValue>> | null;
}

/**
 * Gradients of the model's own answers by the id of each constant, a batch of examples after the other, on the reference backend
 * (`training/answer-gradients.ts`). Absent constants have none.
 */
export type AnswerGradients = (graph: Graph, examples: CalibrationExamples, run: { readonly count: number; readonly batch: number }) => AsyncIterable<ReadonlyMap<ValueId, Float32Array>>;

/** Examples to calibrate on, in the person's order, preprocessed. */
export interface CalibrationExamples {
  readonly count: number;
  /** The graph's inputs for examples `start` to `start + count`; fewer at the end. */
  inputs(start: number, count: number): Promise<readonly Batch[]>;
}

export interface PassResult {
  readonly graph: Graph;
  /** True exactly when the graph differs from the input. */
  readonly modified: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

export interface Pass<R extends OptionsRecord = OptionsRecord> {
  readonly meta: PassMeta<R>;
  run(graph: Graph, options: OptionValues<R>, context: PassContext): Promise<PassResult>;
}

/**
 * One rule for the layers it matches: `match` is a layer or node name with `*` for any run of characters, or `op:conv2d`.
 * A later matching rule wins over an earlier one, option by option; `keep` leaves the layer as it is.
 */
export interface Rule {
  readonly match: string;
  readonly keep?: boolean;
  readonly options?: Readonly<Record<string, OptionValue>>;
}

export interface RecipeStep {
  readonly pass: PassId;
  readonly options: Readonly<Record<string, OptionValue>>;
  readonly rules: readonly Rule[];
  /** Absent: on. A step switched off stays in the recipe and does nothing. */
  readonly enabled?: boolean;
}

/** The file that a person saves, the hash of a link, the command line's input, metadata in the exported model. */
export interface Recipe {
  readonly version: 1;
  readonly steps: readonly RecipeStep[];
  /** How the data are fed to the model, when the person changed it. */
  readonly preprocessing?: Preprocessing;
}

/**
 * x → (resized x · scale − mean) / std, channel by channel. `scale` 1/255 maps bytes to 0…1. An empty mean or std
 * is left out; one entry holds for all channels.
 */
export interface Preprocessing {
  readonly scale: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** null: as the model's input says. */
  readonly size: readonly [number, number] | null;
  /** 'rgb' | 'bgr' | 'grey'; null: as the model's input says. */
  readonly channels: 'rgb' | 'bgr' | 'grey' | null;
}
