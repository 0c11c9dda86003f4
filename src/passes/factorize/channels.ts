/**
 * A layer as the same layer with `rank` outputs, then a 1×1 or dense layer: the SVD of the kernel as a matrix [window · inputs, outputs]
 * (Denton et al. 2014, arXiv 1404.0736; Zhang et al. 2015, arXiv 1505.06798). For dense and 1×1 layers it is the SVD of the weights.
 */
import { productOf } from '../../ops/dimensions';
import { multiply } from '../matrix-product';
import type { Candidate, Layer } from './layer';
import { lowRank, type LowRank } from './low-rank';

/** `covariance` of the layer's rows [cells · inputs]², or null. */
export function channelCandidates(layer: Layer, covariance: Float64Array | null): Candidate[] {
  const rows = layer.cells * layer.inputs;
  const found = lowRank({ data: Float64Array.from(layer.kernel), rows, columns: layer.outputs }, covariance);
  const positions = productOf(layer.sizesAfter);
  return Array.from({ length: found.size }, (_, index) => {
    const rank = index + 1;
    const parameters = rank * (rows + layer.outputs);
    return {
      method: 'channels',
      ranks: [rank],
      rankShare: rank / found.size,
      macs: positions * parameters,
      parameters,
      lostShare: found.lostShare[rank]!,
      build: () => build(layer, found, rank),
    };
  });
}

function build(layer: Layer, found: LowRank, rank: number): ReturnType<Candidate['build']> {
  const { node, outputs, window, inputs, cells, sizesAfter } = layer;
  const { a, b } = found.factors(rank);
  const ones = window.map(() => 1);
  const shared = { sizes: sizesAfter };
  return {
    product: multiply(a, b, cells * inputs, rank, outputs),
    factors: [
      {
        ...shared,
        suffix: 'reduce',
        kernel: Float32Array.from(a),
        shape: [...window, inputs, rank],
        ...(node.op === 'dense' ? {} : { window: { strides: node.attributes.strides, padding: node.attributes.padding, dilations: node.attributes.dilations } }),
      },
      {
        ...shared,
        suffix: '',
        kernel: Float32Array.from(b),
        shape: [...ones, rank, outputs],
        ...(node.op === 'dense' ? {} : { window: { strides: ones, padding: 'valid' as const, dilations: ones } }),
      },
    ],
  };
}
