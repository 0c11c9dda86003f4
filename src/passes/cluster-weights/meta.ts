import { defineOptions } from '../../options/options';
import type { PassMeta } from '../pass';
import { recoverOptions } from '../learning/meta';

export const clusterWeightsOptions = defineOptions({
  centroids: {
    type: 'integer',
    default: 32,
    minimum: 2,
    maximum: 256,
    scale: 'log2',
    label: 'Centroids',
    help: 'How many different values a layer’s weights may have. Fewer compress better and cost accuracy.',
  },
  granularity: {
    type: 'choice',
    default: 'tensor',
    label: 'One set for',
    help: 'A set of values for each output channel follows the weights more closely and costs a codebook each.',
    choices: [
      { value: 'tensor', label: 'Each layer' },
      { value: 'channel', label: 'Each output channel' },
    ],
  },
  keepZeros: {
    type: 'boolean',
    default: true,
    label: 'Keep zeros',
    help: 'Weights that are zero stay exactly zero, so that pruning before is not undone.',
  },
  balance: {
    type: 'boolean',
    default: true,
    label: 'Balance errors',
    help: 'Rounds some weights the other way, so that the errors of each output cancel. More accurate, at the same size.',
  },
  depthwise: {
    type: 'boolean',
    default: false,
    label: 'Depthwise layers too',
    help: 'Depthwise kernels are few and precious; they are left alone unless this is on.',
  },
  ...recoverOptions,
});

export const clusterWeightsMeta = {
  id: 'cluster-weights',
  label: 'Cluster weights',
  summary: 'Lets the weights of a layer share a few values. Shrinks the compressed download; the speed stays the same.',
  options: clusterWeightsOptions,
  needs: 'nothing',
  exact: false,
  perLayer: true,
} as const satisfies PassMeta;
