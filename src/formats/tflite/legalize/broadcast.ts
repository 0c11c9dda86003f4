/**
 * Broadcasting over more dimensions than kernels take. Neighbouring dimensions in which every operand behaves alike (has the whole
 * size, or 1) become one; where that is not enough, operands are first repeated to the whole shape.
 */
import type { NodeOf, ValueId } from '../../../ir/graph';
import type { Shape } from '../../../ir/tensor';
import type { OpName } from '../../../ops/signatures';
import { algebra } from './algebra';
import { BROADCAST_RANK } from './legal';
import type { Build } from './rule';

export function broadcastRule(node: NodeOf<OpName>, build: Build): readonly ValueId[] | null {
  if (build.value(node.outputs[0]!).shape && build.value(node.outputs[0]!).shape!.length <= BROADCAST_RANK) return null;
  const shapes = node.inputs.map((id) => build.shape(id!));
  if (shapes.every((shape) => shape.join() === shapes[0]!.join())) return null;
  const whole = build.shape(node.outputs[0]!);
  const { reshape } = algebra(build);
  const full = shapes.map((shape) => [...new Array<number>(whole.length - shape.length).fill(1), ...shape]);
  const runs = alikeRuns(full, whole);
  const grid = build.grid();
  if (runs.length <= BROADCAST_RANK) {
    const operands = node.inputs.map((id, i) => reshape(id!, runs.map((run) => sizeOfRun(run, full[i]!))));
    return [reshape(build.op(node.op, operands, node.attributes as never, grid), whole)];
  }
  if (whole.includes(-1)) return build.refuse(`it broadcasts over ${whole.length} dimensions and its batch is not fixed; export with a fixed batch`);
  const operands = node.inputs.map((id) => (build.shape(id!).join() === whole.join() ? id! : build.op('broadcast-to', [id!], { shape: whole })));
  return [build.op(node.op, operands, node.attributes as never, grid)];
}

function sizeOfRun(run: readonly number[], shape: Shape): number {
  return run.some((axis) => shape[axis]! < 0) ? -1 : run.reduce((size, axis) => size * shape[axis]!, 1);
}

function alikeRuns(shapes: readonly Shape[], whole: Shape): readonly (readonly number[])[] {
  const runs: number[][] = [];
  let last = '';
  whole.forEach((size, axis) => {
    if (size === 1) return;
    const behaviour = shapes.map((shape) => shape[axis] === 1).join();
    if (behaviour === last) runs.at(-1)!.push(axis);
    else runs.push([axis]);
    last = behaviour;
  });
  return runs;
}
