/**
 * Operators that move numbers: what they give keeps the labels of where it came from, so that concat offsets, flattened pixels,
 * shuffles and slices need no bookkeeping of their own. A movement whose numbers are known at run time only is not followed.
 */
import type { Node, NodeOf, ValueId } from '../../ir/graph';
import { layerNameOf } from '../weight-sites';
import type { Labels } from './atoms';
import { reshapeLabels } from './reshape-labels';
import { sliceOf, splitSizesOf, type SliceRange } from './slice-ranges';
import type { Tracer } from './tracer';

/** An axis counted from the front. */
export function frontAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** The shape that a reshape or broadcast is asked for, at most one entry unknown (−1); null: it is known at run time only. */
export function targetShape(tracer: Pick<Tracer, 'contentsOf'>, node: NodeOf<'reshape'> | NodeOf<'broadcast-to'>): readonly number[] | null {
  const target = node.attributes.shape ?? tracer.contentsOf(node.inputs[1])?.map((size) => size ?? -1) ?? null;
  return target && target.filter((size) => size < 0).length <= 1 ? target : null;
}

export function traceReshape(tracer: Tracer, node: NodeOf<'reshape'> | NodeOf<'flatten'>): void {
  const [x] = node.inputs as [ValueId];
  const [from, to] = [tracer.shapeOf(x), tracer.shapeOf(node.outputs[0]!)];
  const isOpen = node.op === 'reshape' && targetShape(tracer, node) === null;
  if (!from || !to || isOpen) tracer.freezeValue(x, `the shape that "${layerNameOf(node)}" gives it is known at run time only`);
  const problem = `"${layerNameOf(node)}" (${node.op}) mixes it with another axis that changes`;
  tracer.set(node.outputs[0]!, from && to ? reshapeLabels(tracer, tracer.labelsOf(x), from, to, problem) : (to ?? []).map(() => null));
}

export function traceSqueeze(tracer: Tracer, node: NodeOf<'squeeze'>): void {
  const [x] = node.inputs as [ValueId];
  const shape = tracer.shapeOf(x) ?? [];
  const axes = node.attributes.axes.map((axis) => frontAxis(axis, shape.length));
  const isGone = (axis: number): boolean => (axes.length === 0 ? shape[axis] === 1 : axes.includes(axis));
  tracer.set(node.outputs[0]!, tracer.labelsOf(x).filter((_, axis) => !isGone(axis)));
}

export function traceExpandDims(tracer: Tracer, node: NodeOf<'expand-dims'> | NodeOf<'stack'>): void {
  const inputs = node.inputs as ValueId[];
  const first = tracer.labelsOf(inputs[0]!);
  const joined = inputs.slice(1).reduce((labels, id) => labels.map((axis, i) => tracer.join(axis, tracer.labelsOf(id)[i] ?? null, node)), [...first]);
  tracer.set(node.outputs[0]!, joined.toSpliced(frontAxis(node.attributes.axis, first.length + 1), 0, null));
}

export function traceUnstack(tracer: Tracer, node: NodeOf<'unstack'>): void {
  const labels = tracer.labelsOf(node.inputs[0]!);
  const axis = frontAxis(node.attributes.axis, labels.length);
  tracer.freeze(labels[axis], `"${layerNameOf(node)}" takes it apart`);
  for (const id of node.outputs) tracer.set(id, labels.toSpliced(axis, 1));
}

export function traceTranspose(tracer: Tracer, node: NodeOf<'transpose'>): void {
  const labels = tracer.labelsOf(node.inputs[0]!);
  tracer.set(node.outputs[0]!, node.attributes.permutation.map((axis) => labels[frontAxis(axis, labels.length)] ?? null));
}

export function traceConcat(tracer: Tracer, node: NodeOf<'concat'>): void {
  const inputs = node.inputs as ValueId[];
  const rank = tracer.shapeOf(node.outputs[0]!)?.length ?? 0;
  const joinedAxis = frontAxis(node.attributes.axis, rank);
  tracer.set(
    node.outputs[0]!,
    Array.from({ length: rank }, (_, axis) => {
      const parts = inputs.map((id) => tracer.labelsOf(id)[axis] ?? null);
      if (axis !== joinedAxis) return parts.reduce((a, b) => tracer.join(a, b, node));
      if (parts.every((part) => part === null)) return null;
      return concatLabels(parts.map((part, i) => part ?? fixed(tracer, tracer.shapeOf(inputs[i]!)![axis]!, node)));
    }),
  );
}

export function traceSplit(tracer: Tracer, node: NodeOf<'split'>): void {
  const [x] = node.inputs as [ValueId];
  const labels = tracer.labelsOf(x);
  const axis = frontAxis(node.attributes.axis, labels.length);
  const whole = labels[axis] ?? null;
  const sizes = splitSizesOf(node, tracer.shapeOf(x)?.[axis] ?? -1);
  let start = 0;
  node.outputs.forEach((id, i) => {
    const size = sizes?.[i] ?? 0;
    tracer.set(id, labels.with(axis, whole && whole.slice(start, start + size)));
    start += size;
  });
  if (!sizes) tracer.freeze(whole, `the parts that "${layerNameOf(node)}" makes of it are known at run time only`);
}

/** slice and strided-slice. A strided axis keeps all its channels: their distances would change. */
export function traceSlice(tracer: Tracer, node: NodeOf<'slice'> | NodeOf<'strided-slice'>): void {
  const [x] = node.inputs as [ValueId];
  const labels = tracer.labelsOf(x);
  const ranges = sliceOf(tracer, node);
  if (!ranges) {
    tracer.freezeValue(x, `where "${layerNameOf(node)}" cuts it is known at run time only`);
    return tracer.set(node.outputs[0]!, (tracer.shapeOf(node.outputs[0]!) ?? []).map(() => null));
  }
  const cut = (range: SliceRange): Labels | null => {
    if (range.axis === null) return null;
    const whole = labels[range.axis] ?? null;
    if (range.isWhole || !whole) return whole;
    if (range.stride !== 1) tracer.freeze(whole, `"${layerNameOf(node)}" takes every ${range.stride}th of it`);
    if (range.isDropped) tracer.freeze(whole, `"${layerNameOf(node)}" takes one of it`);
    return Int32Array.from({ length: range.size }, (_, i) => whole[range.begin + i * range.stride]!);
  };
  tracer.set(node.outputs[0]!, ranges.flatMap((range) => (range.isDropped ? (cut(range), []) : [cut(range)])));
}

/** Channels that padding adds are channels like others: they go with what they are added to. */
export function tracePad(tracer: Tracer, node: NodeOf<'pad'> | NodeOf<'mirror-pad'>): void {
  const [x] = node.inputs as [ValueId];
  const labels = tracer.labelsOf(x);
  const { paddings } = node.attributes;
  if (!paddings) tracer.freezeValue(x, `how "${layerNameOf(node)}" pads it is known at run time only`);
  tracer.set(
    node.outputs[0]!,
    labels.map((whole, axis) => {
      const [before, after] = paddings?.[axis] ?? [0, 0];
      if (before === 0 && after === 0) return whole;
      if (node.op === 'mirror-pad') tracer.freeze(whole, `"${layerNameOf(node)}" mirrors it`);
      if (!whole || node.op === 'mirror-pad') return null;
      return concatLabels([tracer.atoms.fresh(before), whole, tracer.atoms.fresh(after)]);
    }),
  );
}

/** Rows of a table keep their places; its columns are channels. */
export function traceGather(tracer: Tracer, node: NodeOf<'gather'>): void {
  const [x, indices] = node.inputs as [ValueId, ValueId];
  const labels = tracer.labelsOf(x);
  const axis = frontAxis(node.attributes.axis, labels.length);
  const { batchDims } = node.attributes;
  const indexRank = tracer.shapeOf(indices)?.length ?? 0;
  tracer.freeze(labels[axis], `"${layerNameOf(node)}" looks entries up in it`);
  if (batchDims > 0) tracer.freezeValue(x, `"${layerNameOf(node)}" looks entries up in it`);
  tracer.set(node.outputs[0]!, [...labels.slice(0, axis), ...new Array<null>(indexRank - batchDims).fill(null), ...labels.slice(axis + 1)]);
}

export function traceTile(tracer: Tracer, node: NodeOf<'tile'>): void {
  const [x] = node.inputs as [ValueId];
  const multiples = node.attributes.multiples ?? tracer.contentsOf(node.inputs[1]);
  tracer.set(
    node.outputs[0]!,
    tracer.labelsOf(x).map((whole, axis) => {
      const times = multiples?.[axis] ?? null;
      if (whole && times === null) tracer.freeze(whole, `how often "${layerNameOf(node)}" repeats it is known at run time only`);
      return whole && times !== null ? concatLabels(Array.from({ length: times }, () => whole)) : null;
    }),
  );
}

export function traceBroadcastTo(tracer: Tracer, node: NodeOf<'broadcast-to'>): void {
  const [x] = node.inputs as [ValueId];
  const labels = tracer.labelsOf(x);
  const sizes = tracer.shapeOf(x) ?? [];
  const rank = tracer.shapeOf(node.outputs[0]!)?.length ?? 0;
  if (!targetShape(tracer, node)) tracer.freezeValue(x, `the shape that "${layerNameOf(node)}" gives it is known at run time only`);
  tracer.set(node.outputs[0]!, Array.from({ length: rank }, (_, axis) => (sizes[axis - rank + sizes.length] === 1 ? null : (labels[axis - rank + sizes.length] ?? null))));
}

export function traceReverse(tracer: Tracer, node: NodeOf<'reverse'>): void {
  const labels = tracer.labelsOf(node.inputs[0]!);
  const axes = node.attributes.axes.map((axis) => frontAxis(axis, labels.length));
  tracer.set(node.outputs[0]!, labels.map((whole, axis) => (whole && axes.includes(axis) ? whole.toReversed() : whole)));
}

/** Channel (block · C + c) of the deep side is channel c of the flat one. */
export function traceDepthAndSpace(tracer: Tracer, node: NodeOf<'depth-to-space'> | NodeOf<'space-to-depth'>): void {
  const labels = tracer.labelsOf(node.inputs[0]!);
  const deep = labels.at(-1) ?? null;
  for (const axis of labels.slice(0, -1)) tracer.freeze(axis, `"${layerNameOf(node)}" cuts it into blocks`);
  const blocks = node.attributes.blockSize ** 2;
  if (!deep) return tracer.set(node.outputs[0]!, labels.map(() => null));
  if (node.op === 'space-to-depth') return tracer.set(node.outputs[0]!, labels.with(-1, concatLabels(Array.from({ length: blocks }, () => deep))));
  const flat = deep.slice(0, deep.length / blocks);
  deep.forEach((atom, i) => tracer.atoms.join(atom, flat[i % flat.length]!));
  tracer.set(node.outputs[0]!, labels.with(-1, flat));
}

function concatLabels(parts: readonly Labels[]): Labels {
  const all = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

/** Labels of a part that never changes, beside parts that do. */
function fixed(tracer: Tracer, size: number, node: Node): Labels {
  const labels = tracer.atoms.fresh(size);
  tracer.freeze(labels, `it is a part of "${layerNameOf(node)}" that cannot change`);
  return labels;
}
