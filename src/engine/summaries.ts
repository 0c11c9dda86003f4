/** First facts of a model and of a recipe's result, as plain data. */
import { suggestPreprocessing } from '../datasets/preprocess';
import { formatCatalog } from '../formats/catalog';
import type { FormatId } from '../formats/format';
import { loadFormat } from '../formats/index';
import type { OpenedModel } from '../formats/open';
import type { Graph } from '../ir/graph';
import { statesOf } from '../ir/states';
import { messageOf } from '../lib/errors';
import { measureCost } from '../measure/cost';
import type { Recipe } from '../passes/pass';
import type { RecipeResult } from '../passes/run-recipe';
import { deviceReportOf } from './device-report';
import type { CandidateSummary, ModelSummary, PortSummary } from './types';

export async function summarizeModel(opened: OpenedModel): Promise<ModelSummary> {
  const { graph, format } = opened;
  const states = new Set(statesOf(graph).map(({ input }) => input));
  const exportable = await Promise.all(
    formatCatalog.map(async (meta) => [meta.id, await answerOf(meta.id, graph)] as const),
  );
  return {
    name: graph.name,
    format,
    formatLabel: formatCatalog.find((meta) => meta.id === format)!.label,
    producer: graph.source.producer,
    fileBytes: opened.fileBytes,
    inputs: ports(graph, graph.inputs, graph.inputNames).map((port) => (states.has(port.name) ? { ...port, isState: true } : port)),
    outputs: ports(graph, graph.outputs, graph.outputNames),
    cost: measureCost(graph),
    diagnostics: opened.diagnostics,
    recipe: opened.recipe ?? null,
    exports: Object.fromEntries(exportable) as Record<FormatId, true | string>,
    suggestedPreprocessing: suggestPreprocessing(graph, null),
    device: await deviceReportOf(opened.format === 'tflite' ? opened.main : null),
  };
}

/** A format that fails to answer is one format less, not a model that does not open. */
async function answerOf(id: FormatId, graph: Graph): Promise<true | string> {
  try {
    return (await loadFormat(id)).canWrite(graph);
  } catch (error) {
    return messageOf(error);
  }
}

export function candidateSummary(recipe: Recipe, result: RecipeResult, elapsedMs: number): CandidateSummary {
  return {
    recipe,
    cost: measureCost(result.graph),
    diagnostics: result.diagnostics,
    elapsedMs,
    cachedSteps: result.cachedSteps,
  };
}

function ports(graph: Graph, ids: readonly string[], names: readonly string[]): PortSummary[] {
  return ids.map((id, i) => ({ name: names[i]!, dtype: graph.values[id]!.dtype, shape: graph.values[id]!.shape ?? [] }));
}
