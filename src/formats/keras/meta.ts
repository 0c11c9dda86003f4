/** The .keras archive of Keras 3. */
import { defineOptions } from '../../options/options';
import type { FormatMeta } from '../format';

const writeOptions = defineOptions({});

export const kerasMeta = {
  id: 'keras',
  label: 'Keras (.keras)',
  summary: 'The archive of Keras 3, for Python; holds float32 weights and every Keras layer.',
  extensions: ['.keras'],
  writeOptions,
} as const satisfies FormatMeta<typeof writeOptions>;
