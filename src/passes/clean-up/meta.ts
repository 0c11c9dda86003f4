import { defineOptions } from '../../options/options';
import type { PassMeta } from '../pass';

export const cleanUpOptions = defineOptions({
  foldConstants: {
    type: 'boolean',
    default: true,
    label: 'Fold constants',
    help: 'Computes now what does not depend on the input.',
  },
  fuseActivations: {
    type: 'boolean',
    default: true,
    label: 'Fuse activations',
    help: 'Lets a layer apply the activation that follows it, which saves a pass over memory.',
  },
  removeIdentities: {
    type: 'boolean',
    default: true,
    label: 'Remove identities',
    help: 'Takes out dropout, noise and other layers that do nothing when a model is used.',
  },
  shortenChains: {
    type: 'boolean',
    default: true,
    label: 'Shorten chains',
    help: 'Makes one of reshapes, transposes, paddings, joins, scales and activations that follow one another.',
  },
  mergeLayers: {
    type: 'boolean',
    default: true,
    label: 'Merge layers',
    help: 'Makes one layer of linear layers in a row or side by side, where that takes no more multiplications.',
  },
});

export const cleanUpMeta = {
  id: 'clean-up',
  label: 'Simplify',
  summary: 'Decides before run time all that can be decided: the same outputs, a smaller graph, faster on every runtime.',
  options: cleanUpOptions,
  needs: 'nothing',
  exact: true,
  perLayer: false,
} as const satisfies PassMeta;
