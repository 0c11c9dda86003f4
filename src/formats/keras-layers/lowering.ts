/** What lowering a layer means: its weights by role, and the nodes that one call of it becomes. */
import type { LayerSource } from '../../ir/graph';
import type { Tensor } from '../../ir/tensor';
import { isObject } from '../json';
import type { ConfigOwner } from './config';
import { malformed } from './config';
import type { Flow, GraphBuilder } from './graph-builder';
import type { Generation, LayerTopology } from './topology';

export interface LayerCall extends ConfigOwner {
  readonly layer: LayerTopology;
  readonly source: LayerSource;
  readonly generation: Generation;
  /** Tensors of the first argument, flattened. */
  readonly inputs: readonly Flow[];
  /** All arguments, with flows in place of references. */
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** In save order. */
  readonly weights: readonly Tensor[];
  /** Lowers a layer that this one wraps, on other inputs; `name` is its name below this layer's path. */
  readonly lowerInner: (inner: LayerTopology, inputs: readonly Flow[]) => Flow[];
}

export interface LayerFamily {
  /** Names of the weights in save order. */
  readonly weights?: (owner: ConfigOwner, layer: LayerTopology) => readonly string[];
  readonly lower: (call: LayerCall, builder: GraphBuilder) => Flow[];
}

export type FamilyTable = Readonly<Record<string, LayerFamily>>;

/** The only tensor of the first argument. */
export function inputOf(call: LayerCall): Flow {
  return call.inputs.length === 1 ? call.inputs[0]! : malformed(call, `takes one tensor and is given ${call.inputs.length}.`);
}

/** The rank of a tensor; layers cannot be lowered without it. */
export function rankOf(call: ConfigOwner, flow: Flow): number {
  return flow.shape?.length ?? malformed(call, 'has an input whose rank the file does not tell.');
}

/** The shape of a tensor, with −1 for unknown sizes. */
export function shapeOf(call: ConfigOwner, flow: Flow): readonly number[] {
  return flow.shape ?? malformed(call, 'has an input whose rank the file does not tell.');
}

/** The size of a dimension that must be known. */
export function sizeAt(call: ConfigOwner, flow: Flow, axis: number): number {
  const shape = shapeOf(call, flow);
  const size = shape.at(axis) ?? -1;
  return size >= 0 ? size : malformed(call, `needs the size of axis ${axis} of its input [${shape.join(', ')}], which is unknown.`);
}

/** Axes from the front. */
export function positiveAxis(call: ConfigOwner, axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  return positive >= 0 && positive < rank ? positive : malformed(call, `has the axis ${axis} for an input of rank ${rank}.`);
}

/** The weight at `index` of the save order, as a constant `<path>/<role>`, in another shape of the same data when given. */
export function weightOf(call: LayerCall, builder: GraphBuilder, index: number, role: string, shape?: readonly number[]): Flow {
  const tensor = call.weights[index] ?? malformed(call, `has no weight "${role}" in the file.`);
  return builder.constant(`${call.path}/${role}`, shape ? reshaped(call, tensor, shape) : tensor);
}

/** The same data in another shape. Encodings with an axis do not occur in Keras files. */
export function reshaped(call: ConfigOwner, tensor: Tensor, shape: readonly number[]): Tensor {
  const count = (sizes: readonly number[]): number => sizes.reduce((product, size) => product * size, 1);
  if (count(shape) !== count(tensor.shape)) {
    return malformed(call, `has a weight of shape [${tensor.shape.join(', ')}] where [${shape.join(', ')}] was expected.`);
  }
  return { ...tensor, shape };
}

/** The results with the mask of the input, as layers that support masking pass it on. */
export function withMask(flow: Flow, mask: Flow['mask']): Flow {
  return mask === flow.mask ? flow : { ...flow, mask };
}

/** Computes a mask once, when it is first asked for. */
export function lazily(make: () => Flow): () => Flow {
  let made: Flow | undefined;
  return () => (made ??= make());
}

/** True for a tensor among arguments. */
export function isFlow(value: unknown): value is Flow {
  return typeof value === 'object' && value !== null && 'id' in value && 'mask' in value && 'dtype' in value;
}

/** The tensors in a structure of arguments, in Keras's order: lists in order, dictionaries by sorted key. */
export function flowsIn(value: unknown): Flow[] {
  if (isFlow(value)) return [value];
  if (Array.isArray(value)) return value.flatMap(flowsIn);
  if (isObject(value)) return Object.keys(value).sort().flatMap((key) => flowsIn(value[key]));
  return [];
}

/** The mask of the first input: given as an argument (Keras 3 writes masks out), or travelling with the tensor. */
export function maskOf(call: LayerCall): Flow['mask'] {
  const given = flowsIn(call.kwargs.mask)[0];
  return given ? () => given : (call.inputs[0]?.mask ?? null);
}
