/**
 * Numbers to calibrate on where no data are given. What a batch norm left on a value (`statistics`: its channels' mean and
 * deviation on the training data) says more than random inputs can: the graph is cut at these values, each is drawn from a normal
 * distribution with those moments, held within ±6 deviations and passed through its fused activation (Nagel et al. 2019, "Data-free
 * quantization", arXiv 1906.04721, section 4.2: n = 6), and everything after it is computed. Only what comes before the first of
 * them sees drawn inputs: pictures uniform in 0…1, other floats standard normal.
 */
import { editGraph } from '../../ir/edit';
import type { ChannelStatistics, Graph, Node, Value, ValueId } from '../../ir/graph';
import { initialBatches } from '../../ir/states';
import { decodeFloats } from '../../ir/tensor';
import { consumersOf, producersOf } from '../../ir/walk';
import { WhittleError } from '../../lib/errors';
import { createRandom, type Random } from '../../lib/random';
import type { Batch } from '../../runtime/backend';

export interface DrawnExamples {
  /** The graph, cut: its inputs, then the values that are drawn. */
  readonly graph: Graph;
  readonly usesStatistics: boolean;
  /** The batch that the graph insists on; null: any. */
  readonly fixedBatch: number | null;
  inputs(count: number): Batch[];
}

/** A normal number is farther out once in 500 million draws. */
const DEVIATIONS = 6;
/** Share of a channel's variance that a whole example shares, so that averages over it vary too. */
const SHARED_VARIANCE = 0.5;
/** The first examples stand at the ends, so that a small sample reaches them. */
const END_EXAMPLES = 2;
/** Free sizes of pictures and sequences. */
const FREE_SIZE = 32;
/** Whole numbers that index no table. */
const INTEGER_BOUND = 2;

export function drawnExamples(graph: Graph, seed: number): DrawnExamples {
  const cuts = cutsOf(graph);
  const cut = cuts.size === 0 ? graph : cutGraph(graph, [...cuts.keys()]);
  const random = createRandom(seed);
  const first = graph.values[graph.inputs[0]!]?.shape?.[0] ?? -1;
  return {
    graph: cut,
    usesStatistics: cuts.size > 0,
    fixedBatch: first > 0 ? first : null,
    inputs: (count) =>
      cut.inputs.map((id, place) => {
        const initial = initialBatches(cut, count)[place];
        if (initial) return initial;
        const known = cuts.get(id);
        return known ? drawFromStatistics(cut.values[id]!, known, count, random) : drawInput(cut, cut.values[id]!, count, random);
      }),
  };
}

interface Cut {
  readonly statistics: ChannelStatistics;
  readonly limits: readonly [number, number];
}

/** Values that are drawn: with moments, and of a shape that is known but for the batch. */
function cutsOf(graph: Graph): Map<ValueId, Cut> {
  const cuts = new Map<ValueId, Cut>();
  for (const node of graph.nodes) {
    const value = graph.values[node.outputs[0]!]!;
    const statistics = value.statistics ?? batchNormStatistics(graph, node);
    const isDrawable = value.shape && value.shape.length >= 2 && value.shape.slice(1).every((size) => size > 0);
    if (statistics && isDrawable && statistics.mean.length === value.shape.at(-1)) cuts.set(value.id, { statistics, limits: limitsOf(node) });
  }
  return cuts;
}

function batchNormStatistics(graph: Graph, node: Node): ChannelStatistics | undefined {
  if (node.op !== 'batch-norm') return undefined;
  const rank = graph.values[node.outputs[0]!]!.shape?.length ?? 0;
  if (node.attributes.axis !== -1 && node.attributes.axis !== rank - 1) return undefined;
  const [mean, , gamma, beta] = node.inputs.slice(1).map((id) => (id ? graph.values[id]!.tensor : undefined));
  if (!mean) return undefined;
  const channels = mean.shape[0]!;
  return {
    mean: beta ? decodeFloats(beta) : new Float32Array(channels),
    deviation: gamma ? decodeFloats(gamma).map(Math.abs) : new Float32Array(channels).fill(1),
  };
}

function limitsOf(node: Node): readonly [number, number] {
  switch ('activation' in node.attributes ? node.attributes.activation : 'none') {
    case 'relu':
      return [0, Infinity];
    case 'relu6':
      return [0, 6];
    case 'relu-n1-to-1':
      return [-1, 1];
    default:
      return [-Infinity, Infinity];
  }
}

/** The graph with the values as inputs of it. What made them goes. */
function cutGraph(graph: Graph, ids: readonly ValueId[]): Graph {
  const producers = producersOf(graph);
  const editor = editGraph(graph);
  for (const id of ids) editor.replaceNode(producers.get(id)!.id, []);
  return withInputs(editor.done(), graph, ids);
}

function withInputs(cut: Graph, graph: Graph, ids: readonly ValueId[]): Graph {
  const values = { ...cut.values };
  for (const id of ids) values[id] = graph.values[id]!;
  return { ...cut, values, inputs: [...graph.inputs, ...ids], inputNames: [...graph.inputNames, ...ids] };
}

function drawFromStatistics(value: Value, { statistics: { mean, deviation }, limits: [lowest, highest] }: Cut, count: number, random: Random): Batch {
  const shape = [count, ...value.shape!.slice(1)];
  const channels = mean.length;
  const perExample = shape.slice(1).reduce((product, size) => product * size, 1);
  const data = new Float32Array(count * perExample);
  const shared = new Float64Array(channels);
  const own = Math.sqrt(1 - SHARED_VARIANCE);
  for (let example = 0; example < count; example++) {
    for (let c = 0; c < channels; c++) shared[c] = Math.sqrt(SHARED_VARIANCE) * random.normal();
    for (let i = 0; i < perExample; i++) {
      const c = i % channels;
      const isEnd = example < END_EXAMPLES && i < channels;
      const z = isEnd ? (example === 0 ? -DEVIATIONS : DEVIATIONS) : shared[c]! + own * random.normal();
      const x = mean[c]! + Math.min(DEVIATIONS, Math.max(-DEVIATIONS, z)) * deviation[c]!;
      data[example * perExample + i] = Math.min(highest, Math.max(lowest, x));
    }
  }
  return { shape, dtype: 'float32', data };
}

function drawInput(graph: Graph, value: Value, count: number, random: Random): Batch {
  if (!value.shape || value.dtype === 'string') {
    throw new WhittleError('PassError', `The input ${value.name} cannot be drawn (${value.dtype === 'string' ? 'it takes texts' : 'its shape is unknown'}); give data to calibrate on.`);
  }
  const shape = value.shape.map((size, axis) => (size > 0 ? size : axis === 0 ? count : FREE_SIZE));
  const size = shape.reduce((product, n) => product * n, 1);
  if (value.dtype === 'float32') {
    const isPicture = shape.length === 4 && [1, 3, 4].includes(shape[3]!);
    return { shape, dtype: 'float32', data: Float32Array.from({ length: size }, () => (isPicture ? random.uniform() : random.normal())) };
  }
  const bound = value.dtype === 'bool' ? 2 : tableSize(graph, value.id);
  const whole = Array.from({ length: size }, () => random.integer(bound));
  return value.dtype === 'bool' ? { shape, dtype: 'bool', data: Uint8Array.from(whole) } : { shape, dtype: 'int32', data: Int32Array.from(whole) };
}

/** Rows of the smallest table that the numbers index. */
function tableSize(graph: Graph, id: ValueId): number {
  const sizes = (consumersOf(graph).get(id) ?? []).flatMap((node) => {
    if (node.op === 'gather' && node.inputs[1] === id) return [graph.values[node.inputs[0]!]!.shape?.at(node.attributes.axis) ?? INTEGER_BOUND];
    if (node.op === 'cast' || node.op === 'identity' || node.op === 'reshape') return [tableSize(graph, node.outputs[0]!)];
    return [];
  });
  return Math.max(1, sizes.length > 0 ? Math.min(...sizes) : INTEGER_BOUND);
}
