/**
 * Rewrites a graph so that each of its operators is one that TensorFlow Lite has a builtin for, in the form in which it has
 * it (`legal.ts` says which). Shapes have to be known, but for the batch. What cannot be rewritten is an ExportError that names
 * the node and says why.
 */
import type { Graph } from '../../../ir/graph';
import type { Diagnostic } from '../../../lib/diagnostics';
import { rewrite } from './rewrite';
import { rules } from './rules/index';

export function legalize(graph: Graph): { readonly graph: Graph; readonly diagnostics: readonly Diagnostic[] } {
  return rewrite(graph, rules);
}
