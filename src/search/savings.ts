/** What a changed layer saves, in itself and in the layers that its channels lead to. */
import type { Graph } from '../ir/graph';
import type { RecipeStep } from '../passes/pass';
import { runRecipe, type RunnerContext } from '../passes/run-recipe';
import { layerTotals, type Totals } from './layer-totals';
import type { SensitivityRow } from './types';

type Savings = Pick<SensitivityRow, 'bytesSaved' | 'macsSaved' | 'elsewhere'>;

/** Counts after `stored`, the steps that come last whatever is chosen. */
export function savingsOver(graph: Graph, stored: readonly RecipeStep[] | undefined, context: RunnerContext): (changed: Graph, layer: string) => Promise<Savings> {
  const totalsOf = async (one: Graph): Promise<Map<string, Totals>> => layerTotals(await asStored(one, stored, context));
  const before = totalsOf(graph);
  return async (changed, layer) => {
    if (changed === graph) return { bytesSaved: 0, macsSaved: 0 };
    const original = await before;
    const after = await totalsOf(changed);
    const elsewhere = [...original].flatMap(([name, totals]) => {
      const now = name === layer ? totals : (after.get(name) ?? totals);
      const saved = { layer: name, bytesSaved: totals.bytes - now.bytes, macsSaved: totals.macs - now.macs };
      return saved.bytesSaved === 0 && saved.macsSaved === 0 ? [] : [saved];
    });
    const [all, left] = [sumOf(original), sumOf(after)];
    return { bytesSaved: all.bytes - left.bytes, macsSaved: all.macs - left.macs, ...(elsewhere.length > 0 ? { elsewhere } : {}) };
  };
}

/** The graph as the last steps leave it. */
export async function asStored(graph: Graph, stored: readonly RecipeStep[] | undefined, context: RunnerContext): Promise<Graph> {
  return stored && stored.length > 0 ? (await runRecipe(graph, { version: 1, steps: stored }, context)).graph : graph;
}

function sumOf(totals: ReadonlyMap<string, Totals>): Totals {
  let [bytes, macs] = [0, 0];
  for (const one of totals.values()) {
    bytes += one.bytes;
    macs += one.macs;
  }
  return { bytes, macs };
}
