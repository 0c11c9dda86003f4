/** What a TensorFlow.js graph model is, as data. */
import { defineOptions } from '../../options/options';
import type { FormatMeta } from '../format';

export const tfjsGraphOptions = defineOptions({
  weights: {
    type: 'choice',
    label: 'Weights',
    help: 'How the weights are stored; TensorFlow.js makes float32 of them when it loads, so this changes the download, not the speed.',
    default: 'as-is',
    choices: [
      { value: 'as-is', label: 'As they are', help: 'Each tensor in its own encoding, or the nearest that TensorFlow.js can hold.' },
      {
        value: 'codes',
        label: 'Exact codes',
        help: 'A scale for each channel or block, and palettes, are kept exactly, a byte a weight; the graph puts the weights together whenever it runs, which costs a small step for each layer.',
      },
      { value: 'float32', label: 'float32', help: 'Full precision, four bytes a weight.' },
      { value: 'float16', label: 'float16', help: 'Two bytes a weight; small constants stay float32.' },
      { value: 'uint8', label: 'uint8', help: 'One byte a weight of every kernel, with one scale a tensor; biases stay as they are.' },
      { value: 'uint16', label: 'uint16', help: 'Two bytes a weight of every kernel, nearly exact; biases stay as they are.' },
    ],
  },
});

export const tfjsGraphMeta: FormatMeta<typeof tfjsGraphOptions> = {
  id: 'tfjs-graph',
  label: 'TensorFlow.js graph model',
  summary: 'A model.json with weight files for tf.loadGraphModel; holds every operator, with one scale for each quantized tensor.',
  extensions: ['.json', '.bin'],
  writeOptions: tfjsGraphOptions,
};

export type TfjsGraphOptions = typeof tfjsGraphOptions;
