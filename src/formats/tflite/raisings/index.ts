/**
 * The operators that have a counterpart in TensorFlow Lite. Whatever is missing here is rewritten into these before
 * (`legalize`) or refused.
 */
import type { Node } from '../../../ir/graph';
import type { OpName } from '../../../ops/signatures';
import type { RaisingContext, Raisings } from '../raise-context';
import { detectionRaisings } from './detection';
import { elementwiseRaisings } from './elementwise';
import { linearRaisings } from './linear';
import { movementRaisings } from './movement';
import { poolingRaisings } from './pooling';
import { reductionRaisings } from './reduction';
import { sequenceRaisings } from './sequence';
import { spectralRaisings } from './spectral';

const raisings: Raisings = {
  ...linearRaisings,
  ...poolingRaisings,
  ...elementwiseRaisings,
  ...reductionRaisings,
  ...movementRaisings,
  ...detectionRaisings,
  ...sequenceRaisings,
  ...spectralRaisings,
};

/** True when the operator can be written, for attributes and types that TensorFlow Lite knows. */
export function hasRaising(op: OpName): boolean {
  return raisings[op] !== undefined;
}

/** The raising for a node; its own type pairs it with its attributes. */
export function raisingOf(node: Node): ((node: Node, context: RaisingContext) => void) | undefined {
  return raisings[node.op] as ((node: Node, context: RaisingContext) => void) | undefined;
}
