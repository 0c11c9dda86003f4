/**
 * The graph without some channels: every weight loses the indices of its axes, every operator that names sizes along them gets
 * the new ones, and the shapes of all values are worked out again. They must then agree with the channels that were left,
 * which holds every rule to what it says.
 */
import { dropUnusedValues } from '../../ir/edit';
import type { Graph, Node, Value, ValueId } from '../../ir/graph';
import { int32Tensor, type Encoding, type Tensor } from '../../ir/tensor';
import { WhittleError } from '../../lib/errors';
import { inferShapes } from '../../ops/infer-shapes';
import type { Labels } from './atoms';
import { resizeLayers } from './resize-layers';
import { resizeNode } from './resize-node';
import type { AxisLabels, Tracer } from './tracer';

/** Which indices of an axis stay; null: all. */
export type Kept = Int32Array | null;

export interface Removal {
  readonly tracer: Tracer;
  keptOf(labels: Labels | null | undefined): Kept;
  /** A constant of whole numbers, beside those of the graph. */
  addIntegers(name: string, numbers: readonly number[]): ValueId;
}

/** `removed` holds roots of atoms. */
export function removeChannels(tracer: Tracer, removed: ReadonlySet<number>): Graph {
  if (removed.size === 0) return tracer.graph;
  const { graph } = tracer;
  const keptOf = (labels: Labels | null | undefined): Kept => keptIndices(tracer, removed, labels);
  const values: Record<ValueId, Value> = {};
  const addIntegers = (name: string, numbers: readonly number[]): ValueId => {
    const tensor = int32Tensor([numbers.length], numbers);
    values[name] = { id: name, name, dtype: 'int32', shape: tensor.shape, tensor };
    return name;
  };
  const removal: Removal = { tracer, keptOf, addIntegers };
  for (const value of Object.values(graph.values)) {
    const kept = tracer.labelsOf(value.id).map(keptOf);
    values[value.id] = kept.every((axis) => axis === null) ? value : resizeValue(value, kept);
  }
  const nodes = graph.nodes.map((node) => resizeNode(removal, node));
  const resized = resizeLayers(inferShapes(dropUnusedValues({ ...graph, nodes, values })));
  for (const node of graph.nodes) for (const id of node.outputs) checkValue(removal, resized, node, id);
  return resized;
}

/** Which indices of an axis stay when these roots go. */
export function keptIndices({ atoms }: Pick<Tracer, 'atoms'>, removed: ReadonlySet<number>, labels: Labels | null | undefined): Kept {
  if (!labels) return null;
  const kept = Int32Array.from(labels.keys()).filter((i) => !removed.has(atoms.rootOf(labels[i]!)));
  return kept.length === labels.length ? null : kept;
}

/** The numbers of a tensor at some indices of each axis, in their encoding; scales and codebooks of an axis go with it. */
function selectIndices(tensor: Tensor, kept: readonly Kept[]): Tensor {
  let selected = tensor;
  kept.forEach((indices, axis) => {
    if (indices) selected = { ...selected, shape: selected.shape.with(axis, indices.length), encoding: selectEncoding(selected, axis, indices) };
  });
  return selected;
}

function selectEncoding({ shape, encoding }: Tensor, axis: number, indices: Int32Array): Encoding {
  switch (encoding.kind) {
    case 'dense':
      if (encoding.storage === 'string') throw new WhittleError('GraphError', 'A string tensor has no channels.');
      return { ...encoding, data: selectNumbers(encoding.data, shape, axis, indices) } as Encoding;
    case 'affine': {
      const values = selectNumbers(encoding.values, shape, axis, indices);
      if (encoding.axis !== axis) return { ...encoding, values };
      const [scale, zeroPoint] = [Float32Array.from(indices, (i) => encoding.scale[i]!), Float64Array.from(indices, (i) => encoding.zeroPoint[i]!)];
      return { ...encoding, values, scale, zeroPoint };
    }
    case 'palette': {
      const selected = selectNumbers(encoding.indices, shape, axis, indices);
      if (encoding.axis !== axis) return { ...encoding, indices: selected };
      return { ...encoding, indices: selected, codebook: selectNumbers(encoding.codebook, [shape[axis]!, encoding.codebook.length / shape[axis]!], 0, indices) };
    }
    default: {
      const never: never = encoding;
      return never;
    }
  }
}

type Numbers = Float32Array | Uint8Array | Int8Array | Uint16Array | Int16Array | Int32Array;

function selectNumbers<T extends Numbers>(source: T, shape: readonly number[], axis: number, indices: Int32Array): T {
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const outer = shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const data = new (source.constructor as new (size: number) => T)(outer * indices.length * inner);
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (const index of indices) {
      const from = (o * shape[axis]! + index) * inner;
      if (inner === 1) data[at] = source[from]!;
      else data.set(source.subarray(from, from + inner), at);
      at += inner;
    }
  }
  return data;
}

function resizeValue(value: Value, kept: readonly Kept[]): Value {
  if (value.tensor) {
    const tensor = selectIndices(value.tensor, kept);
    return { ...value, tensor, shape: tensor.shape };
  }
  const channels = kept.at(-1);
  if (!value.statistics || !channels) return value;
  const { mean, deviation } = value.statistics;
  const select = (numbers: Float32Array): Float32Array => Float32Array.from(channels, (index) => numbers[index]!);
  return { ...value, statistics: { mean: select(mean), deviation: select(deviation) } };
}

function checkValue({ tracer, keptOf }: Removal, resized: Graph, node: Node, id: ValueId): void {
  const labels: AxisLabels = tracer.labelsOf(id);
  const shape = resized.values[id]!.shape;
  labels.forEach((own, axis) => {
    if (!own) return;
    const expected = keptOf(own)?.length ?? own.length;
    if (shape && shape[axis]! >= 0 && shape[axis] !== expected) {
      throw new WhittleError('GraphError', `Axis ${axis} of "${node.name}" (${node.op}) would have ${shape[axis]} channels where ${expected} are left.`);
    }
  });
}
