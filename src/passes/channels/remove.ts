/**
 * The graph without some channels: every weight loses the indices of its axes, every operator that names sizes along them gets
 * the new ones, and the shapes of all values are worked out again. They must then agree with the channels that were left,
 * which holds every rule to what it says.
 */
import type { Graph, Node, Value, ValueId } from '../../ir/graph';
import type { DenseEncoding, Tensor } from '../../ir/tensor';
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
}

/** `removed` holds roots of atoms. */
export function removeChannels(tracer: Tracer, removed: ReadonlySet<number>): Graph {
  if (removed.size === 0) return tracer.graph;
  const { graph } = tracer;
  const keptOf = (labels: Labels | null | undefined): Kept => keptIndices(tracer, removed, labels);
  const removal: Removal = { tracer, keptOf };
  const values: Record<ValueId, Value> = {};
  for (const value of Object.values(graph.values)) {
    const kept = tracer.labelsOf(value.id).map(keptOf);
    values[value.id] = kept.every((axis) => axis === null) ? value : resizeValue(value, kept);
  }
  const nodes = graph.nodes.map((node) => resizeNode(removal, node));
  const resized = resizeLayers(inferShapes({ ...graph, nodes: nodes as Node[], values }));
  for (const node of graph.nodes) for (const id of node.outputs) checkValue(removal, resized, node, id);
  return resized;
}

/** Which indices of an axis stay when these roots go. */
export function keptIndices({ atoms }: Pick<Tracer, 'atoms'>, removed: ReadonlySet<number>, labels: Labels | null | undefined): Kept {
  if (!labels) return null;
  const kept = Int32Array.from(labels.keys()).filter((i) => !removed.has(atoms.rootOf(labels[i]!)));
  return kept.length === labels.length ? null : kept;
}

/** The numbers of a tensor at some indices of each axis. */
export function selectIndices(tensor: Tensor, kept: readonly Kept[]): Tensor {
  let { shape } = tensor;
  let encoding = tensor.encoding as DenseEncoding;
  kept.forEach((indices, axis) => {
    if (!indices) return;
    const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
    const length = shape[axis]!;
    const outer = shape.slice(0, axis).reduce((a, b) => a * b, 1);
    const size = outer * indices.length * inner;
    const source = encoding.data as Float32Array;
    const data = new (source.constructor as Float32ArrayConstructor)(size);
    let at = 0;
    for (let o = 0; o < outer; o++) {
      for (const index of indices) {
        const from = (o * length + index) * inner;
        if (inner === 1) data[at++] = source[from]!;
        else {
          data.set(source.subarray(from, from + inner), at);
          at += inner;
        }
      }
    }
    shape = shape.with(axis, indices.length);
    encoding = { ...encoding, data } as DenseEncoding;
  });
  return { ...tensor, shape, encoding };
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
