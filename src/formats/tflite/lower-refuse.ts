/** Says, all at once, which operators of a model cannot be read, so that nobody meets them one by one. */
import { WhittleError } from '../../lib/errors';
import type { FlatOperator } from './flat-model';
import { loweringOf } from './lower-operators';

/** Their work depends on the data in ways that a fixed graph cannot say. */
const CONTROL_FLOW: ReadonlySet<string> = new Set(['IF', 'WHILE', 'CALL', 'CALL_ONCE', 'STABLEHLO_WHILE', 'STABLEHLO_CASE']);
const TABLES: ReadonlySet<string> = new Set(['HASHTABLE', 'HASHTABLE_FIND', 'HASHTABLE_IMPORT', 'HASHTABLE_SIZE', 'HASHTABLE_LOOKUP']);

export function refuseUnreadableOperators(operators: readonly FlatOperator[], owner: string): void {
  const unread = operators.filter((operator) => !loweringOf(operator));
  if (unread.length === 0) return;
  const among = (kinds: ReadonlySet<string>): readonly FlatOperator[] => unread.filter((operator) => kinds.has(operator.op));
  const refuse = (sentence: string): never => {
    throw new WhittleError('UnsupportedError', `${owner} ${sentence}`);
  };
  const [control, tables] = [among(CONTROL_FLOW), among(TABLES)];
  if (control.length > 0) {
    refuse(`branches, loops or calls other graphs, which Whittle cannot compress: ${listed(control)}. Export it without control flow, for example one step of the loop.`);
  }
  if (tables.length > 0) refuse(`looks words up in tables, which Whittle cannot compress: ${listed(tables)}. Export the part behind the tables.`);
  const custom = unread.filter((operator) => operator.op === 'CUSTOM');
  if (custom.length > 0) {
    refuse(
      `has custom operators, which only the program that it was made for can run: ${listed(custom)}. ` +
        'Export the model without them: the part before the first one, or with operators of TensorFlow Lite in their place.',
    );
  }
  refuse(`has operators that Whittle does not read: ${listed(unread)}. Export the model without them.`);
}

/** `SVDF (3), CUSTOM "Landmarks" (1)` */
function listed(operators: readonly FlatOperator[]): string {
  const counts = new Map<string, number>();
  for (const { op, customCode } of operators) {
    const label = op === 'CUSTOM' ? `"${customCode ?? ''}"` : op;
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return [...counts].map(([label, count]) => (count === 1 ? label : `${label} (${count} times)`)).join(', ');
}
