/**
 * A convolution as 1×1 to r₁ channels, its window from r₁ to r₂, and 1×1 back (Tucker-2; Kim et al. 2016, arXiv 1511.06530), both ranks the
 * same share of the channels. The bases are those of the higher-order SVD: of the inputs' side from the kernel as [inputs, window ·
 * outputs] with the covariance of the input channels, of the outputs' side from the kernel as [window · inputs, outputs] with that of the rows.
 * What is lost is at most the sum of what each side loses (De Lathauwer et al. 2000).
 */
import { productOf } from '../../ops/dimensions';
import { multiply } from '../matrix-product';
import type { Candidate, Layer } from './layer';
import { lowRank, transpose, type LowRank } from './low-rank';

/** How finely the two ranks are walked. */
const STEPS = 48;
/** What is left of a row after the rows before it are taken off is rounding below this. */
const SMALLEST_NEW_SHARE = 1e-10;

/** Nothing for dense layers and windows of one cell, which two factors serve better. */
export function tuckerCandidates(layer: Layer, covariance: Float64Array | null): Candidate[] {
  const { cells, inputs, outputs } = layer;
  if (layer.node.op === 'dense' || cells === 1 || inputs < 2) return [];
  const ofInputs = lowRank({ data: inputsFirst(layer), rows: inputs, columns: cells * outputs }, covariance && ofChannels(layer, covariance));
  const ofOutputs = lowRank({ data: Float64Array.from(layer.kernel), rows: cells * inputs, columns: outputs }, covariance);
  const before = productOf(layer.sizesBefore);
  const after = productOf(layer.sizesAfter);
  const seen = new Set<string>();
  return Array.from({ length: STEPS }, (_, step): Candidate | undefined => {
    const rankShare = (step + 1) / STEPS;
    const r1 = Math.max(1, Math.round(rankShare * ofInputs.size));
    const r2 = Math.max(1, Math.round(rankShare * ofOutputs.size));
    const key = `${r1} ${r2}`;
    if (seen.has(key)) return undefined;
    seen.add(key);
    return {
      method: 'tucker',
      ranks: [r1, r2],
      rankShare,
      macs: before * inputs * r1 + after * r2 * (cells * r1 + outputs),
      parameters: inputs * r1 + cells * r1 * r2 + r2 * outputs,
      lostShare: Math.min(1, ofInputs.lostShare[r1]! + ofOutputs.lostShare[r2]!),
      build: () => build(layer, ofInputs, ofOutputs, r1, r2),
    };
  }).filter((candidate) => candidate !== undefined);
}

/** [cells, inputs, outputs] → [inputs, cells, outputs]. */
function inputsFirst({ kernel, cells, inputs, outputs }: Layer): Float64Array {
  const matrix = new Float64Array(kernel.length);
  for (let cell = 0; cell < cells; cell++) {
    for (let i = 0; i < inputs; i++) {
      const from = (cell * inputs + i) * outputs;
      matrix.set(kernel.subarray(from, from + outputs), (i * cells + cell) * outputs);
    }
  }
  return matrix;
}

/** The mean over the window of each cell's covariance of channels. */
function ofChannels({ cells, inputs }: Layer, covariance: Float64Array): Float64Array {
  const full = cells * inputs;
  const mean = new Float64Array(inputs * inputs);
  for (let cell = 0; cell < cells; cell++) {
    for (let i = 0; i < inputs; i++) {
      for (let j = 0; j < inputs; j++) mean[i * inputs + j]! += covariance[(cell * inputs + i) * full + cell * inputs + j]! / cells;
    }
  }
  return mean;
}

function build(layer: Layer, ofInputs: LowRank, ofOutputs: LowRank, r1: number, r2: number): ReturnType<Candidate['build']> {
  const { node, window, cells, inputs, outputs, sizesBefore, sizesAfter } = layer;
  if (node.op === 'dense') throw new TypeError('Only convolutions have a window.');
  const { strides, padding, dilations } = node.attributes;
  // K ≈ reduce · rest, and every output of rest is put on the basis `expand`.
  const { a: reduce, b: rest } = ofInputs.factors(r1);
  const expand = orthonormalRows(ofOutputs.factors(r2).b, r2, outputs);
  const core = multiply(rest, transpose(expand, r2, outputs), r1 * cells, outputs, r2);
  const composed = multiply(reduce, multiply(core, expand, r1 * cells, r2, outputs), inputs, r1, cells * outputs);
  const ones = window.map(() => 1);
  const pointwise = { strides: ones, padding: 'valid' as const, dilations: ones };
  return {
    product: cellsFirst(composed, inputs, cells, outputs),
    factors: [
      { suffix: 'reduce', kernel: Float32Array.from(reduce), shape: [...ones, inputs, r1], window: pointwise, sizes: sizesBefore },
      { suffix: 'core', kernel: Float32Array.from(cellsFirst(core, r1, cells, r2)), shape: [...window, r1, r2], window: { strides, padding, dilations }, sizes: sizesAfter },
      { suffix: '', kernel: Float32Array.from(expand), shape: [...ones, r2, outputs], window: pointwise, sizes: sizesAfter },
    ],
  };
}

/** Gram and Schmidt, twice, which is enough in float64; a row that is none of its own becomes zero. */
function orthonormalRows(rows: Float64Array, count: number, length: number): Float64Array {
  const result = Float64Array.from(rows);
  for (let i = 0; i < count; i++) {
    const row = result.subarray(i * length, (i + 1) * length);
    const before = Math.hypot(...row);
    for (let again = 0; again < 2; again++) {
      for (let j = 0; j < i; j++) {
        const other = result.subarray(j * length, (j + 1) * length);
        const along = other.reduce((sum, value, k) => sum + value * row[k]!, 0);
        for (let k = 0; k < length; k++) row[k]! -= along * other[k]!;
      }
    }
    const norm = Math.hypot(...row);
    const scale = norm > before * SMALLEST_NEW_SHARE ? 1 / norm : 0;
    for (let k = 0; k < length; k++) row[k]! *= scale;
  }
  return result;
}

/** [first, cells, last] → [cells, first, last]. */
function cellsFirst(values: Float64Array, first: number, cells: number, last: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let i = 0; i < first; i++) {
    for (let cell = 0; cell < cells; cell++) {
      const from = (i * cells + cell) * last;
      result.set(values.subarray(from, from + last), (cell * first + i) * last);
    }
  }
  return result;
}
