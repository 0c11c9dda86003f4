/**
 * A graph whose file fixes the batch, with the batch left open: a .tflite is mostly written for one example, and ten thousand
 * runs of one take far longer than a hundred runs of a hundred. It is only taken when it gives the same answers.
 */
import { randomInputs } from '../datasets/random-inputs';
import type { Graph, Node, Value } from '../ir/graph';
import { decodeIntegers, type Shape } from '../ir/tensor';
import { isErrorOf } from '../lib/errors';
import { inferShapes } from '../ops/infer-shapes';
import type { Backend, Batch } from '../runtime/backend';
import { fillingBatches, fixedBatchOf } from './fixed-batch';

/** Batches that the answers are compared on: one shows no mixing of examples. */
const CHECKED_BATCHES = 2;
/** Of the largest number: steps of an integer grid flip, another model's answers are elsewhere. */
const TOLERANCE = 0.02;
const SEED = 1;

/** null: the batch is open already, or must stay as it is. */
export async function withFreeBatch(graph: Graph, backend: Backend): Promise<Graph | null> {
  const batch = fixedBatchOf(graph);
  if (batch === null) return null;
  const free = freed(graph, batch);
  return free && (await agree(graph, free, batch, backend)) ? free : null;
}

function freed(graph: Graph, batch: number): Graph | null {
  const values: Record<string, Value> = { ...graph.values };
  for (const id of graph.inputs) values[id] = { ...values[id]!, shape: [-1, ...values[id]!.shape!.slice(1)] };
  const nodes = graph.nodes.map((node): Node => {
    if (node.op !== 'reshape') return node;
    const shape = graph.values[node.outputs[0]!]!.shape;
    const given = node.attributes.shape ?? constantOf(graph, node.inputs[1]);
    if (shape?.[0] !== batch || !shape.every((size) => size >= 0) || !given) return node;
    return { ...node, inputs: node.inputs.slice(0, 1), attributes: { ...node.attributes, shape: [-1, ...shape.slice(1)] } };
  });
  try {
    const free = inferShapes({ ...graph, nodes, values });
    return graph.outputs.every((id) => isFreed(graph.values[id]!.shape, free.values[id]!.shape, batch)) ? free : null;
  } catch (error) {
    if (isErrorOf(error, 'GraphError')) return null;
    throw error;
  }
}

function constantOf(graph: Graph, id: string | null | undefined): Int32Array | null {
  const tensor = id ? graph.values[id]!.tensor : undefined;
  return tensor ? decodeIntegers(tensor) : null;
}

function isFreed(before: Shape | null, after: Shape | null, batch: number): boolean {
  return before?.[0] === batch && after?.[0] === -1 && before.slice(1).join() === after.slice(1).join();
}

async function agree(fixed: Graph, free: Graph, batch: number, backend: Backend): Promise<boolean> {
  const inputs = randomInputs(free, 0, CHECKED_BATCHES * batch, SEED);
  const run = async (graph: Graph): Promise<Batch[]> => {
    const model = await backend.prepare(graph);
    try {
      return await fillingBatches(model, fixedBatchOf(graph)).run(inputs);
    } finally {
      model.dispose();
    }
  };
  const [expected, actual] = [await run(fixed), await run(free).catch(() => null)];
  return actual !== null && expected.every((output, i) => isClose(output.data, actual[i]!.data));
}

function isClose(expected: Batch['data'], actual: Batch['data']): boolean {
  if (expected.length !== actual.length) return false;
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]!));
    difference = Math.max(difference, Math.abs(expected[i]! - actual[i]!));
  }
  return difference <= TOLERANCE * largest;
}
