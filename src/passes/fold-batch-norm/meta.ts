import { defineOptions } from '../../options/options';
import type { PassMeta } from '../pass';

export const foldBatchNormOptions = defineOptions({});

export const foldBatchNormMeta = {
  id: 'fold-batch-norm',
  label: 'Fold batch norm',
  summary: 'Merges batch normalization into the layer beside it: the same outputs, fewer layers, faster on every runtime.',
  options: foldBatchNormOptions,
  needs: 'nothing',
  exact: true,
  perLayer: false,
} as const satisfies PassMeta;
