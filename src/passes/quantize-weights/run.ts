/**
 * Linear (affine) quantization of weights: w ≈ (q − z) · s, q = clip(round(w / s) + z), round half to even.
 *
 * 1. float16: no scale; each value is rounded to the nearest half float. A palette stays one, its codebook rounded.
 * 2. int8 and int4: symmetric, z = 0, the narrow range ±(2^(b−1) − 1) (TensorFlow Lite's specification), s = max|w| / 127 or / 7.
 * 3. uint8 and uint16: s = (max − min) / (2^b − 1), the range widened to hold zero, z a whole number so that zero stays exact
 *    (TensorFlow.js converter, quantization.py).
 *
 * One range for the tensor, each output channel, or each block of inputs; `ranges.ts` chooses it (min-max or least squared
 * error). With `rounding` balanced, the errors of each output channel are made to cancel (balance-errors.ts). A weight that is zero stays exactly zero in every format.
 * With epochs to recover, weights are trained on their grids, to the nearest level, and what is no weight is rounded afterwards.
 */
import { editGraph } from '../../ir/edit';
import type { Graph } from '../../ir/graph';
import { decodeFloats, scaleCount, scaleIndexer, type AffineEncoding, type Tensor } from '../../ir/tensor';
import { isFloatConstant } from './constants';
import { info, type Diagnostic } from '../../lib/diagnostics';
import { throwIfCancelled } from '../../lib/errors';
import { floatsToHalves, halvesToFloats } from '../../lib/half';
import type { OptionValues } from '../../options/options';
import { balanceErrors } from '../balance-errors';
import { groupValues } from '../group-values';
import { gridToTrain, withSign } from '../kept-constraints';
import type { Learned } from '../learn';
import type { Pass, PassContext } from '../pass';
import { recover, wantsRecovery } from '../recover';
import { siteOptions, weightSites, type WeightSite } from '../weight-sites';
import type { quantizeWeightsOptions } from './meta';
import { quantizeWeightsMeta } from './meta';
import { chooseRange, roundHalfEven, type Grid } from './ranges';

type Options = OptionValues<typeof quantizeWeightsOptions>;

export const quantizeWeights: Pass<typeof quantizeWeightsOptions> = {
  meta: quantizeWeightsMeta,
  async run(graph, options, context) {
    const diagnostics: Diagnostic[] = [];
    const sites = weightSites(graph);
    const chosen: Chosen[] = [];
    for (const [index, site] of sites.entries()) {
      throwIfCancelled(context.signal);
      context.report({ stage: quantizeWeightsMeta.id, fraction: index / sites.length, detail: site.name });
      const own = siteOptions(site, (name, op) => context.optionsFor(name, op) as Options | null);
      const outcome = own ? quantizeSite(site, own) : 'Kept as it is: a rule says so.';
      if (typeof outcome === 'string') diagnostics.push(info(outcome, site.name));
      else chosen.push({ site, options: own!, tensor: outcome });
    }
    const trained = wantsRecovery(options) && chosen.length > 0 ? await trainOnGrids(graph, chosen, options, context) : null;
    const current = trained?.graph ?? graph;
    const editor = editGraph(current);
    for (const { site, options: own, tensor } of chosen) editor.setTensor(site.valueId, trained ? encodeTrained(site, current, own, tensor) : tensor);
    if (options.scope === 'all') {
      for (const { id, tensor } of otherConstants(current, sites)) editor.setTensor(id, quantizeTensor(tensor, options, { axis: null, blockSize: null, outputAxis: null }));
    }
    const edited = editor.done();
    return { graph: edited, modified: edited !== graph, diagnostics: [...diagnostics, ...(trained?.diagnostics ?? [])] };
  },
};

interface Chosen {
  readonly site: WeightSite;
  readonly options: Options;
  readonly tensor: Tensor;
}

/** Grids are trained with the weights; half floats lose nothing that training would bring back. */
function trainOnGrids(graph: Graph, chosen: readonly Chosen[], options: Options, context: PassContext): Promise<Learned> {
  const grids = chosen.flatMap(({ site, options: own, tensor: { encoding } }) => (encoding.kind === 'affine' ? [[site.valueId, [gridToTrain(encoding, encoding.bits <= 4 || own.clipping === 'mse')]] as const] : []));
  return recover(quantizeWeightsMeta.id, graph, Object.fromEntries(grids), options, context);
}

/** The trained weight as its format stores it. */
function encodeTrained(site: WeightSite, trained: Graph, options: Options, untrained: Tensor): Tensor {
  const tensor = trained.values[site.valueId]!.tensor!;
  if (untrained.encoding.kind === 'affine' && tensor.encoding.kind === 'affine') return { ...tensor, encoding: withSign(tensor.encoding, untrained.encoding.signed) };
  const outcome = quantizeSite({ ...site, tensor }, options);
  return typeof outcome === 'string' ? tensor : outcome;
}

/** Float constants that are no sites (biases, normalization): quantized per tensor, each on its own range. */
function otherConstants(graph: Graph, sites: readonly WeightSite[]): { id: string; tensor: Tensor }[] {
  const taken = new Set(sites.map((site) => site.valueId));
  return Object.values(graph.values).flatMap(({ id, tensor }) =>
    tensor && isFloatConstant(tensor) && !taken.has(id) ? [{ id, tensor }] : [],
  );
}

function quantizeSite(site: WeightSite, options: Options): Tensor | string {
  const { outputAxis } = site;
  // A depthwise kernel has no inputs to block: each channel is its own.
  const isBlocked = options.granularity === 'block' && site.inputAxis !== null;
  const axis = isBlocked ? site.inputAxis : options.granularity === 'tensor' ? null : outputAxis;
  const tensor = quantizeTensor(site.tensor, options, { axis, blockSize: isBlocked ? options.blockSize : null, outputAxis });
  const before = site.tensor.encoding;
  const after = tensor.encoding;
  if (before.kind === 'affine' && after.kind === 'affine' && before.bits < after.bits) {
    return `Left alone: it is stored in ${before.bits} bits already.`;
  }
  return tensor;
}

interface ScaleLayout {
  readonly axis: number | null;
  readonly blockSize: number | null;
  /** Channels whose errors may be balanced; null for a vector, which has no channels. */
  readonly outputAxis: number | null;
}

function quantizeTensor(tensor: Tensor, options: Options, scales: ScaleLayout): Tensor {
  switch (options.format) {
    case 'float16':
      return toHalf(tensor);
    case 'int8':
      return affine(tensor, { bits: 8, signed: true }, options, scales);
    case 'int4':
      return affine(tensor, { bits: 4, signed: true }, options, scales);
    case 'uint8':
      return affine(tensor, { bits: 8, signed: false }, options, scales);
    case 'uint16':
      return affine(tensor, { bits: 16, signed: false }, options, scales);
    default: {
      const never: never = options.format;
      return never;
    }
  }
}

function toHalf(tensor: Tensor): Tensor {
  const { encoding } = tensor;
  if (encoding.kind === 'palette') {
    const codebook = halvesToFloats(floatsToHalves(encoding.codebook));
    return { ...tensor, encoding: { ...encoding, codebook, codebookStorage: 'float16' } };
  }
  return { ...tensor, encoding: { kind: 'dense', storage: 'float16', data: floatsToHalves(decodeFloats(tensor)) } };
}

function affine(tensor: Tensor, grid: Grid, options: Options, scales: ScaleLayout): Tensor {
  const { axis, blockSize } = scales;
  const floats = decodeFloats(tensor);
  const groups = scaleCount(tensor.shape, axis, blockSize);
  const groupOf = scaleIndexer(tensor.shape, axis, blockSize);
  const scale = new Float32Array(groups);
  const zeroPoint = new Float64Array(groups);
  for (const [g, values] of groupValues(floats, groups, groupOf).entries()) {
    const range = chooseRange(values, grid, options.clipping);
    scale[g] = range.scale;
    zeroPoint[g] = range.zeroPoint;
  }
  const values = storageOf(grid, floats.length);
  const lowest = grid.signed ? -(2 ** (grid.bits - 1) - 1) : 0;
  const highest = grid.signed ? 2 ** (grid.bits - 1) - 1 : 2 ** grid.bits - 1;
  for (let i = 0; i < floats.length; i++) {
    const g = groupOf(i);
    const q = roundHalfEven(floats[i]! / scale[g]!) + zeroPoint[g]!;
    values[i] = Math.min(highest, Math.max(lowest, q));
  }
  if (options.rounding === 'balanced' && scales.outputAxis !== null) {
    const channelOf = scaleIndexer(tensor.shape, scales.outputAxis, null);
    balanceErrors(floats.length, tensor.shape[scales.outputAxis]!, channelOf, {
      error: (i) => (values[i]! - zeroPoint[groupOf(i)]!) * scale[groupOf(i)]! - floats[i]!,
      step(i, direction) {
        const isInside = direction < 0 ? values[i]! > lowest : values[i]! < highest;
        // A weight that is zero was pruned, or is padding: it stays zero.
        return isInside && floats[i] !== 0 ? direction * scale[groupOf(i)]! : undefined;
      },
      move: (i, direction) => void (values[i]! += direction),
    });
  }
  return { ...tensor, encoding: { kind: 'affine', ...grid, values, scale, zeroPoint, axis, blockSize } };
}

function storageOf(grid: Grid, length: number): AffineEncoding['values'] {
  if (grid.bits === 16) return grid.signed ? new Int16Array(length) : new Uint16Array(length);
  return grid.signed ? new Int8Array(length) : new Uint8Array(length);
}
