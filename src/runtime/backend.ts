/** One interface over everything that executes a graph. */
import type { Graph } from '../ir/graph';
import type { Shape } from '../ir/tensor';
import type { DType } from '../ops/signatures';

/** TensorFlow.js: executes graphs. */
export type TfjsBackendId = 'webgpu' | 'webgl' | 'wasm' | 'cpu';
/** LiteRT: runs the bytes of a .tflite file. */
export type LiteRtBackendId = 'litert-wasm' | 'litert-webgpu' | 'litert-webnn';
export type BackendId = TfjsBackendId | LiteRtBackendId;

/** What the page shows of a backend: that it exists and what it runs on, or why it is missing. Plain data. */
export interface BackendInfo {
  readonly id: BackendId;
  readonly available: boolean;
  /** The adapter or processor, e.g. `Apple M2`; empty when missing. */
  readonly adapter: string;
  /** A software adapter: correct, and too slow to judge a GPU by. */
  readonly software: boolean;
  /** Why it is missing and what to do; empty when available. */
  readonly reason: string;
  /** The WebGPU device can time its own passes. */
  readonly timestamps: boolean;
}

/** Numbers that enter or leave a graph. `data` length is the product of `shape`. */
export interface Batch {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/** A graph made ready on one backend: weights decoded and uploaded once. */
export interface PreparedModel {
  /**
   * Runs the graph. Inputs in the graph's order, with all dimensions known; outputs in the graph's order. Float inputs
   * given to an int32 input are refused with a DataError, and so is a shape that does not fit.
   * Throws a BackendError when the device was lost or reported an error (WebGPU validation errors surface here).
   */
  run(inputs: readonly Batch[]): Promise<Batch[]>;
  /** As `run`, also giving the named inner values. For calibration, fidelity layer by layer, and tests. */
  runWith(inputs: readonly Batch[], valueIds: readonly string[]): Promise<{ outputs: Batch[]; values: Map<string, Batch> }>;
  /**
   * For latency: uploads the inputs once; each call of `step` executes, waits for the result and reads it back.
   * `dispose` frees the inputs.
   */
  stepper(inputs: readonly Batch[]): Promise<{ step(): Promise<Batch[]>; dispose(): void }>;
  /** Bytes of weights on the device. */
  readonly nbytes: number;
  dispose(): void;
}

/** What a file's border is called and counts in: of the graph that the file holds. */
export type Borders = Pick<Graph, 'inputs' | 'outputs' | 'inputNames' | 'outputNames' | 'values'>;

/**
 * Runs .tflite files. `prepare` takes the very bytes, and the graph that they hold for the names, order and grids of its
 * inputs and outputs, which the runtime does not tell. The file has a fixed batch, and every run gives exactly that many
 * examples. Batches hold real numbers: uint8 inputs and outputs are converted by their grids. Inner values cannot be read:
 * `runWith` refuses any.
 */
export interface FileBackend {
  readonly info: BackendInfo;
  prepare(bytes: Uint8Array, borders: Borders): Promise<PreparedModel>;
  /** Tensors alive on the backend; a test counts them. */
  tensorCount(): number;
  dispose(): void;
}

export interface Backend {
  readonly info: BackendInfo;
  prepare(graph: Graph): Promise<PreparedModel>;
  /** Tensors alive on the backend; a test counts them. */
  tensorCount(): number;
  dispose(): void;
}
