/** A TensorFlow.js layers model: model.json and its shards. */
import { defineOptions } from '../../options/options';
import type { FormatMeta } from '../format';

const writeOptions = defineOptions({
  weights: {
    type: 'choice',
    label: 'Weights',
    help: 'How the weights are stored; TensorFlow.js makes float32 of them when it loads, so this changes the download, not the speed.',
    default: 'as-is',
    choices: [
      { value: 'as-is', label: 'As they are', help: 'Each tensor in its own encoding, or the nearest that TensorFlow.js can hold.' },
      { value: 'float32', label: 'float32', help: 'Full precision, four bytes a weight.' },
      { value: 'float16', label: 'float16', help: 'Two bytes a weight; small constants stay float32.' },
      { value: 'uint8', label: 'uint8', help: 'One byte a weight of every kernel, with one scale a tensor; biases stay as they are.' },
      { value: 'uint16', label: 'uint16', help: 'Two bytes a weight of every kernel, nearly exact; biases stay as they are.' },
    ],
  },
});

export type TfjsLayersOptions = typeof writeOptions;

export const tfjsLayersMeta = {
  id: 'tfjs-layers',
  label: 'TensorFlow.js layers model (model.json)',
  summary: 'For tf.loadLayersModel; holds Keras layers that TensorFlow.js knows, and can be trained further in the browser.',
  extensions: ['.json'],
  writeOptions,
} as const satisfies FormatMeta<typeof writeOptions>;
