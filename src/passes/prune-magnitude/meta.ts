import { defineOptions } from '../../options/options';
import type { PassMeta } from '../pass';
import { recoverOptions } from '../learning/meta';

export const pruneMagnitudeOptions = defineOptions({
  sparsity: {
    type: 'number',
    default: 0.5,
    minimum: 0,
    maximum: 0.99,
    step: 0.01,
    scale: 'percent',
    label: 'Sparsity',
    help: 'Share of the weights set to zero. Past about one half, accuracy falls unless the model is trained again.',
    shownWhen: { option: 'pattern', is: ['unstructured', 'block'] },
  },
  pattern: {
    type: 'choice',
    default: 'unstructured',
    label: 'Pattern',
    help: 'Which weights go together. Stricter patterns suit special hardware and cost more accuracy.',
    choices: [
      { value: 'unstructured', label: 'Single weights' },
      { value: 'n-m', label: 'N of M kept', help: 'Keeps the N largest of every M weights along the input channels.' },
      { value: 'block', label: 'Blocks', help: 'Removes whole blocks of the weight matrix.' },
    ],
  },
  ranking: {
    type: 'choice',
    default: 'lamp',
    label: 'Ranking',
    help: 'Against which weights a weight is compared when the smallest are chosen.',
    choices: [
      { value: 'lamp', label: 'Whole model, layer-adaptive', help: 'LAMP scores: large layers give more, small ones are spared. Mostly by far the most accurate.' },
      { value: 'global', label: 'Whole model', help: 'The smallest weights of the whole model go, wherever they are.' },
      { value: 'layer', label: 'Within each layer', help: 'Every layer gets the same sparsity.' },
    ],
    shownWhen: { option: 'pattern', is: ['unstructured', 'block'] },
  },
  keepPerGroup: {
    type: 'integer',
    default: 2,
    minimum: 1,
    maximum: 15,
    label: 'N, kept',
    help: 'How many weights of each group stay.',
    shownWhen: { option: 'pattern', is: ['n-m'] },
  },
  groupSize: {
    type: 'integer',
    default: 4,
    minimum: 2,
    maximum: 16,
    label: 'M, group',
    help: 'How many neighbouring weights form a group.',
    shownWhen: { option: 'pattern', is: ['n-m'] },
  },
  blockRows: {
    type: 'integer',
    default: 4,
    minimum: 1,
    maximum: 64,
    label: 'Block rows',
    help: 'Inputs of the weight matrix in one block.',
    shownWhen: { option: 'pattern', is: ['block'] },
  },
  blockColumns: {
    type: 'integer',
    default: 1,
    minimum: 1,
    maximum: 64,
    label: 'Block columns',
    help: 'Outputs of the weight matrix in one block.',
    shownWhen: { option: 'pattern', is: ['block'] },
  },
  depthwise: {
    type: 'boolean',
    default: false,
    label: 'Depthwise layers too',
    help: 'Depthwise kernels are few and precious; they are left alone unless this is on.',
  },
  ...recoverOptions,
});

export const pruneMagnitudeMeta = {
  id: 'prune-magnitude',
  label: 'Prune weights',
  summary: 'Sets the smallest weights to zero. Shrinks the compressed download; the file itself and the speed stay the same.',
  options: pruneMagnitudeOptions,
  needs: 'nothing',
  exact: false,
  perLayer: true,
} as const satisfies PassMeta;
