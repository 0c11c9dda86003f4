/** What a person should know of a file that was read, beside what single operators say. */
import { info, warning, type Diagnostic } from '../../lib/diagnostics';
import { isErrorOf, messageOf } from '../../lib/errors';
import type { Graph } from '../../ir/graph';
import { checkQuantization } from '../../ops/check-quantization';
import type { FlatModel } from './flat-model';

/** Metadata that every writer makes anew, or that says how the file was made. */
const REMADE: ReadonlySet<string> = new Set(['min_runtime_version', 'CONVERSION_METADATA', 'reduced_precision_support', 'whittle_recipe']);

export function notesOf(model: FlatModel, graph: Graph): readonly Diagnostic[] {
  return [...otherGraphs(model), ...lostMetadata(model), ...sparseConstants(model), ...brokenRules(graph)];
}

function otherGraphs({ subgraphs }: FlatModel): readonly Diagnostic[] {
  if (subgraphs.length === 1) return [];
  return [warning(`The file holds ${subgraphs.length} graphs, each with inputs and outputs of its own. Whittle reads the first.`)];
}

function lostMetadata({ metadata }: FlatModel): readonly Diagnostic[] {
  const lost = metadata.filter(({ name, data }) => data.length > 0 && !REMADE.has(name)).map(({ name }) => name);
  if (lost.length === 0) return [];
  return [info(`The file's metadata is left behind: ${lost.join(', ')}. Keep the file where a program reads labels or settings from it.`)];
}

function sparseConstants({ subgraphs: [first] }: FlatModel): readonly Diagnostic[] {
  const count = first!.tensors.filter((tensor) => tensor.sparsity).length;
  if (count === 0) return [];
  return [info(`${count} constants are stored sparse. Whittle spreads them out and writes them dense, so that files get larger until the zeros are compressed.`)];
}

/** Files of other tools may break rules that their runtime does not look at. */
function brokenRules(graph: Graph): readonly Diagnostic[] {
  try {
    checkQuantization(graph);
    return [];
  } catch (error) {
    if (!isErrorOf(error, 'GraphError')) throw error;
    return [warning(`${messageOf(error)} Runtimes answer such files each in its own way, so that answers here may differ from them.`)];
  }
}
