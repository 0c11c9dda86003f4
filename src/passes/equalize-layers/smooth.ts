/**
 * Smoothing (SmoothQuant, Xiao et al. 2022, arXiv 2211.10438, eq. 4), where it is exact: behind a layer norm, group norm, batch norm or a
 * multiplication by constants that only dense layers read. With a_j = max |X_j| and w_j = max |W_j| over all those layers,
 *
 *   s_j = a_j^alpha / w_j^(1 − alpha);   gamma ← gamma / s, beta ← beta / s, W_j ← W_j · s_j.
 *
 * a_j comes from examples; without, from the normalization itself: |beta| + 3 · |gamma|, since its numbers have mean beta and
 * deviation gamma.
 */
import { editGraph, type GraphEditor } from '../../ir/edit';
import type { Graph, Node, NodeOf, ValueId } from '../../ir/graph';
import { consumersOf, isConstant } from '../../ir/walk';
import { decodeFloats, float32Tensor } from '../../ir/tensor';
import { info, type Diagnostic } from '../../lib/diagnostics';
import { layerNameOf } from '../weight-sites';

/** Within three deviations lie 99.7 % of a normal variable's numbers. */
const DEVIATIONS = 3;
/** A factor further from 1 means a dead channel on one side. */
const LARGEST_FACTOR = 100;

/** A normalization (or multiplication) and the dense layers that read it. */
export interface SmoothSite {
  readonly node: Node;
  readonly valueId: ValueId;
  readonly channels: number;
  /** Which inputs scale and move its output. */
  readonly gamma: number;
  readonly beta: number | null;
  readonly dense: readonly NodeOf<'dense'>[];
}

export function smoothSites(graph: Graph, isKept: (node: Node) => boolean): { sites: SmoothSite[]; diagnostics: Diagnostic[] } {
  const consumers = consumersOf(graph);
  const diagnostics: Diagnostic[] = [];
  const sites: SmoothSite[] = [];
  for (const node of graph.nodes) {
    const affine = affineInputs(graph, node);
    if (!affine) continue;
    const valueId = node.outputs[0]!;
    const readers = consumers.get(valueId) ?? [];
    if (!readers.some((reader) => reader.op === 'dense')) continue;
    const channels = graph.values[valueId]!.shape?.at(-1) ?? -1;
    const reason = [node, ...readers].some(isKept) ? 'a rule keeps it or a layer behind it' : whyNot(graph, consumers, valueId, readers, [node.inputs[affine.gamma], affine.beta === null ? null : node.inputs[affine.beta]]);
    if (reason) diagnostics.push(info(`Not smoothed: ${reason}.`, layerNameOf(node)));
    else if (channels > 0) sites.push({ node, valueId, channels, ...affine, dense: readers as NodeOf<'dense'>[] });
  }
  return { sites, diagnostics };
}

export function smoothGraph(graph: Graph, sites: readonly SmoothSite[], maxima: ReadonlyMap<ValueId, Float64Array> | null, alpha: number): Graph {
  const editor = editGraph(graph);
  for (const site of sites) {
    const activations = maxima?.get(site.valueId) ?? reachOf(graph, site);
    const weights = weightReach(graph, site);
    const factors = activations.map((reach, j) => {
      const factor = reach ** alpha / weights[j]! ** (1 - alpha);
      return factor > 0 && Number.isFinite(factor) ? Math.min(LARGEST_FACTOR, Math.max(1 / LARGEST_FACTOR, factor)) : 1;
    });
    scaleSite(graph, editor, site, factors);
  }
  return editor.done();
}

function affineInputs(graph: Graph, node: Node): Pick<SmoothSite, 'gamma' | 'beta'> | undefined {
  const rank = graph.values[node.outputs[0]!]?.shape?.length ?? 0;
  const isLast = (axis: number): boolean => axis === -1 || axis === rank - 1;
  switch (node.op) {
    case 'layer-norm':
      return node.attributes.axes.length === 1 && isLast(node.attributes.axes[0]!) ? { gamma: 1, beta: 2 } : undefined;
    case 'group-norm':
      return { gamma: 1, beta: 2 };
    case 'batch-norm':
      return isLast(node.attributes.axis) && node.attributes.activation === 'none' ? { gamma: 3, beta: 4 } : undefined;
    case 'mul': {
      if (node.attributes.activation !== 'none') return undefined;
      const gamma = node.inputs.findIndex((id) => isConstant(graph, id));
      return gamma < 0 ? undefined : { gamma, beta: null };
    }
    default:
      return undefined;
  }
}

function whyNot(
  graph: Graph,
  consumers: ReturnType<typeof consumersOf>,
  valueId: ValueId,
  readers: readonly Node[],
  parameters: readonly (ValueId | null | undefined)[],
): string | undefined {
  const isOwn = (id: ValueId): boolean => consumers.get(id)!.length === 1;
  const isPlain = (id: ValueId): boolean => graph.values[id]!.tensor?.encoding.kind === 'dense' && graph.values[id]!.dtype === 'float32';
  if (graph.outputs.includes(valueId)) return 'its output is the model’s';
  if (readers.some((reader) => reader.op !== 'dense' || reader.inputs[0] !== valueId)) return 'not only dense layers read it';
  if (readers.some(({ inputs }) => !isPlain(inputs[1]!) || !isOwn(inputs[1]!))) return 'a kernel behind it is quantized, shared, or computed at run time';
  if (parameters.some((id) => id && (!isPlain(id) || !isOwn(id)))) return 'its own factors are quantized, shared, or computed at run time';
  const channels = graph.values[valueId]!.shape?.at(-1);
  const isPerChannel = parameters.every((id) => !id || [1, channels].includes(graph.values[id]!.tensor!.shape.reduce((a, b) => a * b, 1)) && [1, channels].includes(graph.values[id]!.tensor!.shape.at(-1) ?? 1));
  return isPerChannel ? undefined : 'its factors differ by more than the channel';
}

function reachOf(graph: Graph, { node, gamma, beta, channels }: SmoothSite): Float64Array {
  const numbers = (index: number | null, absent: number): Float32Array => {
    const id = index === null ? null : node.inputs[index];
    return id ? decodeFloats(graph.values[id]!.tensor!) : Float32Array.of(absent);
  };
  const factors = numbers(gamma, 1);
  const offsets = numbers(beta, 0);
  return Float64Array.from({ length: channels }, (_, j) => Math.abs(offsets[j % offsets.length]!) + DEVIATIONS * Math.abs(factors[j % factors.length]!));
}

function weightReach(graph: Graph, { dense, channels }: SmoothSite): Float64Array {
  const reach = new Float64Array(channels);
  for (const { inputs } of dense) {
    const tensor = graph.values[inputs[1]!]!.tensor!;
    const outputs = tensor.shape[1]!;
    for (const [i, weight] of decodeFloats(tensor).entries()) {
      const j = Math.floor(i / outputs);
      reach[j] = Math.max(reach[j]!, Math.abs(weight));
    }
  }
  return reach;
}

function scaleSite(graph: Graph, editor: GraphEditor, { node, gamma, beta, channels, dense }: SmoothSite, factors: Float64Array): void {
  const inputs = [...node.inputs];
  const divide = (index: number, absent: number | null): void => {
    const id = inputs[index] ?? null;
    if (id === null && absent === null) return;
    const tensor = id === null ? float32Tensor([channels], [absent!]) : graph.values[id]!.tensor!;
    const values = decodeFloats(tensor);
    const shape = values.length === channels ? tensor.shape : [...tensor.shape.slice(0, -1), channels];
    const divided = float32Tensor(shape, Float32Array.from({ length: channels }, (_, j) => values[j % values.length]! / factors[j]!));
    if (id !== null) editor.setTensor(id, divided);
    else {
      while (inputs.length < index) inputs.push(null);
      inputs[index] = editor.addConstant(`${layerNameOf(node)}/gamma`, divided);
    }
  };
  divide(gamma, 1);
  if (beta !== null) divide(beta, null);
  if (inputs.some((id, i) => id !== node.inputs[i])) editor.replaceNode(node.id, [{ ...node, inputs } as Node]);
  for (const layer of dense) {
    const tensor = graph.values[layer.inputs[1]!]!.tensor!;
    const outputs = tensor.shape[1]!;
    editor.setTensor(layer.inputs[1]!, float32Tensor(tensor.shape, decodeFloats(tensor).map((weight, i) => weight * factors[Math.floor(i / outputs)]!)));
  }
}
