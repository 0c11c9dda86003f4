/**
 * Which factorization a layer gets. A candidate counts only where it pays: at least LEAST_SAVING fewer multiplications, and fewer weights.
 * What candidates lose is predicted from eigenvalues. Where a prediction leaves something out (spatial: neighbours across; Tucker: a
 * bound), one candidate of the method is built, its loss worked out from the whole covariance, and the others corrected in proportion.
 */
import { unreachable } from '../../lib/errors';
import type { OptionValues } from '../../options/options';
import { multiply } from '../matrix-product';
import { channelCandidates } from './channels';
import { LARGEST_SIDE, type Candidate, type Layer } from './layer';
import type { factorizeOptions } from './meta';
import type { RowStatistics } from './row-statistics';
import { spatialCandidates } from './spatial';
import { tuckerCandidates } from './tucker';

type Options = OptionValues<typeof factorizeOptions>;

/** Another node costs time of its own; under a tenth there is nothing to gain. */
const LEAST_SAVING = 0.1;
/** λ weighs shares of one against shares of one: a billionth and a billion are past every trade. */
const LAMBDA_RANGE = 30;
/** Halvings of that range: finer than any two candidates differ. */
const LAMBDA_STEPS = 50;

/** All that pay, or why there are none. */
export function payingCandidates(layer: Layer, statistics: RowStatistics | null, options: Options): readonly Candidate[] | string {
  const isWindow = layer.cells > 1;
  if (isWindow && options.convolutions === 'none') return 'Left alone: convolutions are not to be split.';
  if (Math.min(layer.cells * layer.inputs, layer.outputs) > LARGEST_SIDE) {
    return `Left alone: both sides of its matrix are over ${LARGEST_SIDE}; its factors would take minutes.`;
  }
  const covariance = statistics?.covariance ?? null;
  const wants = (method: Candidate['method']): boolean => !isWindow || options.convolutions === 'auto' || options.convolutions === method;
  const all = [
    ...(wants('channels') ? [channelCandidates(layer, covariance)] : []),
    ...(wants('spatial') ? splitByFirst(spatialCandidates(layer, covariance)) : []),
    ...(wants('tucker') ? [tuckerCandidates(layer, covariance)] : []),
  ];
  const paying = all.flatMap((ofMethod) => corrected(ofMethod.filter((candidate) => pays(candidate, layer, options)), layer, covariance));
  if (paying.length > 0) return paying;
  return all.some((ofMethod) => ofMethod.length > 0)
    ? 'Left alone: no factorization saves a tenth of its multiplications.'
    : 'Left alone: its window cannot be split that way.';
}

/** For a layer by itself; undefined when no candidate is within the limit. */
export function chooseForLayer(layer: Layer, candidates: readonly Candidate[], options: Options): Candidate | undefined {
  switch (options.rankBy) {
    case 'model':
    case 'layer':
      return leastLoss(candidates.filter(({ macs }) => macs <= options.keep * layer.macs));
    case 'weights':
      return leastLoss(candidates.filter(({ parameters }) => parameters <= options.keep * layer.parameters));
    case 'energy':
      return least(candidates.filter(({ lostShare }) => lostShare <= 1 - options.energy), ({ macs, lostShare }) => macs + lostShare);
    case 'rank': {
      const distanceOf = ({ rankShare }: Candidate): number => Math.abs(rankShare - options.rankShare);
      const nearest = (['channels', 'spatial', 'tucker'] as const).map((method) => least(candidates.filter((candidate) => candidate.method === method), distanceOf));
      return leastLoss(nearest.filter((candidate) => candidate !== undefined));
    }
    default:
      return unreachable(options.rankBy, 'rankBy');
  }
}

/** What a goal for the whole model counts. */
export type Price = 'macs' | 'parameters';

export interface Entry {
  readonly layer: Layer;
  readonly candidates: readonly Candidate[];
}

/**
 * For all layers together: each takes the candidate of least loss + λ · price, itself included, and λ rises until the sum of prices is at
 * most `most` (Lagrange's multiplier; Shoham and Gersho 1988). Between a layer and its first candidate that pays there is a gap,
 * so something is left over mostly: it goes, as long as it lasts, to the layer where it saves most loss. Undefined: the layer stays.
 */
export function chooseForModel(entries: readonly Entry[], price: Price, most: number): (Candidate | undefined)[] {
  const total = Math.max(entries.reduce((sum, { layer }) => sum + layer[price], 0), 1);
  const at = (lambda: number): (Candidate | undefined)[] =>
    entries.map(({ layer, candidates }) => {
      const costOf = (lostShare: number, spent: number): number => lostShare + (lambda * spent) / total;
      const best = least(candidates, (candidate) => costOf(candidate.lostShare, candidate[price]));
      return best && costOf(best.lostShare, best[price]) < costOf(0, layer[price]) ? best : undefined;
    });
  const sumOf = (chosen: readonly (Candidate | undefined)[]): number => chosen.reduce((sum, candidate, i) => sum + (candidate ?? entries[i]!.layer)[price], 0);
  // Logarithms to base 2 of λ: far too low, and so high that every layer takes its cheapest.
  let [low, high] = [-LAMBDA_RANGE, LAMBDA_RANGE];
  for (let step = 0; step < LAMBDA_STEPS; step++) {
    const middle = (low + high) / 2;
    if (sumOf(at(2 ** middle)) > most) low = middle;
    else high = middle;
  }
  const chosen = at(2 ** high);
  spendRest(entries, chosen, price, most - sumOf(chosen));
  return chosen;
}

/** Changes `chosen` to candidates that lose less, the best bargain first, until nothing fits into `rest`. */
function spendRest(entries: readonly Entry[], chosen: (Candidate | undefined)[], price: Price, rest: number): void {
  for (let left = rest; ; ) {
    let best: { readonly index: number; readonly candidate: Candidate | undefined; readonly extra: number } | undefined;
    let bestGain = 0;
    for (const [index, { layer, candidates }] of entries.entries()) {
      const now = chosen[index];
      if (!now) continue;
      for (const candidate of [...candidates, undefined]) {
        const extra = (candidate ?? layer)[price] - now[price];
        const gain = (now.lostShare - (candidate?.lostShare ?? 0)) / Math.max(extra, 1);
        if (extra > left || gain <= bestGain) continue;
        bestGain = gain;
        best = { index, candidate, extra };
      }
    }
    if (!best) return;
    chosen[best.index] = best.candidate;
    left -= best.extra;
  }
}

/** tr((W − W')ᵀ H (W − W')) / tr(Wᵀ H W), H the covariance of the rows or, without data, 1. */
function lostShareOf(layer: Layer, product: Float64Array, covariance: Float64Array | null): number {
  const difference = Float64Array.from(layer.kernel, (value, i) => value - product[i]!);
  const all = energyOf(layer, Float64Array.from(layer.kernel), covariance);
  return all > 0 ? energyOf(layer, difference, covariance) / all : 0;
}

function energyOf({ cells, inputs, outputs }: Layer, matrix: Float64Array, covariance: Float64Array | null): number {
  const rows = cells * inputs;
  const weighted = covariance ? multiply(covariance, matrix, rows, rows, outputs) : matrix;
  return matrix.reduce((sum, value, i) => sum + value * weighted[i]!, 0);
}

/** Rows first and columns first are predicted apart. */
function splitByFirst(candidates: readonly Candidate[]): Candidate[][] {
  const second = candidates.findIndex(({ ranks }, i) => i > 0 && ranks[0] === 1);
  return second < 0 ? [[...candidates]] : [candidates.slice(0, second), candidates.slice(second)];
}

function pays({ macs, parameters, ranks }: Candidate, layer: Layer, { multiple }: Options): boolean {
  return macs <= (1 - LEAST_SAVING) * layer.macs && parameters < layer.parameters && ranks.every((rank) => rank % multiple === 0 || rank < multiple);
}

function corrected(candidates: readonly Candidate[], layer: Layer, covariance: Float64Array | null): readonly Candidate[] {
  const middle = candidates[Math.floor(candidates.length / 2)];
  if (!middle || middle.method === 'channels') return candidates;
  const factor = lostShareOf(layer, middle.build().product, covariance) / Math.max(middle.lostShare, Number.EPSILON);
  return candidates.map((candidate) => ({ ...candidate, lostShare: Math.min(1, candidate.lostShare * factor) }));
}

function leastLoss(candidates: readonly Candidate[]): Candidate | undefined {
  return least(candidates, ({ lostShare }) => lostShare);
}

function least<T>(items: readonly T[], costOf: (item: T) => number): T | undefined {
  let best: T | undefined;
  let lowest = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const cost = costOf(item);
    if (cost < lowest) [best, lowest] = [item, cost];
  }
  return best;
}
