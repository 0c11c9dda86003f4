/** Where slices cut, as far as it is known before run time. */
import type { NodeOf, ValueId } from '../../ir/graph';
import { isKnown } from '../../ops/dimensions';
import type { Tracer } from './tracer';

/** One axis of a slice, in the order of the output's axes (dropped ones where they stood). */
export interface SliceRange {
  /** Of the input; null: an axis that the slice adds. */
  readonly axis: number | null;
  /** Where its numbers stand in the slice's arguments; null: nothing is said of it. */
  readonly argument: number | null;
  readonly begin: number;
  readonly size: number;
  readonly stride: number;
  readonly isWhole: boolean;
  /** The output lacks the axis. */
  readonly isDropped: boolean;
}

/** Sizes of the parts of a split along an axis of this size; null: not known. */
export function splitSizesOf({ attributes, outputs }: NodeOf<'split'>, size: number): readonly number[] | null {
  if (!isKnown(size)) return null;
  if ('count' in attributes) return outputs.map(() => size / attributes.count);
  const given = attributes.sizes.reduce((sum, part) => sum + Math.max(part, 0), 0);
  return attributes.sizes.map((part) => (part === -1 ? size - given : part));
}

type Reader = Pick<Tracer, 'shapeOf' | 'contentsOf'>;

/** null: known at run time only. */
export function sliceOf(tracer: Reader, node: NodeOf<'slice'> | NodeOf<'strided-slice'>): readonly SliceRange[] | null {
  const shape = tracer.shapeOf(node.inputs[0]!);
  if (!shape) return null;
  return node.op === 'slice' ? plainRanges(tracer, node, shape) : stridedRanges(tracer, node, shape);
}

function plainRanges(tracer: Reader, node: NodeOf<'slice'>, shape: readonly number[]): SliceRange[] | null {
  const begins = node.attributes.begin ?? numbersOf(tracer, node.inputs[1]);
  const sizes = node.attributes.size ?? numbersOf(tracer, node.inputs[2]);
  if (!begins || !sizes) return null;
  return shape.map((length, axis) => {
    const begin = begins[axis]!;
    const size = sizes[axis] === -1 ? length - begin : sizes[axis]!;
    return { axis, argument: axis, begin, size, stride: 1, isWhole: begin === 0 && size === length, isDropped: false };
  });
}

function stridedRanges(tracer: Reader, node: NodeOf<'strided-slice'>, shape: readonly number[]): SliceRange[] | null {
  const { attributes } = node;
  const begins = attributes.begin ?? numbersOf(tracer, node.inputs[1]);
  const ends = attributes.end ?? numbersOf(tracer, node.inputs[2]);
  const strides = attributes.strides ?? numbersOf(tracer, node.inputs[3]);
  if (!begins || !ends || !strides) return null;
  const has = (mask: number, i: number): boolean => ((mask >> i) & 1) === 1;
  const whole = (axis: number): SliceRange => ({ axis, argument: null, begin: 0, size: shape[axis]!, stride: 1, isWhole: true, isDropped: false });
  const ranges: SliceRange[] = [];
  const consumed = begins.filter((_, i) => !has(attributes.newAxisMask, i) && !has(attributes.ellipsisMask, i)).length;
  let axis = 0;
  for (let i = 0; i < begins.length; i++) {
    if (has(attributes.ellipsisMask, i)) {
      for (const end = axis + shape.length - consumed; axis < end; ) ranges.push(whole(axis++));
    } else if (has(attributes.newAxisMask, i)) ranges.push({ axis: null, argument: i, begin: 0, size: 1, stride: 1, isWhole: true, isDropped: false });
    else {
      const length = shape[axis]!;
      const stride = strides[i]!;
      const at = (position: number): number => Math.min(Math.max(position < 0 ? position + length : position, stride < 0 ? -1 : 0), stride < 0 ? length - 1 : length);
      const begin = has(attributes.beginMask, i) ? (stride < 0 ? length - 1 : 0) : at(begins[i]!);
      const isDropped = has(attributes.shrinkAxisMask, i);
      const end = isDropped ? begin + 1 : has(attributes.endMask, i) ? (stride < 0 ? -1 : length) : at(ends[i]!);
      const size = isDropped ? 1 : Math.max(0, Math.ceil((end - begin) / stride));
      ranges.push({ axis, argument: i, begin, size, stride, isWhole: !isDropped && stride === 1 && begin === 0 && size === length, isDropped });
      axis++;
    }
  }
  while (axis < shape.length) ranges.push(whole(axis++));
  return ranges;
}

function numbersOf(tracer: Reader, id: ValueId | null | undefined): number[] | null {
  const contents = tracer.contentsOf(id);
  return contents && contents.every((value): value is number => value !== null) ? [...contents] : null;
}
