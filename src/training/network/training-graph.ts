/**
 * The graph as it is trained: the same numbers, in nodes that suit going forward and back.
 *
 * 1. Identities are other names of their inputs (but for dropout, and where an identity puts numbers on another grid).
 * 2. A softmax or sigmoid that an output ends in is left off: losses are computed from what goes into it.
 * 3. Activations fused into anything but a product, a normalization or an elementwise operator stand alone.
 * 4. An input on a grid is rounded to it by a node of its own.
 * 5. A bias that follows a product as its own addition, and then an activation that can be undone from its result, become
 *    part of the product, where nobody else sees the value between.
 */
import type { Graph, Node, Value, ValueId } from '../../ir/graph';
import type { FusedActivation, OpName } from '../../ops/signatures';
import type { NetworkOutput } from '../network';
import { sameGrid } from '../../ir/quantization';
import { producersOf } from '../../ir/walk';
import { dropoutRate } from './rules/dropout';

export interface TrainingGraph {
  /** What is fed: an input that has a grid comes in without it. */
  readonly inputs: readonly ValueId[];
  readonly nodes: readonly Node[];
  readonly values: Readonly<Record<ValueId, Value>>;
  readonly outputs: readonly NetworkOutput[];
  /** The value that holds the numbers of another. */
  resolve(id: ValueId): ValueId;
}

export function trainingGraphOf(graph: Graph, watched: readonly ValueId[], withDropout: boolean): TrainingGraph {
  const values: Record<ValueId, Value> = { ...graph.values };
  const alias = new Map<ValueId, ValueId>();
  const resolve = (id: ValueId): ValueId => alias.get(id) ?? id;
  const nodes: Node[] = [];
  const inputs = graph.inputs.map((id) => roundedInput(values[id]!, values, nodes));
  for (const node of graph.nodes) {
    if (isName(graph, node, withDropout)) alias.set(node.outputs[0]!, resolve(node.inputs[0]!));
    else nodes.push(...openActivation({ ...node, inputs: node.inputs.map((id) => (id === null ? null : resolve(id))) } as Node, values));
  }
  const open: Graph = { ...graph, nodes, values };
  const outputs = graph.outputs.map((id) => leaveOff(open, nodes, resolve(id), id));
  const seen = new Set([...watched.map(resolve), ...outputs.map(({ logits }) => logits)]);
  return { inputs, nodes: needed(merged({ ...open, nodes }, seen), seen), values, outputs, resolve };
}

function isName(graph: Graph, node: Node, withDropout: boolean): boolean {
  if (node.op !== 'identity') return false;
  if (withDropout && dropoutRate(node) > 0) return false;
  const grid = graph.values[node.outputs[0]!]!.quantization;
  return !grid || sameGrid(grid, graph.values[node.inputs[0]!]!.quantization);
}

/** Adds the node that puts an input on its grid, if it has one; gives what is fed. */
function roundedInput(input: Value, values: Record<ValueId, Value>, nodes: Node[]): ValueId {
  if (!input.quantization) return input.id;
  const raw = `${input.id} as given`;
  const { quantization: _grid, ...open } = input;
  values[raw] = { ...open, id: raw };
  nodes.push({ id: raw, name: input.name, op: 'quantize', inputs: [raw], outputs: [input.id], attributes: {} });
  return raw;
}

/** Where the activation stays part of its node. */
const keepsActivation: ReadonlySet<OpName> = new Set(['conv1d', 'conv2d', 'depthwise-conv2d', 'dense', 'batch-norm', 'add', 'sub', 'mul', 'div']);

function activationOf(node: Node): FusedActivation {
  return (node.attributes as { readonly activation?: FusedActivation }).activation ?? 'none';
}

function withActivation(node: Node, activation: FusedActivation): Node {
  return { ...node, attributes: { ...node.attributes, activation } } as Node;
}

/** Recurrent layers have activations too, which are no fused ones. */
const recurrent: ReadonlySet<OpName> = new Set(['lstm', 'gru', 'simple-rnn', 'conv-lstm2d']);

function openActivation(node: Node, values: Record<ValueId, Value>): Node[] {
  const activation = activationOf(node);
  if (activation === 'none' || keepsActivation.has(node.op) || recurrent.has(node.op)) return [node];
  return split(node, activation, values);
}

/** The node without its activation, and the activation. */
function split(node: Node, activation: Exclude<FusedActivation, 'none'>, values: Record<ValueId, Value>): [Node, Node] {
  const output = values[node.outputs[0]!]!;
  const between = `${output.id} before ${activation}`;
  const { quantization: _grid, ...open } = output;
  values[between] = { ...open, id: between, name: between };
  const bare = { ...withActivation(node, 'none'), outputs: [between] } as Node;
  const op: OpName = activation;
  const attributes = activation === 'elu' ? { alpha: 1 } : {};
  return [bare, { id: `${node.id} ${activation}`, name: node.name, op, inputs: [between], outputs: [output.id], attributes } as Node];
}

/** Changes `nodes` where a sigmoid has to be taken out of its product. */
function leaveOff(graph: Graph, nodes: Node[], id: ValueId, valueId: ValueId): NetworkOutput {
  const producers = producersOf({ ...graph, nodes });
  let node = producers.get(id);
  // What only changes the grid of probabilities.
  while (node?.op === 'quantize' || node?.op === 'identity') node = producers.get(node.inputs[0]!);
  if (!node) return { valueId, logits: id, activation: 'linear' };
  if (node.op === 'softmax') {
    const logits = node.inputs[0]!;
    const rank = graph.values[logits]?.shape?.length;
    if (node.attributes.axis === -1 || node.attributes.axis === (rank ?? NaN) - 1) return { valueId, logits, activation: 'softmax' };
  }
  if (node.op === 'sigmoid') return { valueId, logits: node.inputs[0]!, activation: 'sigmoid' };
  if (keepsActivation.has(node.op) && activationOf(node) === 'sigmoid') {
    const parts = split(node, 'sigmoid', graph.values as Record<ValueId, Value>);
    nodes.splice(nodes.indexOf(node), 1, ...parts);
    return { valueId, logits: parts[1].inputs[0]!, activation: 'sigmoid' };
  }
  return { valueId, logits: id, activation: 'linear' };
}

function merged(graph: Graph, seen: ReadonlySet<ValueId>): Node[] {
  const readers = new Map<ValueId, Node[]>();
  for (const node of graph.nodes) for (const id of node.inputs) if (id !== null) readers.set(id, [...(readers.get(id) ?? []), node]);
  const gone = new Set<Node>();
  const onlyReader = (id: ValueId): Node | undefined => {
    const [reader, ...others] = readers.get(id) ?? [];
    return others.length > 0 || seen.has(id) || graph.values[id]!.quantization ? undefined : reader;
  };
  return graph.nodes.flatMap((first): Node[] => {
    if (gone.has(first)) return [];
    let node = first;
    if (!keepsActivation.has(node.op) || activationOf(node) !== 'none') return [node];
    const adder = isProduct(node) && !node.inputs[2] ? onlyReader(node.outputs[0]!) : undefined;
    const bias = adder && biasOf(adder, node, graph.values);
    if (adder && bias) {
      gone.add(adder);
      node = { ...node, inputs: [node.inputs[0]!, node.inputs[1]!, bias], outputs: adder.outputs } as Node;
      if (activationOf(adder) !== 'none') return [withActivation(node, activationOf(adder))];
    }
    const next = onlyReader(node.outputs[0]!);
    const activation = next && mergeable(next);
    if (next && activation) {
      gone.add(next);
      node = { ...withActivation(node, activation), outputs: next.outputs } as Node;
    }
    return [node];
  });
}

function isProduct({ op }: Node): boolean {
  return op === 'conv1d' || op === 'conv2d' || op === 'depthwise-conv2d' || op === 'dense';
}

function biasOf(adder: Node, product: Node, values: Graph['values']): ValueId | null {
  if (adder.op !== 'add') return null;
  const other = adder.inputs[0] === product.outputs[0] ? adder.inputs[1] : adder.inputs[0];
  const value = other ? values[other] : undefined;
  const kernel = product.inputs[1] ? values[product.inputs[1]]?.shape : undefined;
  const channels = product.op === 'depthwise-conv2d' ? kernel && kernel[2]! * kernel[3]! : kernel?.at(-1);
  return value?.tensor && value.shape?.length === 1 && value.shape[0] === channels && channels! > 1 ? value.id : null;
}

function mergeable(node: Node): Exclude<FusedActivation, 'none'> | null {
  switch (node.op) {
    case 'relu':
    case 'relu6':
    case 'relu-n1-to-1':
    case 'sigmoid':
    case 'tanh':
      return node.op;
    case 'elu':
      return node.attributes.alpha === 1 ? 'elu' : null;
    default:
      return null;
  }
}

/** Without what only the left-off endings, or nobody, reads. */
function needed(nodes: readonly Node[], seen: ReadonlySet<ValueId>): Node[] {
  const wanted = new Set<ValueId>(seen);
  const kept = nodes.toReversed().filter((node) => {
    if (!node.outputs.some((id) => wanted.has(id))) return false;
    for (const id of node.inputs) if (id !== null) wanted.add(id);
    return true;
  });
  return kept.toReversed();
}
