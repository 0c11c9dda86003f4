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
});

export const cleanUpMeta = {
  id: 'clean-up',
  label: 'Clean up',
  summary: 'Removes what does nothing and computes what never changes: the same outputs, a smaller graph, faster on every runtime.',
  options: cleanUpOptions,
  needs: 'nothing',
  exact: true,
  perLayer: false,
} as const satisfies PassMeta;
