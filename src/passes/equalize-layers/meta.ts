import { defineOptions } from '../../options/options';
import type { PassMeta } from '../pass';

export const equalizeLayersOptions = defineOptions({
  relu6: {
    type: 'choice',
    default: 'skip',
    label: 'ReLU6',
    help: 'What to do between layers with a ReLU6, which clips at 6 and so does not pass a scale on.',
    choices: [
      { value: 'skip', label: 'Leave', help: 'Equalizes across ReLU, leaky ReLU and PReLU only.' },
      {
        value: 'unclipped',
        label: 'Where it never clips',
        help: 'Equalizes channels that stay below 6 by a margin on your examples (without: by their batch norm); where all do, ReLU6 becomes ReLU.',
      },
    ],
  },
  smooth: {
    type: 'number',
    default: 0,
    minimum: 0,
    maximum: 1,
    step: 0.05,
    label: 'Smoothing',
    help: 'Moves large activations of a normalization into the weights of the dense layers behind it; 0 moves none, 0.5 is SmoothQuant’s choice.',
  },
  absorb: {
    type: 'boolean',
    default: false,
    label: 'Absorb high biases',
    help: 'Moves what a bias adds before a ReLU into the next layer; nearly the same function, where batch norms were folded.',
  },
});

export const equalizeLayersMeta = {
  id: 'equalize-layers',
  label: 'Equalize layers',
  summary: 'Scales channels so that those of neighbouring layers reach equally far: the same function, and fewer errors when it is quantized.',
  options: equalizeLayersOptions,
  needs: 'calibration',
  exact: true,
  perLayer: true,
} as const satisfies PassMeta;
