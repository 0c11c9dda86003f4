/**
 * What each operator of a graph takes by itself on one backend: a table by what operators are and which shapes they see, which grows with the
 * graphs that are asked about. The sum is not the model's latency (backends fuse, and caches are warm), but differences of sums say where time
 * goes, which multiplications alone do not: an operator that moves memory has none.
 */
import type { Graph, Node, ValueId } from '../ir/graph';
import { dropUnusedValues } from '../ir/edit';
import { hashOf } from '../lib/hash';
import { quantile } from '../lib/statistics';
import { forOneExample } from '../ops/cost';
import type { Batch, PreparedModel } from '../runtime/backend';

export interface OpTable {
  /** Milliseconds by `opKey`. */
  readonly known: ReadonlyMap<string, number>;
  add(key: string, ms: number): Promise<void>;
}

export interface TimingSetting {
  readonly clockStepMs: number;
  prepare(part: Graph): Promise<PreparedModel>;
  inputsOf(part: Graph): Batch[];
  /** Before each operator: a chance to cancel, and for others to come in. */
  onNext(): Promise<void>;
}

/** A sample lasts at least so many steps of the clock, and so long. */
const CLOCK_STEPS_PER_SAMPLE = 50;
const SAMPLE_MS = 2;
const SAMPLES = 5;
const MOST_RUNS = 1000;

/**
 * Milliseconds of each node for one example, by id. What starting an operator and reading its result takes is about what the cheapest of the graph
 * takes, and is taken off. Nodes that read indices, whose numbers decide what they do, count nothing.
 */
export async function opTimes(graph: Graph, table: OpTable, setting: TimingSetting): Promise<ReadonlyMap<string, number>> {
  const sized = forOneExample(graph);
  const parts = sized.nodes.filter((node) => readsFloats(sized, node)).map((node) => ({ id: node.id, key: opKey(sized, node), node }));
  for (const { key, node } of parts) {
    if (table.known.has(key)) continue;
    await setting.onNext();
    await table.add(key, await timeAlone(partOf(sized, node), setting));
  }
  const floor = Math.min(...parts.map(({ key }) => table.known.get(key)!));
  return new Map(parts.map(({ id, key }) => [id, table.known.get(key)! - floor]));
}

/** The same for operators that do the same work, whatever their weights. */
export function opKey(graph: Graph, { op, inputs, outputs, attributes }: Node): string {
  const shapeOf = (id: ValueId | null): unknown => {
    const value = id === null ? undefined : graph.values[id]!;
    return value && [value.dtype, value.shape, value.tensor !== undefined];
  };
  return hashOf([op, attributes, inputs.map(shapeOf), outputs.map(shapeOf)]);
}

function readsFloats(graph: Graph, { inputs }: Node): boolean {
  const fed = inputs.filter((id): id is ValueId => id !== null && !graph.values[id]!.tensor);
  return fed.length > 0 && fed.every((id) => graph.values[id]!.dtype === 'float32');
}

/** A graph of one node. */
function partOf(graph: Graph, node: Node): Graph {
  const inputs = [...new Set(node.inputs.filter((id): id is ValueId => id !== null && !graph.values[id]!.tensor))];
  return dropUnusedValues({ ...graph, inputs, inputNames: inputs, outputs: node.outputs, outputNames: node.outputs, nodes: [node] });
}

/** Median milliseconds of a run. */
async function timeAlone(part: Graph, { prepare, inputsOf, clockStepMs }: TimingSetting): Promise<number> {
  const model = await prepare(part);
  try {
    const stepper = await model.stepper(inputsOf(part));
    try {
      const time = async (runs: number): Promise<number> => {
        const start = performance.now();
        for (let i = 0; i < runs; i++) await stepper.step();
        return (performance.now() - start) / runs;
      };
      // The first run compiles.
      await time(1);
      const once = Math.max(await time(1), clockStepMs / CLOCK_STEPS_PER_SAMPLE);
      const runs = Math.min(Math.ceil(Math.max(SAMPLE_MS, clockStepMs * CLOCK_STEPS_PER_SAMPLE) / once), MOST_RUNS);
      const samples: number[] = [];
      for (let i = 0; i < SAMPLES; i++) samples.push(await time(runs));
      return quantile(samples.toSorted((a, b) => a - b), 0.5);
    } finally {
      stepper.dispose();
    }
  } finally {
    model.dispose();
  }
}
