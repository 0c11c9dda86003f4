/** Checks a shape that a file claims. Bounded before anything is allocated for it. */
import { WhittleError } from '../lib/errors';

/** No tensor that a browser can hold has more elements: typed arrays end near 2^31 bytes of float32. */
const LARGEST_SIZE = 2 ** 31;
/** TensorFlow.js runs ranks up to six; files never need more than this. */
const LARGEST_RANK = 16;

/** The number of elements of `shape`, a list of whole sizes. `what` names the tensor in the FormatError. */
export function checkedSize(shape: unknown, what: string): number {
  const isShape =
    Array.isArray(shape) &&
    shape.length <= LARGEST_RANK &&
    shape.every((size) => Number.isInteger(size) && size >= 0 && size <= LARGEST_SIZE);
  if (!isShape) {
    throw new WhittleError('FormatError', `The shape of ${what} is ${JSON.stringify(shape)?.slice(0, 100)}, not a list of sizes.`);
  }
  const size = (shape as number[]).reduce((product, dimension) => product * dimension, 1);
  if (size > LARGEST_SIZE) {
    throw new WhittleError('FormatError', `The shape of ${what} is [${shape.join(', ')}]: larger than any tensor can be.`);
  }
  return size;
}
