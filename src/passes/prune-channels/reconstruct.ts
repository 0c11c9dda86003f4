/**
 * Reconstruction without labels (He et al. 2017, arXiv 1707.06168; ThiNet, Luo et al. 2017, arXiv 1707.06342). Layer by layer from the
 * front, with X the inputs that the layer has in the pruned model, those before it fitted already, and Y what it gave in the
 * whole model before its activation,
 *
 *   W, b = argmin ‖Y − XW − b‖² + λ‖W − W₀‖²,  W₀ the weights that pruning left,
 *
 * for every convolution (grouped and depthwise ones group by group) and dense layer whose input pruning has changed.
 */
import { editGraph } from '../../ir/edit';
import type { Graph, Node, ValueId } from '../../ir/graph';
import { consumersOf } from '../../ir/walk';
import { decodeFloats, float32Tensor, type Tensor } from '../../ir/tensor';
import { info, type Diagnostic } from '../../lib/diagnostics';
import { choosePositions, columnsOfGroup, isRowNode, linearLayout, placeColumns, rowsOfGroup, sampleRows, type RowNode } from '../linear-rows';
import { layerNameOf } from '../weight-sites';
import { addRows, createRegression, solveRegression, type Regression } from './least-squares';
import { exampleCount, forEachRun, inBatches, MOST_INPUTS, RIDGE_SHARE, rowBytes, rowsPerRun, runBytes, type DataContext } from './sampled-runs';

interface Target {
  readonly node: RowNode;
  /** Of one run. */
  readonly rows: number;
  /** What it gave in the whole model, one array a run: [rows, outputs that are left]. */
  readonly outputs: Float32Array[];
}

/** `keptOutputs`: the output channels of a value of the whole model that are left; null: all. */
export async function reconstruct(
  whole: Graph,
  pruned: Graph,
  keptOutputs: (id: ValueId) => Int32Array | null,
  context: DataContext,
): Promise<{ graph: Graph; diagnostics: Diagnostic[] }> {
  const diagnostics: Diagnostic[] = [];
  const targets = findTargets(whole, pruned, context, diagnostics);
  const bytesOf = ({ node, rows }: Target): number => runBytes(whole, node.outputs[0]!) + rowBytes(rows, whole.values[node.outputs[0]!]!.shape!.at(-1)!, context);
  let graph = pruned;
  let done = 0;
  for (const batch of inBatches(targets, bytesOf)) {
    await observe(whole, batch, keptOutputs, context);
    for (const target of batch) {
      context.report({ stage: 'prune-channels', fraction: done++ / targets.length, detail: layerNameOf(target.node) });
      graph = await fit(graph, target, context);
      target.outputs.length = 0;
    }
  }
  if (targets.length > 0) diagnostics.push(info(`${targets.length} layers fitted to what they gave before, on ${exampleCount(context)} examples.`));
  return { graph, diagnostics };
}

function findTargets(whole: Graph, pruned: Graph, context: DataContext, diagnostics: Diagnostic[]): Target[] {
  const changed = new Set<ValueId>(Object.keys(pruned.values).filter((id) => pruned.values[id]!.shape?.join() !== whole.values[id]!.shape?.join()));
  const consumers = consumersOf(pruned);
  return pruned.nodes.flatMap((node): Target[] => {
    const isReader = node.inputs.some((id) => id !== null && changed.has(id));
    if (isReader) for (const id of node.outputs) changed.add(id);
    if (!isRowNode(pruned, node) || !changed.has(node.inputs[0]!)) return [];
    const { tensor } = pruned.values[node.inputs[1]!]!;
    const { groups, rowLength } = linearLayout(node, tensor!.shape);
    const reason = whyNotFitted(rowLength, tensor!.encoding.kind === 'dense', consumers.get(node.inputs[1]!)!.length > 1, context.optionsFor(layerNameOf(node), node.op) === null);
    if (reason) {
      diagnostics.push(info(`Not fitted: ${reason}.`, layerNameOf(node)));
      return [];
    }
    return [{ node, rows: rowsPerRun(rowLength, groups, context), outputs: [] }];
  });
}

function whyNotFitted(rowLength: number, isPlain: boolean, isShared: boolean, isKept: boolean): string | null {
  if (isKept) return 'a rule keeps it as it is';
  if (!isPlain) return 'its kernel is quantized or has a palette';
  if (isShared) return 'several layers share its kernel';
  return rowLength > MOST_INPUTS ? `${rowLength} inputs are more than can be fitted in memory (${MOST_INPUTS})` : null;
}

/** Runs the whole model once and keeps some rows of what every target gave before its activation. */
async function observe(whole: Graph, targets: readonly Target[], keptOutputs: (id: ValueId) => Int32Array | null, context: DataContext): Promise<void> {
  const values = { ...whole.values };
  const plainIds = new Map<string, ValueId>();
  const nodes = whole.nodes.flatMap((node): Node[] => {
    if (!targets.some((target) => target.node.id === node.id)) return [node];
    const [output] = node.outputs as [ValueId];
    if (!('activation' in node.attributes) || node.attributes.activation === 'none') {
      plainIds.set(node.id, output);
      return [node];
    }
    const id = `${output}#before-activation`;
    values[id] = { ...values[output]!, id, name: id };
    plainIds.set(node.id, id);
    return [node, { ...node, id: `${node.id}#before-activation`, outputs: [id], attributes: { ...node.attributes, activation: 'none' } } as Node];
  });
  const ids = targets.map(({ node }) => plainIds.get(node.id)!);
  await forEachRun({ ...whole, nodes, values }, ids, context, (outputs, start) => {
    for (const [i, target] of targets.entries()) {
      const { data, shape } = outputs[i]!;
      const channels = shape.at(-1)!;
      const kept = keptOutputs(target.node.outputs[0]!) ?? Int32Array.from({ length: channels }, (_, c) => c);
      const positions = choosePositions(data.length / channels, target.rows, context.seed + start);
      const rows = new Float32Array(positions.length * kept.length);
      positions.forEach((position, row) => kept.forEach((channel, c) => (rows[row * kept.length + c] = data[position * channels + channel]!)));
      target.outputs.push(rows);
    }
  });
}

/** The graph with the weights of one layer fitted. */
async function fit(graph: Graph, { node, rows, outputs }: Target, context: DataContext): Promise<Graph> {
  const [x, kernelId, biasId] = graph.nodes.find(({ id }) => id === node.id)!.inputs as [ValueId, ValueId, ValueId?];
  const { tensor } = graph.values[kernelId]!;
  const layout = linearLayout(node, tensor!.shape);
  const { groups, rowLength, outputsPerGroup } = layout;
  const regressions = Array.from({ length: groups }, (): Regression => createRegression(rowLength, outputsPerGroup));
  let run = 0;
  await forEachRun(graph, [x], context, ([input], start) => {
    const sampled = sampleRows(node, tensor!.shape, input!, rows, context.seed + start);
    const all = outputs[run++]!;
    for (const [group, regression] of regressions.entries()) {
      addRows(regression, rowsOfGroup(sampled, layout, group), columnsFrom(all, layout.outputs, group * outputsPerGroup, outputsPerGroup));
    }
  });
  const before = decodeFloats(tensor!);
  const kernel = before.slice();
  const oldBias = biasId ? decodeFloats(graph.values[biasId]!.tensor!) : new Float32Array(layout.outputs);
  const bias = Float32Array.from({ length: layout.outputs }, (_, o) => oldBias[o % oldBias.length]!);
  for (const [group, regression] of regressions.entries()) {
    const solved = solveRegression(regression, columnsOfGroup(before, layout, group), RIDGE_SHARE);
    if (!solved) continue;
    placeColumns(kernel, solved.weights, layout, group);
    bias.set(solved.offsets, group * outputsPerGroup);
  }
  return withWeights(graph, node, float32Tensor(tensor!.shape, kernel), float32Tensor([layout.outputs], bias));
}

function withWeights(graph: Graph, { id }: RowNode, kernel: Tensor, bias: Tensor): Graph {
  const editor = editGraph(graph);
  const node = graph.nodes.find((candidate) => candidate.id === id)!;
  const [x, kernelId, biasId] = node.inputs as [ValueId, ValueId, ValueId?];
  editor.setTensor(kernelId, kernel);
  const isOwn = biasId !== undefined && biasId !== null && consumersOf(graph).get(biasId)!.length === 1;
  if (isOwn) editor.setTensor(biasId, bias);
  else editor.replaceNode(id, [{ ...node, inputs: [x, kernelId, editor.addConstant(`${layerNameOf(node)}/bias`, bias), ...node.inputs.slice(3)] } as Node]);
  return editor.done();
}

function columnsFrom(rows: Float32Array, width: number, from: number, count: number): Float32Array {
  if (count === width) return rows;
  const columns = new Float32Array((rows.length / width) * count);
  for (let row = 0; row * width < rows.length; row++) columns.set(rows.subarray(row * width + from, row * width + from + count), row * count);
  return columns;
}
