/**
 * A Keras model's topology without the differences between Keras 2, Keras 3 and TensorFlow.js: layers, how they are
 * called, and which tensors go in and out. Config keys are Keras 3's.
 */

/** Which Keras wrote the model: some names mean different functions (`hard_sigmoid`). */
export type Generation = 'keras2' | 'keras3';

/** Output `index` of the call `call` (from 0) of the layer `layer` of the same model. */
export class TensorRef {
  constructor(
    readonly layer: string,
    readonly call: number,
    readonly index: number,
  ) {}
}

/** A constant array among the arguments of a call. */
export class ArrayArgument {
  constructor(
    readonly value: unknown,
    readonly dtype: string,
  ) {}
}

/** A slice among the arguments of a call, as in `x[:, 1:]`. */
export class SliceArgument {
  constructor(
    readonly start: unknown,
    readonly stop: unknown,
    readonly step: unknown,
  ) {}
}

/** `...` among the arguments of a call. */
export const ELLIPSIS = Symbol('ellipsis');

/** Arguments are JSON values in which the classes above may stand. */
export interface Call {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

export interface LayerTopology {
  readonly name: string;
  readonly className: string;
  /** Python module of the class; empty when the file does not say. */
  readonly module: string;
  /** `package>Name` of a registered custom class. */
  readonly registeredName: string | null;
  readonly config: Readonly<Record<string, unknown>>;
  readonly calls: readonly Call[];
  /** The model that this layer is. */
  readonly model: ModelTopology | null;
  /** Layers in the config: of TimeDistributed the one, of Bidirectional forward and backward, of RNN the cells. */
  readonly inner: readonly LayerTopology[];
  /** Equal for one layer object that stands in several places. */
  readonly sharedId: number | null;
}

export interface NamedRef {
  readonly name: string;
  readonly ref: TensorRef;
}

export interface ModelTopology {
  readonly name: string;
  readonly className: string;
  readonly layers: readonly LayerTopology[];
  /** In the order in which Keras flattens them. */
  readonly inputs: readonly NamedRef[];
  readonly outputs: readonly NamedRef[];
}
