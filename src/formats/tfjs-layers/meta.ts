/** A TensorFlow.js layers model: model.json and its shards. */
import { defineOptions } from '../../options/options';
import type { FormatMeta } from '../format';

const writeOptions = defineOptions({});

export const tfjsLayersMeta = {
  id: 'tfjs-layers',
  label: 'TensorFlow.js layers model (model.json)',
  summary: 'For tf.loadLayersModel; holds Keras layers that TensorFlow.js knows, and can be trained further in the browser.',
  extensions: ['.json'],
  writeOptions,
} as const satisfies FormatMeta<typeof writeOptions>;
