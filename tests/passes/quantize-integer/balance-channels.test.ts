// Balanced rounding of one-step levels moves exactly what the general method moves.
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/lib/random';
import { balanceErrors } from '../../../src/passes/balance-errors';
import { axisStride, balanceChannels } from '../../../src/passes/quantize-integer/balance-channels';

describe.each([
  ['a dense kernel', [40, 7], 1],
  ['a convolution', [3, 3, 8, 5], 3],
  ['a depthwise kernel with two outputs a channel', [3, 3, 6, 2], 2],
] as const)('%s', (_name, shape, axis) => {
  const size = shape.reduce((product: number, length) => product * length, 1);
  const random = createRandom(11);
  const floats = Float32Array.from({ length: size }, (_, i) => (i % 9 === 0 ? 0 : random.normal()));
  const inner = axisStride(shape, axis);
  const channels = shape[axis as 1]!;
  const channelOf = (i: number): number => Math.floor(i / inner) % channels;

  it.each([7, 127])('is balanced as by the general method, on levels up to %d', (highest) => {
    const scale = Float32Array.from({ length: channels }, (_, c) => (4.5 + c / 10) / highest);
    const nearest = Int8Array.from(floats, (w, i) => Math.min(highest, Math.max(-highest, Math.round(w / scale[channelOf(i)]!))));
    const general = nearest.slice();
    balanceErrors(size, channels, channelOf, {
      error: (i) => general[i]! * scale[channelOf(i)]! - floats[i]!,
      step: (i, direction) => (floats[i] !== 0 && Math.abs(general[i]! + direction) <= highest ? direction * scale[channelOf(i)]! : undefined),
      move: (i, direction) => void (general[i]! += direction),
    });
    const own = nearest.slice();
    balanceChannels(floats, own, { channels, inner, scale, highest });
    expect(own).not.toEqual(nearest);
    expect(own).toEqual(general);
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let i = 0; i < size; i++) if (channelOf(i) === c) sum += own[i]! * scale[c]! - floats[i]!;
      expect(Math.abs(sum)).toBeLessThan(scale[c]! * 0.51);
    }
  });
});
