/**
 * Factorization: a layer becomes two or three thinner ones, one after another with nothing between them, and the last keeps the bias and
 * the activation. Dense layers, 1×1 and wider convolutions by their channels (`channels.ts`), wider ones also by rows and columns
 * (`spatial.ts`) or as Tucker-2 (`tucker.ts`); `choose.ts` picks the rank, only where it pays.
 *
 * With examples, what is kept is what matters for the layer's outputs, y = x W + b with rows x of mean μ: the covariance of x weighs
 * the error (`low-rank.ts`), and the bias takes up the shift of the mean, b' = b + μ (W − W').
 * Then the last factors are fitted again to what the inputs have become (`refit.ts`).
 * With epochs to recover, the whole model is trained on with its thin layers.
 */
import { editGraph, type GraphEditor } from '../../ir/edit';
import type { Graph } from '../../ir/graph';
import { decodeFloats, sizeOf } from '../../ir/tensor';
import { info, warning, type Diagnostic } from '../../lib/diagnostics';
import { throwIfCancelled } from '../../lib/errors';
import { yieldToMessages } from '../../lib/yield-to-messages';
import { forOneExample, totalMacs } from '../../ops/cost';
import type { OptionValues } from '../../options/options';
import type { Pass, PassContext } from '../pass';
import { recover, wantsRecovery } from '../recover';
import { layerNameOf, weightSites } from '../weight-sites';
import { multiply } from '../matrix-product';
import { chooseForLayer, chooseForModel, payingCandidates, type Entry, type Price } from './choose';
import { describeLayer, isFactorNode, whyNot, type Candidate, type Layer } from './layer';
import { factorizeMeta, type factorizeOptions } from './meta';
import { refitLastFactors } from './refit';
import { createNames, replaceByFactors, type Names } from './rewrite';
import { rowStatistics, type RowStatistics } from './row-statistics';

type Options = OptionValues<typeof factorizeOptions>;

interface MeanEntry extends Entry {
  /** Of the layer's rows; null without data. */
  readonly mean: Float64Array | null;
}

/** What a run edits and says. */
interface Work {
  readonly graph: Graph;
  readonly editor: GraphEditor;
  readonly names: Names;
  readonly diagnostics: Diagnostic[];
  /** How nodes were split with data, by their ids. */
  readonly split: Map<string, Candidate['method']>;
}

export const factorize: Pass<typeof factorizeOptions> = {
  meta: factorizeMeta,
  async run(graph, options, context) {
    const work: Work = { graph, editor: editGraph(graph), names: createNames(graph), diagnostics: [], split: new Map() };
    const layers = layersToFactorize(work, context);
    const together: MeanEntry[] = [];
    const saved = { macs: 0, parameters: 0 };
    let visited = 0;
    for await (const [layer, statistics] of statisticsOf(work, [...layers.keys()], options, context)) {
      throwIfCancelled(context.signal);
      context.report({ stage: factorizeMeta.id, fraction: visited++ / layers.size, detail: layer.name });
      await yieldToMessages();
      const own = layers.get(layer)!;
      const known = own.dataAware ? statistics : null;
      const candidates = payingCandidates(layer, known, own);
      if (typeof candidates === 'string') {
        work.diagnostics.push(info(candidates, layer.name));
        continue;
      }
      const entry = { layer, candidates, mean: known?.mean ?? null };
      // A share of its own makes a layer a question of its own.
      if (isForModel(own) && own.rankBy === options.rankBy && own.keep === options.keep) {
        together.push(entry);
        continue;
      }
      const chosen = chooseForLayer(layer, candidates, own);
      if (chosen) {
        saved.macs += layer.macs - chosen.macs;
        saved.parameters += layer.parameters - chosen.parameters;
        apply(work, entry, chosen);
      } else work.diagnostics.push(info(`Left alone: ${reasonOf(layer, candidates, own)}.`, layer.name));
    }
    shareOut(work, together, context.reference, options, saved);
    const factored = work.editor.done();
    const edited = await refitted(work, factored, options, context);
    if (edited === graph || !wantsRecovery(options)) return { graph: edited, modified: edited !== graph, diagnostics: work.diagnostics };
    const trained = await recover(factorizeMeta.id, edited, {}, options, context);
    return { graph: trained.graph, modified: true, diagnostics: [...work.diagnostics, ...trained.diagnostics] };
  },
};

async function refitted({ graph, diagnostics, split }: Work, factored: Graph, options: Options, context: PassContext): Promise<Graph> {
  // The first layer's inputs are what they were, and by its channels it was fitted to them as well as can be.
  const inOrder = graph.nodes.map(({ id }) => id).filter((id) => split.has(id));
  const ids = inOrder.filter((id, i) => i > 0 || split.get(id) !== 'channels');
  if (ids.length === 0 || !context.examples) return factored;
  return refitLastFactors(graph, factored, new Set(ids), options.samples, { ...context, examples: context.examples }, diagnostics);
}

function layersToFactorize({ graph, diagnostics }: Work, context: PassContext): Map<Layer, Options> {
  const layers = new Map<Layer, Options>();
  const concrete = forOneExample(graph);
  for (const node of graph.nodes) {
    const subject = layerNameOf(node);
    const reason = whyNot(graph, node);
    if (reason) diagnostics.push(info(reason, subject));
    if (reason || !isFactorNode(node)) continue;
    const own = context.optionsFor(subject, node.op) as Options | null;
    const layer = describeLayer(graph, concrete, node);
    if (own === null) diagnostics.push(info('Kept as it is: a rule says so.', subject));
    else if (!layer) diagnostics.push(info('Left alone: its sizes are not known before run time.', subject));
    else layers.set(layer, own);
  }
  return layers;
}

/** One layer after the other, so that the large matrices of one can go before those of the next come. */
async function* statisticsOf({ graph, diagnostics }: Work, layers: readonly Layer[], options: Options, context: PassContext): AsyncGenerator<readonly [Layer, RowStatistics | null]> {
  const { examples } = context;
  if (!options.dataAware || !examples || examples.count === 0) {
    if (options.dataAware && layers.length > 0) diagnostics.push(warning('No examples: the factors are fitted to the weights alone. With data they would lose less.'));
    for (const layer of layers) yield [layer, null];
    return;
  }
  for await (const [layer, statistics] of rowStatistics(graph, layers, { ...context, examples }, options.samples)) {
    if (!statistics) diagnostics.push(info('Fitted to its weights alone: it has too many inputs for their covariance.', layer.name));
    yield [layer, statistics];
  }
}

function isForModel({ rankBy }: Options): boolean {
  return rankBy === 'model' || rankBy === 'weights';
}

/** Chooses for the layers that share one goal. `saved`: what other layers gave already. */
function shareOut(work: Work, together: readonly MeanEntry[], reference: Graph, { rankBy, keep }: Options, saved: Readonly<Record<Price, number>>): void {
  if (together.length === 0) return;
  const price = rankBy === 'weights' ? 'parameters' : 'macs';
  const what = price === 'macs' ? 'multiplications' : 'weights';
  // Of the model as it came: what other passes saved before counts too, and doing it twice does no more.
  const all = priceOf(reference, price);
  const others = priceOf(work.graph, price) - saved[price] - together.reduce((sum, { layer }) => sum + layer[price], 0);
  const now = others + together.reduce((sum, { layer }) => sum + layer[price], 0);
  if (now <= keep * all) {
    work.diagnostics.push(info(`Nothing to do: ${percent(now / all)} of the ${what} are left already; ${percent(keep)} were asked for.`));
    return;
  }
  const chosen = chooseForModel(together, price, keep * all - others);
  const left = others + together.reduce((sum, { layer }, i) => sum + (chosen[i] ?? layer)[price], 0);
  for (const [i, candidate] of chosen.entries()) {
    if (candidate) apply(work, together[i]!, candidate);
    else work.diagnostics.push(info('Left alone: other layers lose less for the same saving.', together[i]!.layer.name));
  }
  if (left <= keep * all) return;
  work.diagnostics.push(warning(`Not reached: at the lowest ranks ${percent(left / all)} of the ${what} are left; ${percent(keep)} were asked for.`));
}

function priceOf(graph: Graph, price: Price): number {
  if (price === 'macs') return totalMacs(graph);
  return weightSites(graph).reduce((sum, { tensor }) => sum + sizeOf(tensor.shape), 0);
}

function reasonOf(layer: Layer, candidates: readonly Candidate[], options: Options): string {
  if (options.rankBy === 'energy') return `keeping ${percent(options.energy)} of its energy takes a rank at which nothing is saved`;
  const fewest = Math.min(...candidates.map(({ macs }) => macs));
  return `at the lowest rank ${percent(fewest / layer.macs)} of its multiplications are left`;
}

function apply({ graph, editor, names, diagnostics, split }: Work, { layer, mean }: MeanEntry, candidate: Candidate): void {
  const { factors, product } = candidate.build();
  replaceByFactors(graph, editor, names, layer, factors, mean && movedBias(graph, layer, product, mean));
  if (mean) split.set(layer.node.id, candidate.method);
  const ways = { channels: layer.cells > 1 ? 'by channels, ' : '', spatial: 'by rows and columns, ', tucker: 'Tucker-2, ' };
  const kept = `${percent(1 - candidate.lostShare)} of the ${mean ? 'variance of its output' : 'energy of its weights'}`;
  const cost = `${percent(candidate.macs / layer.macs)} of its multiplications`;
  diagnostics.push(info(`Split ${ways[candidate.method]}rank ${candidate.ranks.join(' and ')}: ${cost}, ${kept}.`, layer.name));
}

/** b + μ (W − W'). */
function movedBias(graph: Graph, { node, kernel, outputs, cells, inputs }: Layer, product: Float64Array, mean: Float64Array): Float32Array {
  const lost = Float64Array.from(kernel, (value, i) => value - product[i]!);
  const shift = multiply(mean, lost, 1, cells * inputs, outputs);
  const before = node.inputs[2] ? decodeFloats(graph.values[node.inputs[2]]!.tensor!) : undefined;
  return Float32Array.from(shift, (value, o) => value + (before?.[before.length === 1 ? 0 : o] ?? 0));
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
