/**
 * The one graph that every format is read into, every pass maps, and every format is written from. Plain data: it can
 * be cloned into another worker. Never changed in place; `edit.ts` makes new graphs that share every untouched tensor.
 */
import type { DType, OpAttributes, OpName } from '../ops/signatures';
import type { Quantization } from './quantization';
import type { Shape, Tensor } from './tensor';

export type ValueId = string;

/** A tensor that flows or stands still. */
export interface Value {
  readonly id: ValueId;
  /** Unique among constants: the tensor's name in the source file, e.g. `conv2d/kernel`. */
  readonly name: string;
  readonly dtype: DType;
  /** −1: unknown until run time (the batch, mostly). null: not even the rank is known. */
  readonly shape: Shape | null;
  /** Present: the value is a constant. */
  readonly tensor?: Tensor;
  /**
   * Present on an activation (dtype float32): its numbers stand on this grid. The executor rounds them to it; a TensorFlow
   * Lite file stores and computes them as integers. A constant's grid is its tensor's encoding, never this.
   */
  readonly quantization?: Quantization;
  /**
   * Of a batch-norm's output, kept when it is folded: what each channel's numbers look like, for ranges without data. They
   * are those before the activation that is fused into the node that makes this value.
   */
  readonly statistics?: ChannelStatistics;
}

/** Mean and standard deviation of each channel (last axis) of an activation. */
export interface ChannelStatistics {
  readonly mean: Float32Array;
  readonly deviation: Float32Array;
}

/**
 * The Keras layer that a node came from, so that a model can go home. All nodes that one layer lowers to share the same
 * `path`; `config` is the layer's own, with its source's key names normalised to Keras 3.
 */
export interface LayerSource {
  /** Unique path of the layer: names joined by '/' through nested models. */
  readonly path: string;
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Which call of a shared layer this is, from 0. */
  readonly call: number;
}

export interface NodeOf<O extends OpName> {
  /** Unique. */
  readonly id: string;
  /** What the source file calls it; unique as far as the file allows. */
  readonly name: string;
  readonly op: O;
  /** An absent optional input is null; trailing ones may be left out. */
  readonly inputs: readonly (ValueId | null)[];
  readonly outputs: readonly ValueId[];
  readonly attributes: OpAttributes[O];
  readonly layer?: LayerSource;
}

export type Node = { [O in OpName]: NodeOf<O> }[OpName];

export interface Graph {
  readonly name: string;
  readonly inputs: readonly ValueId[];
  readonly outputs: readonly ValueId[];
  /** Names by which the outputs (and inputs) are known outside, in the same order. */
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** In topological order. */
  readonly nodes: readonly Node[];
  readonly values: Readonly<Record<ValueId, Value>>;
  /** Where it came from, for the summary and for going home. */
  readonly source: GraphSource;
}

export interface GraphSource {
  /** Format id of the catalog, e.g. `keras`. */
  readonly format: string;
  /** Who wrote the file, e.g. `Keras 3.15.1`; empty when unknown. */
  readonly producer: string;
  /** What the file carries for programs that read it, e.g. labels and settings of TensorFlow Lite; goes home untouched. */
  readonly metadata?: readonly { readonly name: string; readonly data: Uint8Array }[];
  /** By what name programs ask for the graph, where the format has one; `serving_default` mostly. */
  readonly signatureKey?: string;
  /** What the model keeps from one run to the next, where its format has variables. */
  readonly states?: readonly StateVariable[];
}

/**
 * A variable: here an input that takes what it holds before a run and an output that gives what it holds after it. A run from
 * the beginning takes the initial value. Formats with variables are given the pair as a variable again.
 */
export interface StateVariable {
  /** Unique. */
  readonly name: string;
  /** Of the graph's `inputNames` and `outputNames`. */
  readonly input: string;
  readonly output: string;
  readonly initial: Tensor;
}
