import { defineOptions } from '../../options/options';
import type { PassMeta } from '../pass';

export const adaroundOptions = defineOptions({
  bits: {
    type: 'choice',
    default: '4',
    label: 'Bits',
    help: 'Learned rounding matters at 4 bits; at 8 nearly every rounding does.',
    choices: [
      { value: '8', label: '8' },
      { value: '4', label: '4' },
    ],
  },
  granularity: {
    type: 'choice',
    default: 'channel',
    label: 'One scale for',
    help: 'Finer scales follow the weights more closely. TensorFlow.js files hold one scale for each tensor only.',
    choices: [
      { value: 'channel', label: 'Each output channel' },
      { value: 'tensor', label: 'Each tensor' },
    ],
  },
  samples: {
    type: 'integer',
    default: 512,
    minimum: 16,
    maximum: 4096,
    scale: 'log2',
    label: 'Examples',
    help: 'How many examples the layers are fitted on; a dense layer needs as many as it has inputs.',
  },
  iterations: {
    type: 'integer',
    default: 1000,
    minimum: 100,
    maximum: 20000,
    scale: 'log2',
    label: 'Steps',
    help: 'Gradient steps for each layer; time grows with them, and examples matter more.',
  },
});

export const adaroundMeta = {
  id: 'adaround',
  label: 'Learn rounding',
  summary: 'Learns for each weight whether to round it up or down, so that every layer gives nearly what it gave: accuracy at 4 bits, for minutes of work.',
  options: adaroundOptions,
  needs: 'calibration',
  exact: false,
  perLayer: true,
} as const satisfies PassMeta;
