/**
 * Slices: TensorFlow's Slice and StridedSlice. A strided slice is first spelled out, one range for each axis of the input;
 * the executor uses the same spelling.
 */
import { isSmall, placeAt } from './contents';
import type { Contents, ContentsContext, Fail, OpContext, OpTable } from './definition';
import { CONTENTS_LIMIT, inputType, oneOutput } from './definition';
import { isFullyKnown, isKnown, UNKNOWN } from './dimensions';
import type { Shape } from '../ir/tensor';
import type { OpAttributes } from './signatures';

export const sliceOps = {
  slice: {
    arity: { minimum: 1, maximum: 3 },
    outputCount: oneOutput,
    shape: (context) => {
      const { dtype, shape } = inputType(context, 0);
      const begin = vector(context, context.attributes.begin, 1);
      const size = vector(context, context.attributes.size, 2);
      if (!shape) return [{ dtype, shape: size && size.map((length) => (length === null || length < 0 ? UNKNOWN : length)) }];
      for (const list of [begin, size]) {
        if (list && list.length !== shape.length) context.fail(`begin and size need ${shape.length} numbers, not ${list.length}`);
      }
      return [{ dtype, shape: shape.map((length, axis) => sliceLength(length, begin?.[axis] ?? null, size ? size[axis]! : null, context.fail)) }];
    },
    contents: (context) => {
      const begin = vector(context, context.attributes.begin, 1);
      if (!begin || begin.includes(null)) return [null];
      const shape = context.outputs[0]!.shape;
      return [shape && isFullyKnown(shape) ? picked(context, shape.map((length, axis) => ({ start: begin[axis]!, step: 1, count: length }))) : null];
    },
  },
  'strided-slice': {
    arity: { minimum: 1, maximum: 4 },
    outputCount: oneOutput,
    shape: (context) => {
      const { dtype, shape } = inputType(context, 0);
      return [{ dtype, shape: shape && (spellFrom(context, shape)?.shape ?? null) }];
    },
    contents: (context) => {
      const { shape } = inputType(context, 0);
      const spelled = isFullyKnown(shape) ? spellFrom(context, shape) : null;
      const ranges = spelled?.ranges ?? [];
      if (!spelled || ranges.some(({ start, count }) => start === null || !isKnown(count))) return [null];
      return [picked(context, ranges as KnownRange[])];
    },
  },
} satisfies Partial<OpTable>;

/** Cells start, start + step, … of one axis; start null and count −1: not known. */
export interface SliceRange {
  readonly start: number | null;
  readonly step: number;
  readonly count: number;
}

export interface SpelledSlice {
  /** One for each axis of the input. */
  readonly ranges: readonly SliceRange[];
  /** Of the output: new axes added, shrunk ones left out. */
  readonly shape: Shape;
}

type Masks = Pick<OpAttributes['strided-slice'], 'beginMask' | 'endMask' | 'ellipsisMask' | 'newAxisMask' | 'shrinkAxisMask'>;

/** TensorFlow's rule (ValidateStridedSliceOp) for a begin, end and stride an entry. */
export function spellStridedSlice(shape: Shape, begin: Contents, end: Contents, strides: Contents, masks: Masks, fail: Fail): SpelledSlice {
  const has = (mask: number, entry: number): boolean => ((mask >> entry) & 1) === 1;
  const entries = begin.length;
  if (end.length !== entries || strides.length !== entries) fail('begin, end and strides differ in length');
  let ellipsis = entries;
  let added = 0;
  for (let i = 0; i < entries; i++) {
    if (has(masks.ellipsisMask, i)) {
      if (ellipsis !== entries) fail('there is more than one ellipsis');
      ellipsis = i;
    } else if (has(masks.newAxisMask, i)) added++;
  }
  const named = entries - added - (ellipsis < entries ? 1 : 0);
  if (named > shape.length) fail(`${named} axes are sliced of a value of rank ${shape.length}`);

  const ranges: SliceRange[] = [];
  const result: number[] = [];
  const keepWhole = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const length = shape[ranges.length]!;
      ranges.push({ start: 0, step: 1, count: length });
      result.push(length);
    }
  };
  for (let i = 0; i < entries; i++) {
    if (i === ellipsis) {
      keepWhole(shape.length - named);
    } else if (has(masks.newAxisMask, i)) {
      result.push(1);
    } else {
      const length = shape[ranges.length]!;
      if (has(masks.shrinkAxisMask, i)) {
        ranges.push({ start: oneCell(length, begin[i]!, fail), step: 1, count: 1 });
      } else {
        const from = has(masks.beginMask, i) ? 'edge' : begin[i]!;
        const range = rangeOf(length, from, has(masks.endMask, i) ? 'edge' : end[i]!, strides[i]!, fail);
        ranges.push(range);
        result.push(range.count);
      }
    }
  }
  keepWhole(shape.length - ranges.length);
  return { ranges, shape: result };
}

type KnownRange = SliceRange & { readonly start: number };

function spellFrom(context: OpContext<OpAttributes['strided-slice']>, shape: Shape): SpelledSlice | null {
  const { attributes } = context;
  const begin = vector(context, attributes.begin, 1);
  const end = vector(context, attributes.end, 2);
  const strides = vector(context, attributes.strides, 3);
  return begin && end && strides && spellStridedSlice(shape, begin, end, strides, attributes, context.fail);
}

/** An attribute, or what is known of the input in its place. */
function vector(context: OpContext<unknown>, attribute: readonly number[] | null, index: number): Contents | null {
  if (attribute) return attribute;
  const contents = context.contents(index);
  if (contents) return contents;
  const length = inputType(context, index).shape?.[0] ?? UNKNOWN;
  // A longer list names no axes: bounded, as a damaged file may name any value here.
  return isKnown(length) && length <= CONTENTS_LIMIT ? new Array<null>(length).fill(null) : null;
}

function oneCell(length: number, begin: number | null, fail: Fail): number | null {
  if (begin === null) return null;
  if (isKnown(length) && (begin < -length || begin >= length)) fail(`index ${begin} is outside of ${length} cells`);
  if (begin >= 0) return begin;
  return isKnown(length) ? begin + length : null;
}

function rangeOf(length: number, begin: number | null | 'edge', end: number | null | 'edge', stride: number | null, fail: Fail): SliceRange {
  if (stride === 0) fail('a stride is 0');
  if (stride === null) return { start: null, step: 1, count: UNKNOWN };
  if (!isKnown(length)) {
    const whole = (begin === 'edge' || begin === 0) && stride > 0;
    return { start: whole ? 0 : null, step: stride, count: UNKNOWN };
  }
  const [lowest, highest] = stride > 0 ? [0, length] : [-1, length - 1];
  const clamp = (index: number): number => Math.min(Math.max(index < 0 ? index + length : index, lowest), highest);
  const start = begin === 'edge' ? (stride > 0 ? lowest : highest) : begin === null ? null : clamp(begin);
  const stop = end === 'edge' ? (stride > 0 ? highest : lowest) : end === null ? null : clamp(end);
  if (start === null || stop === null) return { start, step: stride, count: UNKNOWN };
  return { start, step: stride, count: Math.max(0, Math.ceil((stop - start) / stride)) };
}

function sliceLength(length: number, begin: number | null, size: number | null, fail: Fail): number {
  if (size !== null && size >= 0) {
    if (isKnown(length) && (begin ?? 0) + size > length) fail(`${size} cells from ${begin ?? 0} on are more than the ${length} there are`);
    return size;
  }
  if (begin !== null && isKnown(length) && (begin < 0 || begin > length)) fail(`begin ${begin} is outside of ${length} cells`);
  return size === -1 && begin !== null && isKnown(length) ? length - begin : UNKNOWN;
}

/** The contents of input 0 at the ranges, row-major. */
function picked(context: ContentsContext<unknown>, ranges: readonly KnownRange[]): Contents | null {
  const shape = context.inputs[0]?.shape ?? null;
  const contents = context.contents(0);
  if (!contents || !isSmall(shape)) return null;
  let places: number[][] = [[]];
  for (const { start, step, count } of ranges) {
    places = places.flatMap((indices) => Array.from({ length: count }, (_, i) => [...indices, start + i * step]));
  }
  return places.map((indices) => contents[placeAt(indices, shape)] ?? null);
}
