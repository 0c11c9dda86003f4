/**
 * What an exported module offers. This file stands alone: it is also the module's index.d.ts.
 */

/** Places that a model runs on. The first four are TensorFlow.js's, the others LiteRT's. */
export type BackendName = 'webgpu' | 'webgl' | 'wasm' | 'cpu' | 'litert-webgpu' | 'litert-wasm';

/** TensorFlow.js: the module object or the global `tf`, with the backends that the page has loaded. */
export interface TensorFlowJs {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  findBackend(name: string): unknown;
  findBackendFactory(name: string): unknown;
  // The library's own types are wider than what is used here.
  tensor(values: Float32Array | Int32Array, shape: number[], dtype: 'float32' | 'int32'): TensorLike;
  loadGraphModel(handler: { load(): Promise<unknown> }): Promise<GraphModelLike>;
}

export interface TensorLike {
  data(): Promise<ArrayLike<number>>;
  dispose(): void;
}

export interface GraphModelLike {
  execute(inputs: Record<string, TensorLike>, outputs: string): TensorLike | TensorLike[];
  dispose(): void;
}

/** LiteRT: the module object of @litertjs/core, after its `loadLiteRt` has been awaited. */
export interface LiteRt {
  loadAndCompile(bytes: Uint8Array, options: { accelerator: 'wasm' | 'webgpu' }): Promise<LiteRtModelLike>;
  Tensor: new (data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>, shape: number[]) => LiteRtTensorLike;
}

export interface LiteRtTensorLike {
  data(): Promise<ArrayLike<number>>;
  delete(): void;
}

export interface LiteRtModelLike {
  run(inputs: LiteRtTensorLike[]): Promise<LiteRtTensorLike[]>;
  delete(): void;
  readonly options?: { readonly accelerator?: string };
}

export interface AdaptiveOptions {
  /** The folder that holds manifest.json, as an address; the module's own folder when left out. */
  readonly base?: string | URL;
  readonly tf?: TensorFlowJs;
  readonly litert?: LiteRt;
  /** Backends that may be used; all that the given libraries have when left out. */
  readonly backends?: readonly BackendName[];
  /** Load to be kept: busy time over time. 0.8. */
  readonly targetLoad?: number;
  /** 90 of 100 requests are to be answered within; 250. */
  readonly latencyBudgetMs?: number;
  /** Examples served together at most; 8. */
  readonly maxBatch?: number;
  /** The least share of skippable requests that is answered; 0.1. */
  readonly minimumKeep?: number;
  /** Time between two decisions; 1000. */
  readonly periodMs?: number;
  /** Where the chosen backend is remembered; localStorage when left out, null: nowhere. */
  readonly storage?: Pick<Storage, 'getItem' | 'setItem'> | null;
  /** Called after each decision, and when the backend changes. */
  readonly onChange?: (status: AdaptiveStatus) => void;
}

export interface RequestOptions {
  /** A frame among many: under load it may be answered with null instead. */
  readonly skippable?: boolean;
}

export interface Answer {
  /** The model's output for this example. */
  readonly output: Float32Array;
  /** Which model of the ladder gave it, from 0, the most accurate. */
  readonly rung: number;
  readonly backend: BackendName;
  /** Examples that were served together with it. */
  readonly batch: number;
  /** From the request to the answer. */
  readonly latencyMs: number;
}

export interface AdaptiveStatus {
  readonly backend: BackendName;
  /** Busy time over time in the last period. */
  readonly load: number;
  /** Mean examples of a batch, place on the ladder and share of frames served, as decided. */
  readonly batch: number;
  readonly level: number;
  readonly keep: number;
  readonly queue: number;
  readonly answered: number;
  readonly skipped: number;
  /** Of the last period; null: nothing was answered in it. */
  readonly latencyP50Ms: number | null;
  readonly latencyP90Ms: number | null;
  readonly pressure: 'nominal' | 'fair' | 'serious' | 'critical' | null;
  /** Backends that were tried or used and given up, and why. */
  readonly givenUp: readonly { readonly backend: BackendName; readonly reason: string }[];
}

export interface RungInfo {
  readonly name: string;
  /** Top-1 on the data that it was exported with, 0…1; null: not measured. */
  readonly accuracy: number | null;
  /** Bytes of its files. */
  readonly nbytes: number;
}

export interface AdaptiveModel {
  /** The ladder, from the most accurate to the cheapest. */
  readonly rungs: readonly RungInfo[];
  /** Shape of one example, without the batch. */
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  /** Queues one example, preprocessed as the manifest says. */
  run(input: ArrayLike<number>): Promise<Answer>;
  run(input: ArrayLike<number>, options: RequestOptions): Promise<Answer | null>;
  status(): AdaptiveStatus;
  /** Ends it: what still waits is rejected. */
  close(): void;
}

/** Loads the ladder, finds the fastest correct backend (or the remembered one), and starts serving. */
export type CreateAdaptiveModel = (options: AdaptiveOptions) => Promise<AdaptiveModel>;
