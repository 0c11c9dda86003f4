/**
 * Empirical bias correction (Nagel et al. 2019, arXiv 1906.04721, section 4.2; NNCF's FastBiasCorrection). Whatever was done to the weights (and to
 * the activations) since the reference shifts the mean of each output channel of a linear layer, before its activation, by
 *
 *   Δ = E[W x + b] in the reference − E[W' x' + b'] now,   and b' ← b' + Δ.
 *
 * Both means are linear in the inputs: E[W x] = W · E[x], the mean taken at every place of the layer's window, so that a run gives
 * the means of inputs and nothing else (`meanRow`; zeros of the padding count).
 *
 * Layers are corrected in the order of the graph, each with the inputs that it has after the corrections before it. That takes a
 * run over the examples for each layer; past MOST_RUNS layers they are done in groups, in which all but the first are corrected
 * for their own weights alone, (W − W') · E[x] + b − b' with x of the reference, so that a shift is not made up for twice.
 *
 * The means of all layers may be right and the answers worse: where pruning left little of what tells examples apart, a shift decides.
 * So the outputs of the model are compared with the reference's on the examples, and the corrections go when they are further off.
 *
 * A bias on a grid stays on it (32-bit biases of integer layers: input scale × weight scale); a layer without one gets one.
 */
import { editGraph } from '../../ir/edit';
import type { Graph, Node } from '../../ir/graph';
import { consumersOf } from '../../ir/walk';
import { decodeFloats } from '../../ir/tensor';
import { info, warning, type Diagnostic } from '../../lib/diagnostics';
import { throwIfCancelled, WhittleError } from '../../lib/errors';
import type { OptionValues } from '../../options/options';
import type { Batch } from '../../runtime/backend';
import { isRowNode, linearLayout, meanRow, rowTimesKernel, type RowNode } from '../linear-rows';
import type { CalibrationExamples, Pass, PassContext } from '../pass';
import { valueMeans } from '../value-means';
import { layerNameOf } from '../weight-sites';
import { correctedBias } from './corrected-bias';
import { correctBiasMeta, type correctBiasOptions } from './meta';
import { outputDifferences } from './output-differences';

type Options = OptionValues<typeof correctBiasOptions>;
type DataContext = PassContext & { readonly examples: CalibrationExamples };

/** Runs over the examples: a graph of 64 linear layers or fewer is corrected layer by layer. */
const MOST_RUNS = 64;
/** NNCF's threshold: a bias that moves by twice its size says that the means are not to be trusted. */
const LARGEST_SHARE = 2;

interface Site {
  readonly node: RowNode;
  readonly original: RowNode;
}

export const correctBias: Pass<typeof correctBiasOptions> = {
  meta: correctBiasMeta,
  async run(graph, options, context) {
    const { examples, reference } = context;
    if (!examples || examples.count === 0) {
      throw new WhittleError('DataError', 'Biases are corrected on examples and there are none. Open a data set, or switch the step off.');
    }
    const diagnostics: Diagnostic[] = [];
    const sites = findSites(graph, context, diagnostics);
    const data: DataContext = { ...context, examples };
    const means = await valueMeans(reference, sites.map(({ original }) => original.inputs[0]!), data, options.samples);
    const groupSize = Math.ceil(sites.length / MOST_RUNS);
    let current = graph;
    for (let start = 0; start < sites.length; start += groupSize) {
      throwIfCancelled(context.signal);
      const group = sites.slice(start, start + groupSize);
      context.report({ stage: correctBiasMeta.id, fraction: start / sites.length, detail: layerNameOf(group[0]!.node) });
      const inputId = group[0]!.node.inputs[0]!;
      const now = await valueMeans(current, [inputId], data, options.samples);
      for (const [i, site] of group.entries()) {
        const before = means.get(site.original.inputs[0]!)!;
        current = correctSite(current, reference, site, { before, after: i === 0 ? now.get(inputId)! : before }, options, diagnostics);
      }
    }
    if (current === graph) return { graph, modified: false, diagnostics };
    const [before, after] = (await outputDifferences(reference, [graph, current], data, options.samples)) as [number, number];
    if (after <= before) return { graph: current, modified: true, diagnostics };
    const share = Math.round(100 * (after / before - 1));
    diagnostics.push(warning(`All biases stay as they were: with corrected ones the model’s outputs on the examples were ${share} % further from those before compression. Compress less, or fine-tune.`));
    return { graph, modified: false, diagnostics };
  },
};

/** The linear layers that the reference has too, in order. */
function findSites(graph: Graph, { reference, optionsFor }: PassContext, diagnostics: Diagnostic[]): Site[] {
  const originals = new Map(reference.nodes.map((node) => [node.id, node]));
  return graph.nodes.flatMap((node) => {
    if (!isRowNode(graph, node)) return [];
    const original = originals.get(node.id);
    const reason = optionsFor(layerNameOf(node), node.op) === null ? 'Kept as it is: a rule says so.' : whyNot(graph, reference, node, original);
    if (reason) diagnostics.push(info(reason, layerNameOf(node)));
    return reason ? [] : [{ node, original: original as RowNode }];
  });
}

function whyNot(graph: Graph, reference: Graph, node: RowNode, original: Node | undefined): string | undefined {
  if (!original || original.op !== node.op || !isRowNode(reference, original)) return 'Its bias is not corrected: the model before compression has no such layer.';
  const shape = graph.values[node.inputs[1]!]!.tensor!.shape;
  const originalShape = reference.values[original.inputs[1]!]!.tensor!.shape;
  if (shape.join() !== originalShape.join()) return `Its bias is not corrected: its kernel was [${originalShape.join(', ')}] and is [${shape.join(', ')}].`;
  const biases = [graph.values[node.inputs[2] ?? ''], reference.values[original.inputs[2] ?? '']];
  if (biases.some((bias) => bias && !bias.tensor)) return 'Its bias is not corrected: it is computed at run time.';
  return undefined;
}

interface Means {
  /** Of the layer's input in the reference, and now. */
  readonly before: Batch;
  readonly after: Batch;
}

function correctSite(graph: Graph, reference: Graph, { node: found, original }: Site, means: Means, options: Options, diagnostics: Diagnostic[]): Graph {
  // An earlier correction may have given the node its bias.
  const node = graph.nodes.find(({ id }) => id === found.id) as RowNode;
  const name = layerNameOf(node);
  const wanted = meanOutput(reference, original, means.before);
  const actual = meanOutput(graph, node, means.after);
  const shift = wanted.map((mean, o) => mean - actual[o]!);
  const biasId = node.inputs[2] ?? null;
  const bias = biasId === null ? null : graph.values[biasId]!.tensor!;
  if (options.skipLarge && bias) {
    const share = decodeFloats(bias).reduce((largest, value, o) => Math.max(largest, shift[o] === 0 ? 0 : Math.abs(shift[o]! / value)), 0);
    if (share >= LARGEST_SHARE) {
      diagnostics.push(info(`Its bias is not corrected: it would move by ${share.toFixed(1)} times its size.`, name));
      return graph;
    }
  }
  const corrected = correctedBias(graph, node, shift);
  if (typeof corrected === 'string') {
    diagnostics.push(info(corrected, name));
    return graph;
  }
  if (corrected === null) return graph;
  const editor = editGraph(graph);
  if (biasId !== null && consumersOf(graph).get(biasId)!.length === 1) editor.setTensor(biasId, corrected);
  else {
    const inputs = [node.inputs[0]!, node.inputs[1]!, editor.addConstant(`${name}/bias`, corrected)];
    editor.replaceNode(node.id, [{ ...node, inputs } as Node]);
  }
  return editor.done();
}

/** Mean of each output channel before the activation. */
function meanOutput(graph: Graph, node: RowNode, meanInput: Batch): Float64Array {
  const kernel = graph.values[node.inputs[1]!]!.tensor!;
  const layout = linearLayout(node, kernel.shape);
  const products = rowTimesKernel(meanRow(node, kernel.shape, meanInput), decodeFloats(kernel), layout, meanInput.shape.at(-1)!);
  const bias = node.inputs[2] ? decodeFloats(graph.values[node.inputs[2]]!.tensor!) : null;
  return bias ? products.map((mean, o) => mean + bias[o]!) : products;
}
