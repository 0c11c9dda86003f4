/**
 * Movement of numbers:
 * - flatten = reshape to [batch, rest]
 * - strided-slice with an ellipsis, new axes or dropped axes = one without, and a reshape
 * - reverse along several axes = along one after the other
 * - a transpose of many dimensions = one of the runs of axes that stay together
 * - flags that kernels do not move go as whole numbers
 * - size and rank of what is known are constants; a size that is not known = the product of the shape
 */
import type { NodeOf, ValueId } from '../../../../ir/graph';
import type { OpName } from '../../../../ops/signatures';
import { algebra } from '../algebra';
import { fromFront } from '../axes';
import { MOVEMENT_RANK } from '../legal';
import type { Build, Rules } from '../rule';
import { denseSpec } from '../strided-slice';
import { sameTypes } from '../types';
import { unfuse } from './activations';

export const movementRules: Rules = {
  flatten: [
    (node, build) => {
      const [batch, ...rest] = build.shape(node.inputs[0]!) as [number, ...number[]];
      return [algebra(build).reshape(node.inputs[0]!, [batch, rest.reduce((product, size) => product * size, 1)])];
    },
  ],
  concat: [sameTypes, (node) => (node.inputs.length === 1 && node.attributes.activation === 'none' ? [node.inputs[0]!] : null), (node, build) => unfuse(node, build, true)],
  stack: [sameTypes, flagsAsNumbers],
  split: [flagsAsNumbers],
  pad: [flagsAsNumbers],
  'mirror-pad': [flagsAsNumbers],
  'strided-slice': [
    (node, build) => {
      const { ellipsisMask, newAxisMask, shrinkAxisMask, begin } = node.attributes;
      if (begin === null || ellipsisMask + newAxisMask + shrinkAxisMask === 0) return null;
      const x = node.inputs[0]!;
      if (ellipsisMask + newAxisMask === 0 && build.shape(x).length <= MOVEMENT_RANK) return null;
      const { begin: from, end, strides, beginMask, endMask } = denseSpec(node.attributes, build.shape(x).length);
      const none = { ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 };
      const cut = build.op('strided-slice', [x], { begin: from, end, strides, beginMask, endMask, ...none });
      return [algebra(build).reshape(cut, build.shape(node.outputs[0]!))];
    },
  ],
  reverse: [
    (node, build) => {
      const { axes } = node.attributes;
      if (axes.length === 1) return null;
      return [axes.reduce((x, axis) => build.op('reverse', [x], { axes: [axis] }), node.inputs[0]!)];
    },
  ],
  transpose: [
    (node, build) => {
      const x = node.inputs[0]!;
      const shape = build.shape(x);
      const { permutation } = node.attributes;
      if (permutation.every((axis, i) => fromFront(axis, shape.length) === i)) return [x];
      if (shape.length <= MOVEMENT_RANK) return null;
      const order = permutation.map((axis) => fromFront(axis, shape.length));
      const runs = togetherRuns(order, shape);
      if (runs.length === order.length) return null;
      const { reshape, transpose } = algebra(build);
      const sorted = runs.toSorted((a, b) => a[0]! - b[0]!);
      const sizes = sorted.map((run) => (run.some((axis) => shape[axis]! < 0) ? -1 : run.reduce((size, axis) => size * shape[axis]!, 1)));
      const moved = transpose(reshape(x, sizes), runs.map((run) => sorted.indexOf(run)));
      return [reshape(moved, build.value(node.outputs[0]!).shape!)];
    },
  ],
  size: [
    (node, build) => {
      const shape = build.op('shape', [node.inputs[0]!], {} as never);
      return [build.op('prod', [shape], { axes: [0], keepDims: false })];
    },
  ],
};

function flagsAsNumbers(node: NodeOf<OpName>, build: Build): readonly ValueId[] | null {
  if (build.value(node.inputs[0]!).dtype !== 'bool') return null;
  const { cast } = algebra(build);
  const operands = node.inputs.map((id) => (build.value(id!).dtype === 'bool' ? cast(id!, 'int32') : id));
  return build.ops(node.op, operands, node.attributes as never, node.outputs.length).map((y) => cast(y, 'bool'));
}

/** Axes that follow one another before and after; axes of size 1 join any. */
function togetherRuns(order: readonly number[], shape: readonly number[]): readonly (readonly number[])[] {
  const runs: number[][] = [];
  for (const axis of order) {
    const last = runs.at(-1);
    if (last && last.at(-1)! + 1 === axis && shape[axis] !== undefined) last.push(axis);
    else runs.push([axis]);
  }
  return runs;
}
