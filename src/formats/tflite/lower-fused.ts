/** The activation that an operator carries: as the node's own attribute, or as a node behind it. */
import type { ValueId } from '../../ir/graph';
import type { FusedActivation } from '../../ops/signatures';
import { activationCodes, nameOf } from './equivalents';
import type { FlatBuilder } from './lower-builder';
import type { FlatNode } from './lower-node';

export function fusedActivation(node: FlatNode): FusedActivation {
  const code = node.option('fusedActivationFunction', 0);
  return nameOf(activationCodes, code) ?? node.refuse(`its fused activation has the number ${code}; 0…4 are read, and SIGN_BIT (5) is not`);
}

/** For operators whose node here takes no activation: `make` gives the value before it, under the part's name when one follows. */
export function withActivation(
  node: FlatNode,
  builder: FlatBuilder,
  whole: () => readonly [ValueId],
  inner: () => ValueId,
): readonly [ValueId] {
  const activation = fusedActivation(node);
  switch (activation) {
    case 'none':
      return whole();
    case 'relu':
    case 'relu6':
    case 'relu-n1-to-1':
    case 'tanh':
      return builder.emit(node, activation, [inner()], {});
    default:
      return node.refuse(`its fused activation is ${activation}, which the format does not have`);
  }
}
