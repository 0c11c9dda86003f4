/** GPTQ of a whole layer: XᵀX of each group of a linear layer, gathered batch by batch, and the rounding of its kernel. */
import type { Batch } from '../runtime/backend';
import { accumulateHessian, createHessian, defaultGptqOptions, gptqRound, MOST_GPTQ_INPUTS, whyNotGptq, type GptqOptions, type Hessian } from './gptq';
import { columnsOfGroup, linearLayout, placeColumns, rowsOfGroup, sampleRows, type LinearLayout, type RowNode } from './linear-rows';

export interface KernelHessian {
  readonly layout: LinearLayout;
  /** One a group. */
  readonly hessians: readonly Hessian[];
}

/** Null: the kernel has too many inputs for GPTQ (`MOST_GPTQ_INPUTS`). */
export function createKernelHessian(node: RowNode, kernelShape: readonly number[]): KernelHessian | null {
  const layout = linearLayout(node, kernelShape);
  if (layout.rowLength > MOST_GPTQ_INPUTS) return null;
  return { layout, hessians: Array.from({ length: layout.groups }, () => createHessian(layout.rowLength)) };
}

/** Adds at most `mostRows` rows of the layer's input, at seeded positions. */
export function addKernelRows(
  target: KernelHessian,
  node: RowNode,
  kernelShape: readonly number[],
  input: Batch,
  { mostRows, seed }: { readonly mostRows: number; readonly seed: number },
): void {
  const rows = sampleRows(node, kernelShape, input, mostRows, seed);
  for (const [group, hessian] of target.hessians.entries()) accumulateHessian(hessian, rowsOfGroup(rows, target.layout, group));
}

/** What the layer would say against GPTQ; null: nothing. */
export function whyNotGptqKernel({ hessians }: KernelHessian): string | null {
  return whyNotGptq(hessians[0]!);
}

/** Integers of a kernel in its own layout. `scale`: one for each output channel, or a single one. */
export function gptqRoundKernel(
  kernel: Float32Array,
  { layout, hessians }: KernelHessian,
  { scale, highest }: { readonly scale: Float32Array; readonly highest: number },
  options: GptqOptions = defaultGptqOptions,
): { readonly values: Int8Array; readonly reason: string | null } {
  const values = new Int8Array(kernel.length);
  const { outputsPerGroup } = layout;
  let reason: string | null = null;
  for (const [group, hessian] of hessians.entries()) {
    const own = Float32Array.from({ length: outputsPerGroup }, (_, o) => scale[scale.length === 1 ? 0 : group * outputsPerGroup + o]!);
    const result = gptqRound(columnsOfGroup(kernel, layout, group), hessian, { scale: own, highest }, options);
    placeColumns(values, result.values, layout, group);
    reason ??= result.reason;
  }
  return { values, reason };
}
