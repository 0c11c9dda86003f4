/** Types that kernels do not take: two types in one node, flags as numbers, whole numbers where only floats are computed. */
import type { NodeOf, ValueId } from '../../../ir/graph';
import type { DType, OpName } from '../../../ops/signatures';
import { algebra } from './algebra';
import type { Build } from './rule';

const WIDTH: readonly DType[] = ['bool', 'int32', 'float32'];

/** The widest type of the operands for all of them; the condition of a `select` is a flag beside them. */
export function sameTypes(node: NodeOf<OpName>, build: Build): readonly ValueId[] | null {
  const operands = node.op === 'select' ? node.inputs.slice(1) : node.inputs;
  const types = operands.map((id) => build.value(id!).dtype);
  if (types.includes('string')) return build.refuse('there are no kernels for text');
  const widest = WIDTH[Math.max(...types.map((type) => WIDTH.indexOf(type)))]!;
  if (types.every((type) => type === widest)) return null;
  const cast = operands.map((id) => algebra(build).cast(id!, widest));
  return [build.op(node.op, node.op === 'select' ? [node.inputs[0]!, ...cast] : cast, node.attributes as never, build.grid())];
}

/** Flags are computed as whole numbers; the result goes back to flags where the operator says so. */
export function numbersOnly(node: NodeOf<OpName>, build: Build): readonly ValueId[] | null {
  if (node.inputs.every((id) => id === null || build.value(id).dtype !== 'bool')) return null;
  const { cast } = algebra(build);
  const { dtype } = build.value(node.outputs[0]!);
  const y = build.op(node.op, node.inputs.map((id) => (id === null ? null : cast(id, 'int32'))), node.attributes as never);
  return [cast(y, dtype)];
}

/** Whole numbers and flags become floats. */
export function floatsOnly(node: NodeOf<OpName>, build: Build): readonly ValueId[] | null {
  if (node.inputs.every((id) => id === null || build.value(id).dtype === 'float32')) return null;
  return [build.op(node.op, node.inputs.map((id) => (id === null ? null : algebra(build).cast(id, 'float32'))), node.attributes as never)];
}
