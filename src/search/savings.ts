/** What a changed layer saves, in itself and in the layers that its channels lead to. */
import type { Graph } from '../ir/graph';
import type { RecipeStep } from '../passes/pass';
import { runRecipe, type RunnerContext } from '../passes/run-recipe';
import { layerTotals, NOTHING, sumOf, type Totals } from './layer-totals';
import type { SensitivityRow } from './types';

type Savings = Pick<SensitivityRow, 'bytesSaved' | 'macsSaved' | 'msSaved' | 'elsewhere'>;

/** Counts after `stored`, the steps that come last whatever is chosen; milliseconds where there is a table. */
export function savingsOver(
  graph: Graph,
  stored: readonly RecipeStep[] | undefined,
  context: RunnerContext,
  timesOf?: (graph: Graph) => Promise<ReadonlyMap<string, number>>,
): (changed: Graph, layer: string) => Promise<Savings> {
  const totalsOf = async (one: Graph): Promise<Map<string, Totals>> => layerTotals(await asStored(one, stored, context), await timesOf?.(one));
  const differenceOf = (before: Totals, after: Totals): Omit<Savings, 'elsewhere'> => ({
    bytesSaved: before.bytes - after.bytes,
    macsSaved: before.macs - after.macs,
    ...(timesOf ? { msSaved: before.ms - after.ms } : {}),
  });
  const before = totalsOf(graph);
  return async (changed, layer) => {
    if (changed === graph) return differenceOf(NOTHING, NOTHING);
    const original = await before;
    const after = await totalsOf(changed);
    const elsewhere = [...original].flatMap(([name, totals]) => {
      const now = name === layer ? totals : (after.get(name) ?? totals);
      const saved = differenceOf(totals, now);
      return Object.values(saved).every((amount) => amount === 0) ? [] : [{ layer: name, ...saved }];
    });
    return { ...differenceOf(sumOf(original), sumOf(after)), ...(elsewhere.length > 0 ? { elsewhere } : {}) };
  };
}

/** The graph as the last steps leave it. */
export async function asStored(graph: Graph, stored: readonly RecipeStep[] | undefined, context: RunnerContext): Promise<Graph> {
  return stored && stored.length > 0 ? (await runRecipe(graph, { version: 1, steps: stored }, context)).graph : graph;
}
