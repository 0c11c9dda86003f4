/** The HDF5 file of Keras 2 and Keras 3. */
import { defineOptions } from '../../options/options';
import type { FormatMeta } from '../format';

const writeOptions = defineOptions({});

export const kerasH5Meta = {
  id: 'keras-h5',
  label: 'Keras HDF5 (.h5)',
  summary: 'The older file of Keras, which Keras 2 and Keras 3 open; holds float32 weights and every Keras layer.',
  extensions: ['.h5', '.hdf5'],
  writeOptions,
} as const satisfies FormatMeta<typeof writeOptions>;
