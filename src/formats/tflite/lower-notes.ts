/** What a person should know of a file that was read, beside what single operators say. */
import { info, warning, type Diagnostic } from '../../lib/diagnostics';
import { isErrorOf, messageOf } from '../../lib/errors';
import type { Graph } from '../../ir/graph';
import { statesOf } from '../../ir/states';
import { checkQuantization } from '../../ops/check-quantization';
import type { FlatModel } from './flat-model';
import { signatureOf } from './lower-names';
import { initialSubgraphs } from './lower-variables';

export function notesOf(model: FlatModel, graph: Graph): readonly Diagnostic[] {
  return [...states(graph), ...otherGraphs(model), ...lostSignatures(model), ...sparseConstants(model), ...brokenRules(graph)];
}

function states(graph: Graph): readonly Diagnostic[] {
  const count = statesOf(graph).length;
  if (count === 0) return [];
  return [
    info(
      `The model keeps ${count === 1 ? 'a variable' : `${count} variables`} from one run to the next. Here ${count === 1 ? 'it is an input and an output of its own' : 'each is an input and an output of its own'}; ` +
        'every run starts from the values that the file starts with. A TensorFlow Lite file that is written keeps them as variables again.',
    ),
  ];
}

function otherGraphs(model: FlatModel): readonly Diagnostic[] {
  const { subgraphs } = model;
  const initial = initialSubgraphs(model);
  const others = subgraphs.filter((_, index) => index > 0 && !initial.has(index));
  if (others.length === 0) return [];
  return [warning(`The file holds ${subgraphs.length} graphs, each with inputs and outputs of its own. Whittle reads the first.`)];
}

function lostSignatures(model: FlatModel): readonly Diagnostic[] {
  const kept = signatureOf(model);
  const lost = model.signatures.filter((signature) => signature !== kept).map(({ key }) => key);
  if (lost.length === 0) return [];
  return [info(`Of the file's signatures "${kept?.key ?? ''}" is kept; left behind: ${lost.join(', ')}.`)];
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
