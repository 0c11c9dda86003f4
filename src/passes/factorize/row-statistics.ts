/** What a layer's inputs look like on the examples: the covariance and the mean of its rows (a row is what the window sees). */
import type { Graph } from '../../ir/graph';
import { accumulateHessian, createHessian, type Hessian } from '../gptq';
import { sampleRows } from '../linear-rows';
import type { CalibrationExamples, PassContext } from '../pass';
import { forEachValue } from '../value-means';
import { LARGEST_SIDE, type Layer } from './layer';

export interface RowStatistics {
  /** E[(x − mean)ᵀ(x − mean)], [cells · inputs]². */
  readonly covariance: Float64Array;
  readonly mean: Float64Array;
}

/** Rows of a layer in all: enough for the covariance of a thousand inputs, and no minute of work. */
const MOST_ROWS = 4096;
/** Covariances held at a time: 256 MiB. More layers are done in turns. */
const MOST_NUMBERS = 1 << 25;

/** For the layers whose rows are short enough (`LARGEST_SIDE`), group by group so that memory is bounded. */
export async function* rowStatistics(
  graph: Graph,
  layers: readonly Layer[],
  context: PassContext & { readonly examples: CalibrationExamples },
  samples: number,
): AsyncGenerator<readonly [Layer, RowStatistics | null]> {
  for (const group of groupsOf(layers)) {
    const able = group.filter((layer) => lengthOf(layer) <= LARGEST_SIDE);
    const sums = new Map(able.map((layer) => [layer, { hessian: createHessian(lengthOf(layer)), sum: new Float64Array(lengthOf(layer)) }]));
    const count = Math.min(samples, context.examples.count);
    let run = 0;
    await forEachValue(graph, able.map(({ node }) => node.inputs[0]!), context, count, (id, batch) => {
      run++;
      for (const layer of able) {
        if (layer.node.inputs[0] !== id) continue;
        const { hessian, sum } = sums.get(layer)!;
        const most = Math.ceil((MOST_ROWS * batch.shape[0]!) / count);
        const { patches } = sampleRows(layer.node, graph.values[layer.node.inputs[1]!]!.tensor!.shape, batch, most, context.seed + run);
        accumulateHessian(hessian, patches);
        for (let i = 0; i < patches.length; i++) sum[i % sum.length]! += patches[i]!;
      }
    });
    for (const layer of group) {
      const found = sums.get(layer);
      yield [layer, found ? centred(found.hessian, found.sum) : null] as const;
      sums.delete(layer);
    }
  }
}

function lengthOf({ cells, inputs }: Layer): number {
  return cells * inputs;
}

function groupsOf(layers: readonly Layer[]): Layer[][] {
  const groups: Layer[][] = [];
  let numbers = Number.POSITIVE_INFINITY;
  for (const layer of layers) {
    const own = lengthOf(layer) <= LARGEST_SIDE ? lengthOf(layer) ** 2 : 0;
    if (numbers + own > MOST_NUMBERS) {
      groups.push([]);
      numbers = 0;
    }
    groups.at(-1)!.push(layer);
    numbers += own;
  }
  return groups;
}

function centred({ products, rowCount, size }: Hessian, sum: Float64Array): RowStatistics {
  const mean = sum.map((value) => value / rowCount);
  const covariance = products.map((value, at) => value / rowCount - mean[Math.floor(at / size)]! * mean[at % size]!);
  return { covariance, mean };
}
