import { defineOptions } from '../../options/options';
import type { PassMeta } from '../pass';

export const correctBiasOptions = defineOptions({
  samples: {
    type: 'integer',
    default: 256,
    minimum: 1,
    maximum: 4096,
    scale: 'log2',
    label: 'Examples',
    help: 'How many examples the means are taken over; more take longer and follow the data more closely.',
  },
  skipLarge: {
    type: 'boolean',
    default: false,
    label: 'Skip large corrections',
    help: 'Leaves layers alone whose bias would move by twice its own size or more, as NNCF does; for examples that you do not trust.',
  },
});

export const correctBiasMeta = {
  id: 'correct-bias',
  label: 'Correct biases',
  summary: 'Moves each bias by what earlier steps shifted its layer’s mean output: accuracy comes back, at the same size and speed, without labels.',
  options: correctBiasOptions,
  needs: 'calibration',
  exact: false,
  perLayer: true,
} as const satisfies PassMeta;
