/**
 * Equalizes the ranges of channels, in three steps:
 *
 * 1. across pairs of linear layers (cross-layer.ts; links.ts finds the pairs; clip-limits.ts says what a ReLU6 allows);
 * 2. smoothing of normalizations before dense layers (smooth.ts), if asked for;
 * 3. absorption of high biases (absorb.ts), if asked for.
 *
 * 1 and 2 leave the function as it is but for float rounding; a ReLU6 is touched only where examples or folded batch norms show that it
 * does not clip, and the diagnostics say on what evidence. 3 is nearly exact and says so.
 */
import type { Graph, Node } from '../../ir/graph';
import { consumersOf } from '../../ir/walk';
import { info, warning, type Diagnostic } from '../../lib/diagnostics';
import { throwIfCancelled } from '../../lib/errors';
import { isLinear } from '../fold-batch-norm/linear';
import type { OptionValues } from '../../options/options';
import type { Pass, PassContext } from '../pass';
import { layerNameOf } from '../weight-sites';
import { absorbBias } from './absorb';
import { channelMaxima } from './channel-maxima';
import { clipLimits } from './clip-limits';
import { equalizingFactors, type LimitedLink } from './cross-layer';
import { linkFrom, type Link } from './links';
import { equalizeLayersMeta, type equalizeLayersOptions } from './meta';
import { scaleLinks } from './scale-links';
import { smoothGraph, smoothSites } from './smooth';

type Options = OptionValues<typeof equalizeLayersOptions>;

/** Factors within this share of 1 are left at 1: the second run of the pass finds nothing to do. */
const NEGLIGIBLE = 2e-3;

export const equalizeLayers: Pass<typeof equalizeLayersOptions> = {
  meta: equalizeLayersMeta,
  async run(graph, options, context) {
    const diagnostics: Diagnostic[] = [];
    context.report({ stage: equalizeLayersMeta.id, fraction: 0 });
    let current = await equalize(graph, options, context, diagnostics);
    throwIfCancelled(context.signal);
    if (options.smooth > 0) current = await smooth(current, options, context, diagnostics);
    if (options.absorb) current = absorb(current, context, diagnostics);
    return { graph: current, modified: current !== graph, diagnostics };
  },
};

async function equalize(graph: Graph, options: Options, context: PassContext, diagnostics: Diagnostic[]): Promise<Graph> {
  const links = findLinks(graph, context, diagnostics);
  const clipped = options.relu6 === 'unclipped' ? links.filter((link) => link.clip) : [];
  const maxima = await channelMaxima(graph, clipped.map((link) => link.clip!.valueId), context);
  const limited = links.flatMap((link): LimitedLink[] => {
    if (!link.clip) return [{ ...link, limits: null }];
    const subject = layerNameOf(link.before);
    if (options.relu6 === 'skip') {
      diagnostics.push(info(`Not equalized with ${layerNameOf(link.after)}: a ReLU6 stands between; set ReLU6 to "Where it never clips" to try.`, subject));
      return [];
    }
    const limits = clipLimits(graph, link, maxima);
    if (typeof limits === 'string') {
      diagnostics.push(info(`Not equalized with ${layerNameOf(link.after)}: ${limits}.`, subject));
      return [];
    }
    const free = limits.smallest.filter((smallest) => smallest !== null).length;
    const evidence = maxima ? 'on the examples' : 'by its batch norm';
    if (limits.isIdle) diagnostics.push(info(`Its ReLU6 never clips ${evidence} and became ReLU.`, subject));
    else diagnostics.push(info(`Its ReLU6 leaves ${free} of ${limits.smallest.length} channels unclipped ${evidence}: only these are equalized.`, subject));
    return free > 0 ? [{ ...link, limits }] : [];
  });
  const factors = equalizingFactors(graph, limited);
  const moved = limited.filter((link) => link.limits?.isIdle || factors.get(link)!.some((factor) => Math.abs(factor - 1) > NEGLIGIBLE));
  if (moved.length === 0) return graph;
  diagnostics.push(info(`${moved.length} pairs of layers equalized.`));
  return scaleLinks(graph, moved, factors);
}

function findLinks(graph: Graph, context: PassContext, diagnostics: Diagnostic[]): Link[] {
  const consumers = consumersOf(graph);
  const isKept = keptBy(context);
  return graph.nodes.filter(isLinear).flatMap((node) => {
    const link = isKept(node) ? 'Kept as it is: a rule says so.' : linkFrom(graph, consumers, node);
    if (typeof link === 'string') diagnostics.push(info(link, layerNameOf(node)));
    else if (isKept(link.after)) diagnostics.push(info(`Not equalized with ${layerNameOf(link.after)}: a rule keeps that layer.`, layerNameOf(node)));
    else return [link];
    return [];
  });
}

async function smooth(graph: Graph, options: Options, context: PassContext, diagnostics: Diagnostic[]): Promise<Graph> {
  const { sites, diagnostics: reasons } = smoothSites(graph, keptBy(context));
  diagnostics.push(...reasons);
  if (sites.length === 0) {
    diagnostics.push(info('Nothing to smooth: no normalization stands directly before dense layers alone.'));
    return graph;
  }
  const maxima = await channelMaxima(graph, sites.map((site) => site.valueId), context);
  diagnostics.push(info(`${sites.length} normalizations smoothed, by ${maxima ? 'the examples' : 'their own factors; examples would tell more'}.`));
  return smoothGraph(graph, sites, maxima, options.smooth);
}

function absorb(graph: Graph, context: PassContext, diagnostics: Diagnostic[]): Graph {
  let current = graph;
  let count = 0;
  for (const link of findLinks(graph, context, [])) {
    // Constants change from link to link; a node may get its first bias.
    const latest = (node: Node): Node => current.nodes.find(({ id }) => id === node.id)!;
    const fresh = { ...link, before: latest(link.before), after: latest(link.after) } as Link;
    const absorbed = link.clip ? 'a ReLU6 follows it' : absorbBias(current, fresh);
    if (typeof absorbed === 'string') {
      diagnostics.push(info(`Its bias is not absorbed: ${absorbed}.`, layerNameOf(link.before)));
      continue;
    }
    if (absorbed !== current) count++;
    current = absorbed;
  }
  if (count > 0) diagnostics.push(warning(`High biases of ${count} layers moved into the next: nearly the same function, not exactly.`));
  return current;
}

function keptBy(context: PassContext): (node: Node) => boolean {
  return (node) => context.optionsFor(layerNameOf(node), node.op) === null;
}
