/**
 * Weight sharing (Han et al. 2016, Deep Compression, arXiv 1510.00149): the weights of a tensor, or of each of its
 * output channels, take one of k values found by k-means. The result is a palette: indices into a codebook.
 *
 * Zeros that are there already stay: they get a codebook entry of their own, and the others share the k − 1 left. With `balance`, the
 * errors of each output channel are made to cancel (see balance-errors.ts). With epochs to recover, codebook and weights are trained from there
 * (as TensorFlow's toolkit does; sparsity kept), and the trained weights choose their entries.
 */
import { editGraph } from '../../ir/edit';
import type { ValueId } from '../../ir/graph';
import { decodeFloats, nbytesOf, scaleCount, scaleIndexer, type PaletteEncoding, type Tensor } from '../../ir/tensor';
import { info, type Diagnostic } from '../../lib/diagnostics';
import { throwIfCancelled } from '../../lib/errors';
import { createRandom, type Random } from '../../lib/random';
import type { OptionValues } from '../../options/options';
import type { PaletteConstraint } from '../../training/training';
import { balanceErrors } from '../balance-errors';
import { groupValues } from '../group-values';
import { isPruned } from '../kept-constraints';
import type { Pass } from '../pass';
import { recover, wantsRecovery } from '../recover';
import { siteOptions, weightSites, type WeightSite } from '../weight-sites';
import { kMeans, nearestCentroid } from './k-means';
import type { clusterWeightsOptions } from './meta';
import { clusterWeightsMeta } from './meta';

type Options = OptionValues<typeof clusterWeightsOptions>;

export const clusterWeights: Pass<typeof clusterWeightsOptions> = {
  meta: clusterWeightsMeta,
  async run(graph, base, context) {
    const diagnostics: Diagnostic[] = [];
    const editor = editGraph(graph);
    const constraints: Record<ValueId, readonly PaletteConstraint[]> = {};
    const sites = weightSites(graph);
    for (const [index, site] of sites.entries()) {
      throwIfCancelled(context.signal);
      context.report({ stage: clusterWeightsMeta.id, fraction: index / sites.length, detail: site.name });
      const options = siteOptions(site, (name, op) => context.optionsFor(name, op) as Options | null);
      const outcome = clusterSite(site, options, createRandom(context.seed + index));
      if (typeof outcome === 'string') diagnostics.push(info(outcome, site.name));
      else {
        editor.setTensor(site.valueId, outcome);
        constraints[site.valueId] = [paletteToTrain(outcome.encoding, options!.keepZeros && isPruned(site.tensor))];
      }
    }
    if (wantsRecovery(base) && Object.keys(constraints).length > 0) {
      const trained = await recover(clusterWeightsMeta.id, graph, constraints, base, context);
      return { graph: trained.graph, modified: trained.graph !== graph, diagnostics: [...diagnostics, ...trained.diagnostics] };
    }
    const edited = editor.done();
    return { graph: edited, modified: edited !== graph, diagnostics };
  },
};

type PaletteTensor = Tensor & { readonly encoding: PaletteEncoding };

/** The codebook found is where training starts. The weights stay what they were and move freely: each shows as its nearest entry. */
function paletteToTrain({ bits, axis, codebook, codebookStorage }: PaletteEncoding, keepZeros: boolean): PaletteConstraint {
  return { kind: 'palette', bits, axis, codebook, codebookStorage, keepZeros };
}

/** The clustered tensor, or why it is left alone. */
function clusterSite(site: WeightSite, options: Options | null, random: Random): PaletteTensor | string {
  if (!options) return 'Kept as it is: a rule says so.';
  if (site.kind === 'depthwise' && !options.depthwise) return 'Left alone: depthwise kernels are clustered only when asked.';
  const { encoding } = site.tensor;
  const axis = options.granularity === 'channel' ? site.outputAxis : null;
  if (encoding.kind === 'palette' && encoding.axis === axis && 2 ** encoding.bits <= options.centroids) {
    return `Left alone: it has at most ${2 ** encoding.bits} values already.`;
  }
  const tensor = paletteOf(site, axis, options, random);
  if (nbytesOf(tensor) >= nbytesOf(site.tensor)) {
    return `Left alone: a codebook of ${options.centroids} would be larger than the ${decodeFloats(site.tensor).length} weights.`;
  }
  return tensor;
}

function paletteOf({ tensor, outputAxis }: WeightSite, axis: number | null, options: Options, random: Random): PaletteTensor {
  const values = decodeFloats(tensor);
  const groupOf = scaleIndexer(tensor.shape, axis, null);
  const groups = groupValues(values, scaleCount(tensor.shape, axis, null), groupOf);
  const codebooks = groups.map((group) => codebookOf(group, options, random));
  const entries = Math.max(...codebooks.map((codebook) => codebook.length));
  const codebook = new Float32Array(groups.length * entries);
  for (const [g, own] of codebooks.entries()) {
    codebook.set(own, g * entries);
    codebook.fill(own.at(-1)!, g * entries + own.length, (g + 1) * entries);
  }
  const indices = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) indices[i] = indexOf(codebooks[groupOf(i)]!, values[i]!, options.keepZeros);
  if (options.balance) {
    const channelOf = scaleIndexer(tensor.shape, outputAxis, null);
    balanceErrors(values.length, tensor.shape[outputAxis]!, channelOf, {
      error: (i) => codebooks[groupOf(i)]![indices[i]!]! - values[i]!,
      step(i, direction) {
        const own = codebooks[groupOf(i)]!;
        const from = own[indices[i]!]!;
        const to = own[indices[i]! + direction];
        const touchesZero = options.keepZeros && (from === 0 || to === 0);
        return to === undefined || touchesZero ? undefined : to - from;
      },
      move: (i, direction) => void (indices[i]! += direction),
    });
  }
  const bits = Math.max(1, Math.ceil(Math.log2(entries))) as PaletteEncoding['bits'];
  return { ...tensor, encoding: { kind: 'palette', bits, indices, codebook, codebookStorage: 'float32', axis } };
}

/** Rising values; with zeros to keep, zero is one of them. */
function codebookOf(group: Float64Array, options: Options, random: Random): Float64Array {
  const others = (options.keepZeros ? group.filter((value) => value !== 0) : group.slice()).sort();
  const hasZeros = others.length < group.length;
  if (others.length === 0) return Float64Array.of(0);
  const found = kMeans(others, hasZeros ? Math.max(1, options.centroids - 1) : options.centroids, random).centroids;
  return hasZeros ? Float64Array.from([...found, 0]).sort() : found;
}

/** A zero takes the entry of zero; another value never does, when there is one, because it was not averaged into it. */
function indexOf(codebook: Float64Array, value: number, keepZeros: boolean): number {
  const zero = keepZeros ? codebook.indexOf(0) : -1;
  if (zero < 0) return nearestCentroid(codebook, value);
  if (value === 0) return zero;
  const nearest = nearestCentroid(codebook, value);
  if (nearest !== zero || codebook.length === 1) return nearest;
  const below = zero - 1;
  const above = zero + 1;
  if (below < 0) return above;
  if (above >= codebook.length) return below;
  return value - codebook[below]! <= codebook[above]! - value ? below : above;
}
