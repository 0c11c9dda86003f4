/** Errors about data, in one voice: the file, what is wrong with it, what to do. */
import { isErrorOf, messageOf, WhittleError } from '../lib/errors';
import { baseName } from '../lib/source-file';

/** `name` is the file's (or the array's in it); `why` ends in what to do. */
export function dataError(name: string, why: string, cause?: unknown): WhittleError {
  return new WhittleError('DataError', `${baseName(name)}: ${why}`, cause === undefined ? {} : { cause });
}

/** Runs work of the layers below; what they say about a file is said about the data. */
export async function asDataErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isErrorOf(error, 'FormatError') && !isErrorOf(error, 'UnsupportedError')) throw error;
    throw new WhittleError('DataError', messageOf(error), { cause: error });
  }
}

/** A shape as the messages write it; a free size is a `?`. */
export function shapeText(shape: readonly number[]): string {
  return `[${shape.map((size) => (size < 0 ? '?' : String(size))).join(', ')}]`;
}
