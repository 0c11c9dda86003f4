/**
 * Writes operators without an integer kernel as ones with one, so that fewer stay float:
 *
 * 1. a fused elu, sigmoid or tanh becomes a node of its own, and so does any activation fused into a concat
 * 2. silu = x · sigmoid(x); hard-sigmoid = relu6(x + 3) · 1/6; Keras 2's = relu6(1.2 x + 3) · 1/6
 * 3. batch-norm = x · a + (beta − a · mean), a = gamma / √(variance + epsilon)
 * 4. square = x · x; neg = x · −1; add-n = a chain of additions; division by a constant = a product with its inverse
 * 5. clip = relu, relu6, or minimum(maximum(x, low), high)
 */
import { editGraph, type GraphEditor } from '../../ir/edit';
import type { Graph, Node, NodeOf, Value, ValueId } from '../../ir/graph';
import { decodeFloats, float32Tensor } from '../../ir/tensor';
import { isConstant } from '../../ir/walk';
import type { FusedActivation, OpAttributes, OpName } from '../../ops/signatures';

/** Nodes for which `isWanted` is false stay as they are. */
export function expandForIntegers(graph: Graph, isWanted: (node: Node) => boolean): Graph {
  const editor = editGraph(graph);
  for (const node of graph.nodes) {
    if (!isWanted(node)) continue;
    const expansion = new Expansion(graph, editor, node);
    const nodes = expand(graph, node, expansion);
    if (nodes) editor.replaceNode(node.id, expansion.nodes);
  }
  const expanded = editor.done();
  return expanded === graph ? graph : expandForIntegers(expanded, isWanted);
}

/** The nodes that take the place of one. The last one made writes its output. */
class Expansion {
  readonly nodes: Node[] = [];
  constructor(
    private readonly graph: Graph,
    private readonly editor: GraphEditor,
    private readonly origin: Node,
  ) {}

  get output(): Value {
    return this.graph.values[this.origin.outputs[0]!]!;
  }

  /** A node whose output is new, shaped as the origin's. */
  inner<O extends OpName>(op: O, inputs: readonly ValueId[], attributes: OpAttributes[O]): ValueId {
    const id = `${this.origin.id}/${op}${this.nodes.length}`;
    this.editor.setValue({ id, name: id, dtype: 'float32', shape: this.output.shape });
    this.push(op, inputs, id, attributes);
    return id;
  }

  last<O extends OpName>(op: O, inputs: readonly ValueId[], attributes: OpAttributes[O]): true {
    this.push(op, inputs, this.output.id, attributes);
    return true;
  }

  /** A scalar, or a number a channel. */
  constant(name: string, data: ArrayLike<number>): ValueId {
    return this.editor.addConstant(`${this.origin.name}/${name}`, float32Tensor(data.length === 1 ? [] : [data.length], Float32Array.from(data)));
  }

  private push(op: OpName, inputs: readonly ValueId[], output: ValueId, attributes: unknown): void {
    const first = this.nodes.length === 0;
    const { layer } = this.origin;
    this.nodes.push({
      id: first ? this.origin.id : `${this.origin.id}/${op}${this.nodes.length}`,
      name: first ? this.origin.name : `${this.origin.name}/${op}${this.nodes.length}`,
      op,
      inputs,
      outputs: [output],
      attributes,
      ...(layer ? { layer } : {}),
    } as Node);
  }
}

/** True when the node was expanded. */
function expand(graph: Graph, node: Node, to: Expansion): boolean {
  const [x, y] = node.inputs as [ValueId, ValueId];
  switch (node.op) {
    case 'silu':
      return to.last('mul', [x, to.inner('sigmoid', [x], {})], { activation: 'none' });
    case 'hard-sigmoid':
    case 'hard-sigmoid-keras2': {
      const scaled = node.op === 'hard-sigmoid' ? x : to.inner('mul', [x, to.constant('factor', [1.2])], { activation: 'none' });
      const clipped = to.inner('add', [scaled, to.constant('offset', [3])], { activation: 'relu6' });
      return to.last('mul', [clipped, to.constant('sixth', [1 / 6])], { activation: 'none' });
    }
    case 'batch-norm':
      return expandBatchNorm(graph, node, to);
    case 'square':
      return to.last('mul', [x, x], { activation: 'none' });
    case 'neg':
      return to.last('mul', [x, to.constant('minus-one', [-1])], { activation: 'none' });
    case 'add-n': {
      const [first, ...others] = node.inputs as ValueId[];
      if (others.length === 0) return to.last('identity', [first!], {});
      const partial = others.slice(0, -1).reduce((sum, next) => to.inner('add', [sum, next], { activation: 'none' }), first!);
      return to.last('add', [partial, others.at(-1)!], { activation: 'none' });
    }
    case 'div': {
      if (!isConstant(graph, y) || graph.values[y]!.dtype !== 'float32') return false;
      const { shape } = graph.values[y]!.tensor!;
      const inverse = decodeFloats(graph.values[y]!.tensor!).map((value) => 1 / value);
      if (shape.length > 1 || !inverse.every(Number.isFinite)) return false;
      return to.last('mul', [x, to.constant('inverse', inverse)], { activation: node.attributes.activation });
    }
    case 'clip':
      return expandClip(node, x, to);
    default:
      return splitActivation(node, to);
  }
}

function expandBatchNorm(graph: Graph, node: NodeOf<'batch-norm'>, to: Expansion): boolean {
  const rank = to.output.shape?.length;
  const { axis, epsilon, activation } = node.attributes;
  const [x, ...parameters] = node.inputs as [ValueId, ...(ValueId | null)[]];
  if (axis !== -1 && axis !== (rank ?? 0) - 1) return false;
  if (parameters.some((id) => id !== null && !isConstant(graph, id))) return false;
  const [mean, variance, gamma, beta] = parameters.map((id) => (id ? decodeFloats(graph.values[id]!.tensor!) : undefined));
  const factor = Array.from(variance!, (value, c) => (gamma?.[c] ?? 1) / Math.sqrt(value + epsilon));
  const offset = factor.map((a, c) => (beta?.[c] ?? 0) - a * mean![c]!);
  const product = to.inner('mul', [x, to.constant('factor', factor)], { activation: 'none' });
  return to.last('add', [product, to.constant('offset', offset)], { activation });
}

function expandClip(node: NodeOf<'clip'>, x: ValueId, to: Expansion): boolean {
  const { minimum, maximum } = node.attributes;
  if (minimum === 0 && maximum === 6) return to.last('relu6', [x], {});
  if (minimum === 0 && maximum === Infinity) return to.last('relu', [x], {});
  if (maximum === Infinity) return to.last('maximum', [x, to.constant('lowest', [minimum])], {});
  const raised = minimum === -Infinity ? x : to.inner('maximum', [x, to.constant('lowest', [minimum])], {});
  return to.last('minimum', [raised, to.constant('highest', [maximum])], {});
}

/** Recurrent layers have an `activation` of another meaning; they have no integer kernel anyway. */
function splitActivation(node: Node, to: Expansion): boolean {
  if (!('activation' in node.attributes) || 'returnSequences' in node.attributes) return false;
  const activation = node.attributes.activation as FusedActivation;
  const isSplit = activation === 'elu' || activation === 'sigmoid' || activation === 'tanh' || (node.op === 'concat' && activation !== 'none');
  if (!isSplit) return false;
  const bare = to.inner(node.op, node.inputs as ValueId[], { ...node.attributes, activation: 'none' } as never);
  return activation === 'elu' ? to.last('elu', [bare], { alpha: 1 }) : to.last(activation as Exclude<FusedActivation, 'none' | 'elu'>, [bare], {});
}
