/** A graph as Keras layers: what the three writers are given. */
import type { Tensor } from '../../ir/tensor';
import type { DType } from '../../ops/signatures';
import type { ModelTopology, TensorRef } from '../keras-layers/topology';

export interface ExportWeight {
  /** The weight's name below its layer, such as `kernel` or `forward/kernel`. */
  readonly role: string;
  readonly tensor: Tensor;
}

export interface ExportModel {
  /** A Functional model without models inside; layers in Keras's own order. */
  readonly topology: ModelTopology;
  /** By layer name (`name/inner` for what a wrapper holds), in save order. */
  readonly weights: ReadonlyMap<string, readonly ExportWeight[]>;
  /** What every output of every call is. */
  readonly describe: (ref: TensorRef) => { readonly shape: readonly number[] | null; readonly dtype: DType };
}
