/**
 * Reductions:
 * - over no axis: x
 * - of flags: counted as whole numbers; any and all of numbers: of x ≠ 0
 * - cumprod: y = x; then for d = 1, 2, 4, …: y = y · (y moved on by d, ones in front). Exclusive: moved on by one first. Reverse:
 *   turned around before and after
 */
import type { NodeOf, ValueId } from '../../../../ir/graph';
import type { OpName } from '../../../../ops/signatures';
import { algebra } from '../algebra';
import { fromFront } from '../axes';
import type { Build, Rule, Rules } from '../rule';
import { floatsOnly, numbersOnly } from '../types';

const counted: readonly Rule<OpName>[] = [noAxes, numbersOnly];
const ofFlags: readonly Rule<OpName>[] = [
  (node, build) => {
    const x = node.inputs[0]!;
    return build.value(x).dtype === 'bool' ? null : [build.op(node.op, [algebra(build).notEqual(x, 0)], node.attributes as never)];
  },
  noAxes,
];

export const reductionRules: Rules = {
  mean: [noAxes, floatsOnly],
  sum: counted,
  prod: counted,
  max: counted,
  min: counted,
  any: ofFlags,
  all: ofFlags,
  argmax: [numbersOnly],
  argmin: [numbersOnly],
  cumsum: [numbersOnly],
  cumprod: [
    numbersOnly,
    (node, build) => {
      const { mul } = algebra(build);
      const shape = build.shape(node.inputs[0]!);
      const axis = fromFront(node.attributes.axis, shape.length);
      const turn = (x: ValueId): ValueId => (node.attributes.reverse ? build.op('reverse', [x], { axes: [axis] }) : x);
      const length = shape[axis]!;
      if (length < 0) return build.refuse('it runs along the batch, which is not fixed; export with a fixed batch');
      let y = turn(node.inputs[0]!);
      if (node.attributes.exclusive) y = movedOn(y, axis, 1, build);
      for (let step = 1; step < length; step *= 2) y = mul(y, movedOn(y, axis, step, build));
      return [turn(y)];
    },
  ],
};

function noAxes(node: NodeOf<OpName>, build: Build): readonly ValueId[] | null {
  const { axes } = node.attributes as { readonly axes: readonly number[] };
  return axes.length === 0 ? [algebra(build).cast(node.inputs[0]!, build.value(node.outputs[0]!).dtype)] : null;
}

/** The numbers `step` places later, ones in front, the last ones gone. */
function movedOn(x: ValueId, axis: number, step: number, build: Build): ValueId {
  const shape = build.shape(x);
  const front = build.op('slice', [x], { begin: shape.map(() => 0), size: shape.map((size, i) => (i === axis ? size - step : -1)) });
  return build.op('pad', [front], { paddings: shape.map((_, i) => (i === axis ? [step, 0] : [0, 0])), value: 1 });
}
