/**
 * Cross-layer equalization (Nagel et al. 2019, arXiv 1906.04721, section 4.1). For a channel that reaches r1 = max |W1| in the layer
 * before and r2 = max |W2| in the layer after, s = r1 / √(r1 · r2) makes both √(r1 · r2):
 *
 *   W1 ← W1 / s, b1 ← b1 / s, W2 ← W2 · s, which f(s · x) = s · f(x) between them cancels.
 *
 * Only the ratios of the s of one pair matter to quantization; a common factor moves ranges and scales alike. Where a ReLU6 keeps some
 * channels at s = 1 the others must not drift from them: there s = √(r1 / r2 / k), k the geometric mean of r1 / r2 over all channels.
 *
 * All pairs of a chain are balanced in turn until no factor moves much, at most 20 times; a depthwise layer between two others
 * stands in two pairs, and the three settle at the cube root of their product (AIMET's formula for triples). A channel that one layer
 * leaves at zero keeps its scale.
 */
import type { Graph } from '../../ir/graph';
import { decodeFloats } from '../../ir/tensor';
import type { LinearNode } from '../fold-batch-norm/linear';
import type { ClipLimits } from './clip-limits';
import type { Link } from './links';
import { inputReaches, outputReaches, reachesOf, type Reaches } from './reaches';

export interface LimitedLink extends Link {
  /** Null: any factor is allowed. */
  readonly limits: ClipLimits | null;
}

/** Rounds over all pairs, as AIMET and Brevitas do. */
const MOST_ROUNDS = 20;
/** Stops when no factor moves by more than this share: a thousandth of a range is below what 8 bits tell apart. */
const SMALLEST_MOVE = 1e-3;
/** Factors stay within this and its inverse (NNCF's limits): a channel that is nearly dead is not blown up. */
const LARGEST_FACTOR = 100;

/** The factor s of each channel of each link. */
export function equalizingFactors(graph: Graph, links: readonly LimitedLink[]): Map<Link, Float64Array> {
  const into = new Map(links.map((link) => [link.after.id, link]));
  const outOf = new Map(links.map((link) => [link.before.id, link]));
  const factors = new Map(links.map((link): [Link, Float64Array] => [link, new Float64Array(link.channels).fill(1)]));
  const reaches = new Map<string, Reaches>();
  for (const node of links.flatMap((link) => [link.before, link.after])) {
    if (!reaches.has(node.id)) reaches.set(node.id, reachesIn(graph, node, into.get(node.id), outOf.get(node.id)));
  }
  const factorsOf = (link: Link | undefined): Float64Array | null => (link ? factors.get(link)! : null);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    let largestMove = 0;
    for (const link of links) {
      const own = factors.get(link)!;
      const first = outputReaches(reaches.get(link.before.id)!, factorsOf(into.get(link.before.id)), own);
      const second = inputReaches(reaches.get(link.after.id)!, own, factorsOf(outOf.get(link.after.id)));
      const ratio = first.map((reach, c) => reach / second[c]!);
      const level = !link.limits || link.limits.isIdle ? 1 : geometricMean(ratio);
      for (let c = 0; c < link.channels; c++) {
        const next = limited(own[c]! * Math.sqrt(ratio[c]! / level), link.limits, c);
        if (next === undefined) continue;
        largestMove = Math.max(largestMove, Math.abs(next / own[c]! - 1));
        own[c] = next;
      }
    }
    if (largestMove < SMALLEST_MOVE) break;
  }
  return factors;
}

/** Of those that are finite and positive. */
function geometricMean(values: Float64Array): number {
  const logarithms = values.map(Math.log).filter(Number.isFinite);
  return logarithms.length === 0 ? 1 : Math.exp(logarithms.reduce((sum, value) => sum + value, 0) / logarithms.length);
}

/** Undefined: no factor makes sense here (a dead channel, or one that clips). */
function limited(factor: number, limits: ClipLimits | null, channel: number): number | undefined {
  if (!(factor > 0) || !Number.isFinite(factor)) return undefined;
  const bounded = Math.min(LARGEST_FACTOR, Math.max(1 / LARGEST_FACTOR, factor));
  if (!limits || limits.isIdle) return bounded;
  const smallest = limits.smallest[channel]!;
  return smallest === null ? undefined : Math.max(smallest, bounded);
}

function reachesIn(graph: Graph, node: LinearNode, into: Link | undefined, outOf: Link | undefined): Reaches {
  const tensor = graph.values[node.inputs[1]!]!.tensor!;
  return reachesOf(node, tensor.shape, decodeFloats(tensor), into?.channels ?? 1, outOf?.channels ?? 1);
}
