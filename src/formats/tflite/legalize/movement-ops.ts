/** Operators that only move numbers: what comes out stands on the grid of what went in. */
import type { OpName } from '../../../ops/signatures';

const movement: ReadonlySet<OpName> = new Set<OpName>([
  'reshape', 'flatten', 'squeeze', 'expand-dims', 'transpose', 'concat', 'stack', 'unstack', 'split', 'slice', 'strided-slice', 'pad',
  'mirror-pad', 'gather', 'gather-nd', 'tile', 'broadcast-to', 'reverse', 'depth-to-space', 'space-to-depth', 'space-to-batch',
  'batch-to-space', 'identity', 'max-pool', 'relu', 'relu6', 'relu-n1-to-1',
]);

export function keepsGrid(op: OpName): boolean {
  return movement.has(op);
}
