/** Preprocessed examples of a data set, or random ones for a model without data. */
import { WhittleError } from '../lib/errors';
import { shuffledIndices } from '../lib/random';
import type { Graph, Value } from '../ir/graph';
import { initialBatches } from '../ir/states';
import type { Examples } from '../measure/accuracy';
import type { Preprocessing } from '../passes/pass';
import type { Batch } from '../runtime/backend';
import type { Dataset } from './dataset';
import { pictureSize, toInputs } from './preprocess';
import { randomInputs } from './random-inputs';

/** At most `limit` examples: all of them, or a seeded choice in the order of the file. */
export function examplesOf(dataset: Dataset, graph: Graph, preprocessing: Preprocessing, limit: number, seed: number): Examples {
  const input = fedInput(graph);
  const size = readSize(dataset, input, preprocessing);
  const chosen = chooseIndices(dataset.count, limit, seed);
  return {
    count: chosen?.length ?? dataset.count,
    labels: dataset.labels && chosen ? Int32Array.from(chosen, (index) => dataset.labels![index]!) : dataset.labels,
    async inputs(start, end) {
      const raw = chosen ? await readChosen(dataset, chosen.subarray(start, end), size) : await dataset.read(start, end, size);
      const fed = toInputs(raw, preprocessing, input.shape ?? raw.shape.map(() => -1), input.dtype);
      return initialBatches(graph, end - start).map((initial) => initial ?? fed);
    },
  };
}

/** The input that a data set feeds where every example is a first one: states start from their initial values. */
function fedInput(graph: Graph): Value {
  const initial = initialBatches(graph, 1);
  const given = graph.inputs.filter((_, place) => initial[place] === null);
  return given.length === 1 ? graph.values[given[0]!]! : onlyInput(graph);
}

/** The input that a data set feeds. */
export function onlyInput(graph: Graph): Value {
  if (graph.inputs.length === 1) return graph.values[graph.inputs[0]!]!;
  throw new WhittleError(
    'DataError',
    `The model has ${graph.inputs.length} inputs (${graph.inputNames.join(', ')}) and a data set feeds one. Without data it is compared on random inputs.`,
  );
}

/** To which size pictures are read; null: as they are. */
export function readSize(dataset: Dataset, input: Value, preprocessing: Preprocessing): Preprocessing['size'] {
  return preprocessing.size ?? (dataset.storage === 'uint8' ? pictureSize(input.shape) : null);
}

/** For all inputs of a model that has no data: plausible numbers, the same for the same seed. */
export function randomExamples(graph: Graph, count: number, seed: number): Examples {
  return { count, labels: null, inputs: async (start, end) => randomInputs(graph, start, end, seed) };
}

/** Sorted; null: all. */
function chooseIndices(count: number, limit: number, seed: number): Uint32Array | null {
  return limit >= count ? null : shuffledIndices(count, seed).slice(0, Math.max(1, Math.floor(limit))).sort();
}

/** Neighbours are read together. */
async function readChosen(dataset: Dataset, indices: Uint32Array, size: Preprocessing['size']): Promise<Batch> {
  const parts: Batch[] = [];
  for (let at = 0; at < indices.length; ) {
    let next = at + 1;
    while (next < indices.length && indices[next] === indices[next - 1]! + 1) next++;
    parts.push(await dataset.read(indices[at]!, indices[next - 1]! + 1, size));
    at = next;
  }
  return stacked(parts);
}

function stacked(parts: readonly Batch[]): Batch {
  const [first] = parts as readonly [Batch];
  const other = parts.find((part) => part.shape.slice(1).join() !== first.shape.slice(1).join());
  if (other) {
    throw new WhittleError('DataError', `Examples differ in size ([${first.shape.slice(1).join(', ')}] and [${other.shape.slice(1).join(', ')}]). Set a size in the preprocessing.`);
  }
  const Data = first.data.constructor as new (length: number) => Batch['data'];
  const data = new Data(parts.reduce((sum, part) => sum + part.data.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { shape: [parts.reduce((sum, part) => sum + part.shape[0]!, 0), ...first.shape.slice(1)], dtype: first.dtype, data };
}
