/**
 * Second round, with data: what factors lost in earlier layers has moved the inputs of later ones. Layer by layer, in the order of the
 * graph, the last factor W [rows, outputs] and its bias are fitted again, from the inputs x̂ that it has now to the outputs y that the whole layer
 * had before (asymmetric reconstruction, Zhang et al. 2015, arXiv 1505.06798, section 2.3):
 *
 *   min E‖y − x̂ (W + Δ) − b‖² + damping ‖Δ‖²,   with both means taken off:   (E[x̂ᵀx̂] + damping) Δ = E[x̂ᵀ(y − x̂ W)].
 *
 * One row in eight is held out; a fit that does no better on those is left.
 */
import { editGraph } from '../../ir/edit';
import type { Graph } from '../../ir/graph';
import { decodeFloats, float32Tensor } from '../../ir/tensor';
import { consumersOf } from '../../ir/walk';
import { info, type Diagnostic } from '../../lib/diagnostics';
import { throwIfCancelled } from '../../lib/errors';
import { linearLayout, sampleRows } from '../linear-rows';
import type { CalibrationExamples, PassContext } from '../pass';
import { examplesPerRun, forEachValue } from '../value-means';
import { solve } from '../positive-definite';
import { layerNameOf } from '../weight-sites';
import { multiply } from '../matrix-product';
import { isFactorNode, type FactorNode } from './layer';
import { transpose } from './low-rank';
import { factorizeMeta } from './meta';

/** Rows of a layer: ten and more for each number that the last factor reads. */
const MOST_ROWS = 4096;
/** Most numbers that the last factor may read at a place; its covariance is the square of them. */
const MOST_INPUTS = 1024;
/** Runs over the examples; with more layers than that, the later ones are left as they were fitted first. */
const MOST_RUNS = 64;
const HELD_OUT_EVERY = 8;
/** Share of the mean diagonal: rows that say little about a direction leave it as it was. */
const DAMPING = 1e-3;

interface Rows {
  readonly data: Float64Array;
  readonly width: number;
}

type Data = PassContext & { readonly examples: CalibrationExamples };

/** `before`: the graph without factors; `ids`: nodes whose last factor has the same id in `after`. */
export async function refitLastFactors(before: Graph, after: Graph, ids: ReadonlySet<string>, samples: number, context: Data, diagnostics: Diagnostic[]): Promise<Graph> {
  let current = after;
  const nodes = before.nodes.filter((node): node is FactorNode => ids.has(node.id) && isFactorNode(node)).slice(0, MOST_RUNS);
  let better = 0;
  for (const [i, original] of nodes.entries()) {
    throwIfCancelled(context.signal);
    context.report({ stage: factorizeMeta.id, fraction: i / nodes.length, detail: layerNameOf(original) });
    const last = current.nodes.find((node): node is FactorNode => node.id === original.id && isFactorNode(node))!;
    if (linearLayout(last, kernelOf(current, last).shape).rowLength > MOST_INPUTS) continue;
    const perRun = Math.min(examplesPerRun(current, [last.inputs[0]!]), examplesPerRun(before, [original.inputs[0]!]));
    const now = await rowsOf(current, last, samples, context, perRun);
    const wanted = outputsOf(before, original, await rowsOf(before, original, samples, context, perRun));
    const fitted = fit(current, last, now, wanted);
    if (!fitted) continue;
    better++;
    current = withWeights(current, last, fitted);
  }
  if (better > 0) diagnostics.push(info(`Fitted again to what the layers gave before, with the inputs that they have now: ${better} of ${nodes.length}.`));
  return current;
}

/** The same places of the same examples whatever the window, since both give outputs of the same size, in the same runs. */
async function rowsOf(graph: Graph, node: FactorNode, samples: number, context: Data, perRun: number): Promise<Rows> {
  const { shape } = kernelOf(graph, node);
  const count = Math.min(samples, context.examples.count);
  const parts: Float32Array[] = [];
  let seen = 0;
  await forEachValue(graph, [node.inputs[0]!], context, count, (_id, batch) => {
    const share = Math.floor(((seen + batch.shape[0]!) * MOST_ROWS) / count) - Math.floor((seen * MOST_ROWS) / count);
    parts.push(sampleRows(node, shape, batch, share, context.seed + seen).patches);
    seen += batch.shape[0]!;
  }, perRun);
  const data = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return { data, width: linearLayout(node, shape).rowLength };
}

function outputsOf(graph: Graph, node: FactorNode, { data, width }: Rows): Rows {
  const kernel = kernelOf(graph, node);
  const outputs = kernel.shape.at(-1)!;
  const bias = biasOf(graph, node, outputs);
  const product = multiply(data, Float64Array.from(decodeFloats(kernel)), data.length / width, width, outputs);
  return { data: product.map((value, i) => value + bias[i % outputs]!), width: outputs };
}

interface Weights {
  readonly kernel: Float64Array;
  readonly bias: Float64Array;
}

/** Undefined when the fit does no better on rows held out. */
function fit(graph: Graph, node: FactorNode, now: Rows, wanted: Rows): Weights | undefined {
  const old: Weights = { kernel: Float64Array.from(decodeFloats(kernelOf(graph, node))), bias: biasOf(graph, node, wanted.width) };
  const [rows, heldRows] = split(now);
  const [targets, heldTargets] = split(wanted);
  const count = rows.data.length / rows.width;
  if (count < 2 || heldRows.data.length === 0) return undefined;
  const [x, meanX] = centred(rows);
  const [y, meanY] = centred(targets);
  const turned = transpose(x, count, rows.width);
  const covariance = multiply(turned, x, rows.width, count, rows.width);
  let trace = 0;
  for (let i = 0; i < rows.width; i++) trace += covariance[i * rows.width + i]!;
  for (let i = 0; i < rows.width; i++) covariance[i * rows.width + i]! += trace > 0 ? (DAMPING * trace) / rows.width : 1;
  const given = multiply(x, old.kernel, count, rows.width, wanted.width);
  const residual = y.map((value, i) => value - given[i]!);
  const change = solve(covariance, multiply(turned, residual, rows.width, count, wanted.width), rows.width, wanted.width);
  const kernel = old.kernel.map((value, i) => value + change[i]!);
  const shift = multiply(meanX, kernel, 1, rows.width, wanted.width);
  const fitted: Weights = { kernel, bias: meanY.map((value, o) => value - shift[o]!) };
  return errorOf(heldRows, heldTargets, fitted) < errorOf(heldRows, heldTargets, old) ? fitted : undefined;
}

function errorOf(rows: Rows, targets: Rows, { kernel, bias }: Weights): number {
  const outputs = multiply(rows.data, kernel, rows.data.length / rows.width, rows.width, targets.width);
  return outputs.reduce((sum, value, i) => sum + (value + bias[i % targets.width]! - targets.data[i]!) ** 2, 0);
}

function split({ data, width }: Rows): [Rows, Rows] {
  const take = (isHeldOut: boolean): Rows => {
    const rows = Array.from({ length: data.length / width }, (_, n) => n).filter((n) => (n % HELD_OUT_EVERY === HELD_OUT_EVERY - 1) === isHeldOut);
    const taken = new Float64Array(rows.length * width);
    for (const [i, n] of rows.entries()) taken.set(data.subarray(n * width, (n + 1) * width), i * width);
    return { data: taken, width };
  };
  return [take(false), take(true)];
}

function centred({ data, width }: Rows): [Float64Array, Float64Array] {
  const count = data.length / width;
  const mean = new Float64Array(width);
  for (const [i, value] of data.entries()) mean[i % width]! += value / count;
  return [data.map((value, i) => value - mean[i % width]!), mean];
}

function kernelOf(graph: Graph, node: FactorNode) {
  return graph.values[node.inputs[1]!]!.tensor!;
}

function biasOf(graph: Graph, node: FactorNode, outputs: number): Float64Array {
  const values = node.inputs[2] ? decodeFloats(graph.values[node.inputs[2]]!.tensor!) : undefined;
  return Float64Array.from({ length: outputs }, (_, o) => values?.[values.length === 1 ? 0 : o] ?? 0);
}

function withWeights(graph: Graph, node: FactorNode, { kernel, bias }: Weights): Graph {
  const editor = editGraph(graph);
  editor.setTensor(node.inputs[1]!, float32Tensor(kernelOf(graph, node).shape, Float32Array.from(kernel)));
  const tensor = float32Tensor([bias.length], Float32Array.from(bias));
  const biasId = node.inputs[2];
  // Data always gave the last factor a bias of its own; what others read is left to them.
  if (biasId && consumersOf(graph).get(biasId)!.length === 1) editor.setTensor(biasId, tensor);
  else editor.replaceNode(node.id, [{ ...node, inputs: [node.inputs[0]!, node.inputs[1]!, editor.addConstant(`${layerNameOf(node)}/bias`, tensor)] }]);
  return editor.done();
}
