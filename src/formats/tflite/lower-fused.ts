/** The activation that an operator carries: as the node's own attribute, or as a node behind it. */
import type { ValueId } from '../../ir/graph';
import type { FusedActivation } from '../../ops/signatures';
import type { FlatBuilder } from './lower-builder';
import type { FlatNode } from './lower-node';

/** By the schema's ActivationFunctionType. */
const ACTIVATIONS: readonly (FusedActivation | 'sign-bit')[] = ['none', 'relu', 'relu-n1-to-1', 'relu6', 'tanh', 'sign-bit'];

export function fusedActivation(node: FlatNode): FusedActivation {
  const code = node.option('fusedActivationFunction', 0);
  const name = ACTIVATIONS[code];
  if (name === undefined) return node.refuse(`its fused activation has the number ${code}; 0…5 are allowed`);
  if (name === 'sign-bit') return node.refuse('its fused activation is SIGN_BIT, which Whittle does not compute');
  return name;
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
