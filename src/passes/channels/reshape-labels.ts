/**
 * The labels of a reshaped value. Axes of both shapes are matched in blocks of equal size, [6, 4, 5] → [24, 5] being
 * {6, 4 | 24} and {5 | 5}; sizes of 1 take no part. In a block with one axis that has labels, every number knows its label, and
 * the output's axis carries them:
 *
 * 1. an axis on its own keeps its labels;
 * 2. merged with others, they are repeated or stretched as its index is (flatten);
 * 3. taken apart, the last of the new axes carries them, which joins what stands at the same place of it: removing it takes
 *    the same out of every part (the heads of an attention, the halves of a shuffle).
 */
import type { Shape } from '../../ir/tensor';
import { productOf } from '../../ops/dimensions';
import type { Labels } from './atoms';
import type { AxisLabels, Tracer } from './tracer';

export function reshapeLabels(tracer: Tracer, labels: AxisLabels, from: Shape, to: Shape, problem: string): AxisLabels {
  const result: (Labels | null)[] = to.map(() => null);
  for (const { ins, outs } of blocksOf(from, to)) {
    const labelled = ins.filter((axis) => labels[axis]);
    if (labelled.length === 0) continue;
    const last = outs.at(-1);
    if (labelled.length > 1 || last === undefined) {
      for (const axis of labelled) tracer.freeze(labels[axis], problem);
      continue;
    }
    const [axis] = labelled as [number];
    const own = labels[axis]!;
    const inner = productOf(ins.filter((other) => other > axis).map((other) => from[other]!));
    const total = productOf(ins.map((other) => from[other]!));
    const length = to[last]!;
    const labelOf = (flat: number): number => own[Math.floor(flat / inner) % own.length]!;
    for (let flat = length; flat < total; flat++) tracer.atoms.join(labelOf(flat), labelOf(flat % length));
    result[last] = Int32Array.from({ length }, (_, i) => labelOf(i));
  }
  return result;
}

interface Block {
  readonly ins: readonly number[];
  readonly outs: readonly number[];
}

function blocksOf(from: Shape, to: Shape): Block[] {
  const ins = [...from.keys()].filter((axis) => from[axis] !== 1);
  const outs = [...to.keys()].filter((axis) => to[axis] !== 1);
  const blocks: Block[] = [];
  let [i, o] = [0, 0];
  while (i < ins.length && o < outs.length) {
    const [firstIn, firstOut] = [i, o];
    let [inSize, outSize] = [from[ins[i++]!]!, to[outs[o++]!]!];
    while (inSize !== outSize && (inSize < outSize ? i < ins.length : o < outs.length)) {
      if (inSize < outSize) inSize *= from[ins[i++]!]!;
      else outSize *= to[outs[o++]!]!;
    }
    blocks.push({ ins: ins.slice(firstIn, i), outs: outs.slice(firstOut, o) });
  }
  // What is left over belongs to nothing: sizes that are not known, or zero.
  if (i < ins.length) blocks.push({ ins: ins.slice(i), outs: [] });
  return blocks;
}
