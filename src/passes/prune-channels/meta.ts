import { defineOptions } from '../../options/options';
import type { PassMeta } from '../pass';
import { recoverOptions } from '../learning/meta';

export const pruneChannelsOptions = defineOptions({
  share: {
    type: 'number',
    default: 0.5,
    minimum: 0,
    maximum: 0.95,
    step: 0.01,
    scale: 'percent',
    label: 'Share removed',
    help: 'How much of the original model goes: half of the channels is about a quarter of the weights and of the work.',
  },
  target: {
    type: 'choice',
    default: 'channels',
    label: 'Share of',
    help: 'What the share is counted in.',
    choices: [
      { value: 'channels', label: 'Channels', help: 'Of each layer, or of all that are ranked together.' },
      { value: 'macs', label: 'Computation', help: 'Multiply-accumulates: as many channels go as that takes.' },
      { value: 'parameters', label: 'Weights', help: 'Parameters: as many channels go as that takes.' },
    ],
  },
  ranking: {
    type: 'choice',
    default: 'layer',
    label: 'Ranking',
    help: 'Against which channels a channel is compared when the least important are chosen.',
    choices: [
      { value: 'layer', label: 'Within each layer', help: 'Every layer loses the same share.' },
      { value: 'global', label: 'Whole model', help: 'The least important of the whole model go, each measured against the mean of its layer.' },
      { value: 'isomorphic', label: 'Among alike layers', help: 'Layers of the same structure are ranked together (isomorphic pruning).' },
    ],
  },
  importance: {
    type: 'choice',
    default: 'l1',
    label: 'Importance',
    help: 'How the importance of a channel is measured, over all weights that go with it.',
    choices: [
      { value: 'l1', label: 'Sum of magnitudes', help: 'L1 norm of its weights.' },
      { value: 'l2', label: 'Sum of squares', help: 'L2 norm of its weights.' },
      { value: 'batch-norm-scale', label: 'Batch-norm scale', help: 'The scale of its batch norm, also after folding.' },
      { value: 'geometric-median', label: 'Geometric median', help: 'How far its filter is from all others: what others can stand in for goes.' },
      { value: 'taylor', label: 'Gradient', help: 'On your examples: how fast the answers change as it fades (first-order Taylor expansion). No labels are needed.' },
      { value: 'removal-error', label: 'Error without it', help: 'On your examples: how far the next layers fall short without it, however well their other weights make up for it.' },
    ],
  },
  roundTo: {
    type: 'choice',
    default: '1',
    label: 'Channels left',
    help: 'Kernels of many runtimes work on several channels at once and waste what does not fill them.',
    choices: [
      { value: '1', label: 'Any number' },
      { value: '4', label: 'Multiples of 4' },
      { value: '8', label: 'Multiples of 8' },
      { value: '16', label: 'Multiples of 16' },
    ],
  },
  reconstruct: {
    type: 'boolean',
    default: true,
    label: 'Reconstruct',
    help: 'Fits the weights of the following layers to what they gave before, on examples without labels; takes as long as a few passes over them a layer.',
  },
  rounds: {
    type: 'integer',
    default: 1,
    minimum: 1,
    maximum: 20,
    label: 'Rounds',
    help: 'Prunes in so many equal steps, with its part of the reconstruction and of the training after each.',
  },
  ...recoverOptions,
});

export const pruneChannelsMeta = {
  id: 'prune-channels',
  label: 'Prune channels',
  summary: 'Removes whole channels and filters: a smaller model that is faster on every runtime. Costs accuracy, much of which reconstruction or training brings back.',
  options: pruneChannelsOptions,
  needs: 'calibration',
  exact: false,
  perLayer: true,
} as const satisfies PassMeta;
