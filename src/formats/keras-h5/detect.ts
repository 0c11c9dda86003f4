/** Is it an HDF5 file? Whether Keras wrote it, the reader finds out. */
import type { FileHead } from '../format';
import { isHdf5 } from '../hdf5';

export function detectKerasH5(head: FileHead): number {
  return isHdf5(head.bytes) ? 1 : 0;
}
