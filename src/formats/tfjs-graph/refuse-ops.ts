/** Says, all at once, which nodes of a graph cannot be read, so that nobody meets them one by one. */
import { WhittleError } from '../../lib/errors';
import type { NodeDef } from './graph-def';
import { isControlFlow, mappingOf, SOURCE_OPS } from './op-mappings';

/** Names listed for each op; the rest are counted. */
const LISTED_NAMES = 3;

export function refuseUnreadableOps(nodes: readonly NodeDef[], functions: readonly string[]): void {
  const controlFlow = nodes.filter((node) => isControlFlow(node.op) || functions.includes(node.op));
  if (controlFlow.length > 0) {
    throw new WhittleError(
      'UnsupportedError',
      `This model branches, loops or keeps lists while it runs, which Whittle cannot compress: ${listed(controlFlow)}. ` +
        'Export it without control flow, for example one step of the loop, or the part before it.',
    );
  }
  const unknown = nodes.filter((node) => !SOURCE_OPS.has(node.op) && !mappingOf(node.op));
  if (unknown.length > 0) {
    throw new WhittleError('UnsupportedError', `This model has ops that Whittle does not read: ${listed(unknown)}.`);
  }
}

/** `Switch (a, b, c and 4 more), Merge (d)` */
function listed(nodes: readonly NodeDef[]): string {
  const ops = [...new Set(nodes.map((node) => node.op))];
  const texts = ops.map((op) => {
    const members = nodes.filter((node) => node.op === op);
    const names = members.slice(0, LISTED_NAMES).map((node) => node.name);
    const rest = members.length - names.length;
    return `${op} (${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''})`;
  });
  return texts.join(', ');
}
