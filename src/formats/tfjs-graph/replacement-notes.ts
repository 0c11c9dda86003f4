/** Says, once for each kind, which weights TensorFlow.js could not hold and what was stored in their place. */
import { warning, type Diagnostic } from '../../lib/diagnostics';
import { nbytesOf, type Tensor } from '../../ir/tensor';
import type { Replacement, StoredWeight } from './store-weight';

interface Replaced {
  readonly tensor: Tensor;
  readonly nbytes: number;
  readonly replacement: Replacement;
}

export function replacedOf(tensor: Tensor, stored: StoredWeight): Replaced[] {
  return stored.replaced ? [{ tensor, nbytes: stored.bytes.byteLength, replacement: stored.replaced }] : [];
}

export function replacementNotes(all: readonly Replaced[]): readonly Diagnostic[] {
  const reasons = {
    scales: 'with a scale for each channel or block cannot be kept: TensorFlow.js holds one scale a tensor',
    palette: 'in palettes cannot be kept: TensorFlow.js holds no palettes',
  } as const;
  return (['scales', 'palette'] as const).flatMap((kind) => {
    const members = all.filter((one) => one.replacement.kind === kind);
    if (members.length === 0) return [];
    const storages = [...new Set(members.map((one) => one.replacement.storage))].sort();
    const counts = storages.map((storage) => `${members.filter((one) => one.replacement.storage === storage).length} as ${storage}`);
    const before = members.reduce((sum, one) => sum + nbytesOf(one.tensor), 0);
    const after = members.reduce((sum, one) => sum + one.nbytes, 0);
    const change = Math.max(...members.map((one) => one.replacement.largestChange));
    const exactness = change === 0 ? 'with the same values' : `no weight changes by more than ${change.toPrecision(2)}`;
    const tensors = members.length === 1 ? '1 tensor' : `${members.length} tensors`;
    return [
      warning(
        `${tensors} ${reasons[kind]}. Stored ${counts.join(' and ')}, ${exactness}: ${after} bytes in place of ${before}, before gzip.`,
      ),
    ];
  });
}
