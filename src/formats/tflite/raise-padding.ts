/** Paddings: TensorFlow Lite's convolutions and pools know SAME and VALID only; other paddings become a PAD in front. */
import type { Padding } from '../../ops/signatures';
import { paddingCodes } from './equivalents';
import type { RaisingContext } from './raise-context';

export interface Windows {
  readonly padding: Padding;
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
}

export interface PaddedInput {
  readonly input: number;
  /** The number of SAME or VALID. */
  readonly padding: number;
}

/** `value` is what is padded with: 0, or less than everything for a maximum. */
export function paddedInput(context: RaisingContext, windows: Windows, value = 0): PaddedInput {
  const { padding } = windows;
  const input = context.x(0);
  if (padding === 'same') return { input, padding: paddingCodes.same };
  if (padding === 'valid' || padding.every(([before, after]) => before === 0 && after === 0)) return { input, padding: paddingCodes.valid };
  const shape = context.shape(0);
  if (isSame(shape.slice(1, -1), windows, padding)) return { input, padding: paddingCodes.same };
  const paddings = [[0, 0], ...padding, [0, 0]];
  const padded = shape.map((size, axis) => (size < 0 ? size : size + paddings[axis]![0]! + paddings[axis]![1]!));
  const output = context.inner('float32', padded, context.grid(0));
  emitPad(context, input, output, paddings, value);
  return { input: output, padding: paddingCodes.valid };
}

/** PAD fills with 0 (on a grid: its zero point), PADV2 with any number. */
export function emitPad(context: RaisingContext, input: number, output: number, paddings: readonly (readonly number[])[], value: number): void {
  const amounts = context.integers(paddings.flat(), [paddings.length, 2]);
  if (value === 0) context.emit('PAD', [input, amounts], [output]);
  else context.emit('PADV2', [input, amounts, context.floats([value], [], context.grid(0))], [output]);
}

/** Windows start at the same places and are as many; what is padded behind the last window does not matter. */
function isSame(sizes: readonly number[], { kernel, strides, dilations }: Windows, padding: Exclude<Padding, string>): boolean {
  return sizes.every((size, axis) => {
    if (size < 0) return false;
    const [stride, [before, after]] = [strides[axis]!, padding[axis]!];
    const extent = (kernel[axis]! - 1) * dilations[axis]! + 1;
    const count = Math.ceil(size / stride);
    const total = Math.max((count - 1) * stride + extent - size, 0);
    return before === total >> 1 && Math.floor((size + before + after - extent) / stride) + 1 === count;
  });
}
