/** Every Keras layer that Whittle runs, by class name. */
import { activationLayers } from './families-activation';
import { attentionLayers } from './families-attention';
import { convolutionLayers } from './families-convolution';
import { coreLayers } from './families-core';
import { multiHeadLayers } from './families-multi-head-attention';
import { normalizationLayers } from './families-normalization';
import { poolingLayers } from './families-pooling';
import { preprocessingLayers } from './families-preprocessing';
import { recurrentLayers } from './families-recurrent';
import { regularizationLayers } from './families-regularization';
import { reshapingLayers } from './families-reshaping';
import { wrapperLayers } from './families-wrappers';
import { mergingLayers } from './families-merging';
import type { FamilyTable, LayerFamily } from './lowering';

const layerTable: FamilyTable = {
  ...coreLayers,
  ...activationLayers,
  ...convolutionLayers,
  ...poolingLayers,
  ...normalizationLayers,
  ...regularizationLayers,
  ...reshapingLayers,
  ...mergingLayers,
  ...preprocessingLayers,
  ...recurrentLayers,
  ...wrapperLayers,
  ...attentionLayers,
  ...multiHeadLayers,
};

export const layerNames: readonly string[] = Object.keys(layerTable);

export function familyOf(className: string): LayerFamily | undefined {
  return Object.hasOwn(layerTable, className) ? layerTable[className] : undefined;
}
