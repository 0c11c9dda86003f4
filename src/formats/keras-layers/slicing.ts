/** NumPy indexing, `x[:, 1:, None, ..., -1]`, as one strided slice. */
import { refuse, show } from './config';
import type { Flow, GraphBuilder } from './graph-builder';
import type { LayerCall } from './lowering';
import { ELLIPSIS, SliceArgument } from './topology';

export function sliceBy(call: LayerCall, builder: GraphBuilder, x: Flow, spec: unknown): Flow {
  const items: readonly unknown[] = Array.isArray(spec) ? spec : [spec];
  const begin: number[] = [];
  const end: number[] = [];
  const strides: number[] = [];
  let [beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask] = [0, 0, 0, 0, 0];
  const number = (value: unknown): number =>
    Number.isInteger(value) ? (value as number) : refuse(call, `slices by ${show(value)}; Whittle slices by whole numbers that stand in the file.`);
  for (const [i, item] of items.entries()) {
    const bit = 1 << i;
    let [from, to, step] = [0, 0, 1];
    if (item === ELLIPSIS) ellipsisMask |= bit;
    else if (item === null) newAxisMask |= bit;
    else if (item instanceof SliceArgument) {
      if (item.start === null || item.start === undefined) beginMask |= bit;
      else from = number(item.start);
      if (item.stop === null || item.stop === undefined) endMask |= bit;
      else to = number(item.stop);
      if (item.step !== null && item.step !== undefined) step = number(item.step);
    } else {
      from = number(item);
      // The last element has no number after it: −1 + 1 is 0, the start.
      to = from + 1;
      if (from === -1) endMask |= bit;
      shrinkAxisMask |= bit;
    }
    begin.push(from);
    end.push(to);
    strides.push(step);
  }
  return builder.node('strided-slice', [x], { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask });
}
