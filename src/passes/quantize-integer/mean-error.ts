/**
 * What rounding a kernel adds to each output on average: Σ_k (q_k · s − w_k) · E[x_k], with E[x_k] the mean input of each cell of the window,
 * padding included, on the calibration examples. Taken off the bias, the output's mean is right again (Nagel et al. 2019,
 * "Data-free quantization", arXiv 1906.04721, section 4.2; Finkelstein et al. 2019, arXiv 1906.03193).
 */
import type { RowNode } from '../linear-rows';
import { linearLayout, sampleRows } from '../linear-rows';

/** Positions of the window that are averaged: more change the mean by less than a rounding step. */
const MOST_POSITIONS = 4096;

/** `means`: the mean input, [1, …, channels]. Both kernels in the layout of the node. */
export function meanErrors(
  node: RowNode,
  kernel: { readonly shape: readonly number[]; readonly before: Float32Array; readonly after: Float32Array },
  means: { readonly shape: readonly number[]; readonly data: Float64Array },
  seed: number,
): Float64Array {
  const layout = linearLayout(node, kernel.shape);
  const input = { shape: means.shape, dtype: 'float32' as const, data: Float32Array.from(means.data) };
  const { patches, positions, channels } = sampleRows(node, kernel.shape, input, MOST_POSITIONS, seed);
  const rowLength = patches.length / positions.length;
  const mean = new Float64Array(rowLength);
  for (let i = 0; i < patches.length; i++) mean[i % rowLength]! += patches[i]! / positions.length;
  const errors = new Float64Array(layout.outputs);
  const perGroup = channels / layout.groups;
  for (let i = 0; i < kernel.before.length; i++) {
    const output = i % layout.outputs;
    const k = Math.floor(i / layout.outputs);
    const group = Math.floor(output / layout.outputsPerGroup);
    const at = Math.floor(k / perGroup) * channels + group * perGroup + (k % perGroup);
    errors[output]! += (kernel.after[i]! - kernel.before[i]!) * mean[at]!;
  }
  return errors;
}
