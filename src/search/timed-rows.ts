/** Adds to sensitivities what each saves in time, by the table of operators: what a search for latency walks by. */
import type { Graph } from '../ir/graph';
import type { ReportProgress } from '../lib/progress';
import type { OptionValue } from '../options/options';
import type { PassId } from '../passes/pass';
import { runRecipe, type RunnerContext } from '../passes/run-recipe';
import { layerStep } from './one-layer';
import { savingsOver } from './savings';
import type { SensitivityRow } from './types';

/** What looks at examples to choose numbers, and leaves the shapes alone. */
const shapesOnly: Partial<Record<PassId, Readonly<Record<string, OptionValue>>>> = {
  'prune-channels': { reconstruct: false },
  factorize: { dataAware: false },
};

/** Rows of passes that leave a layer's operators as they are save no time: their zeros and codebooks are multiplied all the same. */
export async function timedRows(
  rows: readonly SensitivityRow[],
  graph: Graph,
  timesOf: (graph: Graph) => Promise<ReadonlyMap<string, number>>,
  context: RunnerContext,
  report: ReportProgress,
): Promise<SensitivityRow[]> {
  const savings = savingsOver(graph, undefined, context, timesOf);
  const timed: SensitivityRow[] = [];
  for (const [i, row] of rows.entries()) {
    report({ stage: 'op-times', fraction: i / rows.length, detail: row.layer });
    if (row.macsSaved === 0) {
      timed.push(row);
      continue;
    }
    const step = layerStep(row.pass, [{ ...row, options: { ...row.options, ...shapesOnly[row.pass] } }]);
    const { graph: changed } = await runRecipe(graph, { version: 1, steps: [step] }, context);
    const { msSaved = 0, elsewhere } = await savings(changed, row.layer);
    const elsewhereMs = new Map(elsewhere?.map((saved) => [saved.layer, saved.msSaved ?? 0]));
    const names = new Set([...(row.elsewhere ?? []).map(({ layer }) => layer), ...elsewhereMs.keys()]);
    const merged = [...names].map((layer) => ({ bytesSaved: 0, macsSaved: 0, ...row.elsewhere?.find((saved) => saved.layer === layer), layer, msSaved: elsewhereMs.get(layer) ?? 0 }));
    timed.push({ ...row, msSaved, ...(merged.length > 0 ? { elsewhere: merged } : {}) });
  }
  return timed;
}
