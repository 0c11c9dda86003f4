/**
 * Sparse constants spread out. Their numbers are stored in the order in which the traversal meets them: each level of it
 * is one dimension of the tensor, or of the blocks that a dimension is cut into, either dense or as compressed rows.
 * Source: SparsityParameters of the schema, and FormatConverter of TensorFlow Lite.
 */
import { WhittleError } from '../../lib/errors';
import type { Shape } from '../../ir/tensor';
import { checkedSize } from '../checked-size';
import type { FlatSparsity } from './flat-model';

interface Fillable {
  readonly length: number;
  [index: number]: number | bigint;
}

/** `spare` values at the end may be left over: the last byte of packed numbers holds some. */
export function densified<A extends Fillable>(values: A, sparsity: FlatSparsity, shape: Shape, name: string, spare: number): A {
  const count = checkedSize(shape, `"${name}"`);
  const fail = (reason: string): never => {
    throw new WhittleError('FormatError', `The sparse constant "${name}" ${reason}. The file is damaged.`);
  };
  const { traversalOrder, blockMap, dimensions } = sparsity;
  const rank = shape.length;
  const levels = rank + blockMap.length;
  if (traversalOrder.length !== levels || dimensions.length !== levels) fail(`has ${dimensions.length} levels in place of ${levels}`);
  if (new Set(traversalOrder).size !== levels || traversalOrder.some((axis) => axis < 0 || axis >= levels)) fail('has a traversal order that is no order');
  if (blockMap.some((axis) => axis < 0 || axis >= rank)) fail('has blocks along a dimension that it lacks');
  // Segments that rise take every index once, so that no level costs more than what the file holds.
  if (dimensions.some((dimension) => dimension.format === 'sparse' && !rises(dimension.segments))) fail('has segments out of order');
  const rows = dimensions.reduce((product, dimension) => product * (dimension.format === 'dense' ? dimension.size : 1), 1);
  if (rows < 1 || rows > count) fail('has levels larger than itself');
  const blockSizes = blockMap.map((_, block) => {
    const dimension = dimensions[traversalOrder.indexOf(rank + block)]!;
    return dimension.format === 'dense' && dimension.size > 0 ? dimension.size : fail('has blocks without a size');
  });
  const result = new (values.constructor as new (length: number) => A)(count);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const position = new Array<number>(levels).fill(0);
  let next = 0;
  const place = (): number => {
    const index = new Array<number>(rank).fill(0);
    traversalOrder.forEach((axis, level) => {
      if (axis < rank) index[axis] = position[level]!;
    });
    blockMap.forEach((axis, block) => {
      index[axis] = index[axis]! * blockSizes[block]! + position[traversalOrder.indexOf(rank + block)]!;
    });
    let offset = 0;
    index.forEach((at, axis) => {
      if (at >= shape[axis]!) fail(`has a number at ${at} of dimension ${axis}, which has the size ${shape[axis]}`);
      offset += at * strides[axis]!;
    });
    return offset;
  };
  const visit = (level: number, parent: number): void => {
    if (level === levels) {
      if (next >= values.length) fail(`has ${values.length} numbers and places for more`);
      result[place()] = values[next++]!;
      return;
    }
    const dimension = dimensions[level]!;
    if (dimension.format === 'dense') {
      for (let i = 0; i < dimension.size; i++) {
        position[level] = i;
        visit(level + 1, parent * dimension.size + i);
      }
      return;
    }
    const [start, end] = [dimension.segments[parent], dimension.segments[parent + 1]];
    if (start === undefined || end === undefined || start < 0 || end > dimension.indices.length) return void fail('has segments that do not fit its indices');
    for (let i = start; i < end; i++) {
      position[level] = dimension.indices[i]!;
      if (position[level]! < 0) fail('has a negative index');
      visit(level + 1, i);
    }
  };
  visit(0, 0);
  if (values.length - next > spare) fail(`has ${values.length} numbers and places for ${next}`);
  return result;
}

function rises(segments: Int32Array): boolean {
  return segments.every((start, i) => i === 0 || start >= segments[i - 1]!);
}
