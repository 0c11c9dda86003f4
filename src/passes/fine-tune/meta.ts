import { defineOptions } from '../../options/options';
import type { PassMeta } from '../pass';
import { teachingOptions, trainingOptions } from '../learning/meta';

export const fineTuneOptions = defineOptions({
  epochs: {
    type: 'integer',
    default: 2,
    minimum: 1,
    maximum: 200,
    label: 'Epochs',
    help: 'How many times the model goes through the training data.',
    unit: 'epochs',
  },
  learningRate: {
    type: 'number',
    default: 1e-3,
    minimum: 1e-6,
    maximum: 0.5,
    step: 1e-4,
    label: 'Learning rate',
    help: 'How far each step goes at first. Too high a rate undoes what the model knows.',
  },
  teacher: {
    type: 'boolean',
    default: false,
    label: 'Original as teacher',
    help: 'The model before compression teaches beside the labels; without labels it teaches alone.',
  },
  ...teachingOptions,
  dropout: {
    type: 'boolean',
    default: true,
    label: 'Dropout',
    help: 'As the model’s own dropout layers say. Small or compressed models mostly learn better without.',
    group: 'training',
  },
  ...trainingOptions,
});

export const fineTuneMeta = {
  id: 'fine-tune',
  label: 'Fine-tune',
  summary: 'Trains the model on your data and keeps what earlier steps made: zeros, shared values, grids. Size and speed stay the same.',
  options: fineTuneOptions,
  needs: 'labels',
  exact: false,
  perLayer: true,
} as const satisfies PassMeta;
