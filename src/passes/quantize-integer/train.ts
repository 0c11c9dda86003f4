/**
 * Quantization-aware training (Jacob et al. 2018, arXiv 1712.05877): the float model trains with the activations on the grids that calibration
 * chose and every kernel on a grid of the form that its integer kernel takes. Eight-bit scales follow the largest weight, four-bit ones are
 * learned (kept-constraints.ts). Zeros, palettes and grids of earlier passes are kept. The trained kernels come back as integers, so that
 * encoding afterwards only has biases left to round.
 */
import { editGraph } from '../../ir/edit';
import type { Graph, Node, ValueId } from '../../ir/graph';
import { decodeFloats } from '../../ir/tensor';
import { kernelLayoutOf } from '../../ops/integer-rules';
import type { AffineConstraint } from '../../training/training';
import { gridToTrain, type Constraints } from '../kept-constraints';
import type { Learned } from '../learn';
import type { PassContext } from '../pass';
import { recover, type RecoverOptions } from '../recover';
import { fittingEncoding, kernelScales, smallestKernelScales, symmetricEncoding } from './kernels';
import { outputsOf, type LayerGrids, type LayerOptions } from './layers';
import { quantizeIntegerMeta } from './meta';
import { placeGrids, type Grids } from './rewire';

/** Trains `graph`; its nodes stay as they are, its constants are the trained ones. */
export async function trainOnGrids(
  graph: Graph,
  integer: ReadonlySet<string>,
  grids: LayerGrids & Grids,
  optionsFor: (node: Node) => LayerOptions | null,
  options: RecoverOptions,
  context: PassContext,
): Promise<Learned> {
  const constraints: Record<ValueId, readonly AffineConstraint[]> = {};
  for (const node of graph.nodes) {
    if (!integer.has(node.id) || !kernelLayoutOf(node)) continue;
    const constraint = kernelGrid(graph, node, grids, optionsFor(node)!);
    if (constraint) constraints[node.inputs[1]!] ??= [constraint];
  }
  return trainKernels(graph, placeGrids(graph, integer, grids), constraints, options, context);
}

/** Trains `placed`, which holds the constants of `graph`, and gives `graph` with the trained ones. */
export async function trainKernels(graph: Graph, placed: Graph, constraints: Constraints, options: RecoverOptions, context: PassContext): Promise<Learned> {
  const { graph: trained, diagnostics } = await recover(quantizeIntegerMeta.id, placed, constraints, options, context);
  const editor = editGraph(graph);
  for (const { id, tensor } of Object.values(graph.values)) {
    const learned = trained.values[id]?.tensor;
    if (tensor && learned && learned !== tensor) editor.setTensor(id, learned);
  }
  return { graph: editor.done(), diagnostics };
}

/** The grids of kernels that were floats before and are integers after. */
export function kernelGridsOf(before: Graph, after: Graph): Constraints {
  const entries = Object.values(after.values).flatMap(({ id, tensor }) =>
    tensor?.encoding.kind === 'affine' && tensor !== before.values[id]?.tensor ? [[id, [gridToTrain(tensor.encoding)]] as const] : [],
  );
  return Object.fromEntries(entries);
}

/** The kernel's grid as encoding would choose it; undefined: it stands on one already, and keeps it. */
function kernelGrid(graph: Graph, node: Node, grids: LayerGrids, { weights, granularity }: LayerOptions): AffineConstraint | undefined {
  const layout = kernelLayoutOf(node)!;
  const kernel = graph.values[node.inputs[layout.kernel]!]!.tensor!;
  if (fittingEncoding(kernel, layout)) return undefined;
  const biasId = node.inputs[layout.bias];
  const bias = biasId ? decodeFloats(graph.values[biasId]!.tensor!) : null;
  const smallestScale = smallestKernelScales(bias, outputsOf(node, kernel), grids.readBy(node, node.inputs[0]!).scale, grids.of(node.outputs[0]!).scale);
  const bits = weights === '4' && layout.int4 ? 4 : 8;
  const { scale, axis } = kernelScales(kernel, layout, { bits, granularity, rounding: 'nearest', smallestScale });
  return gridToTrain(symmetricEncoding(new Int8Array(0), scale, axis, bits));
}
