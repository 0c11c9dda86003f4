/** Layers that only act in training: a node that does nothing keeps their place. */
import { passOn } from './families-core';
import type { FamilyTable } from './lowering';

const NAMES = [
  'Dropout',
  'SpatialDropout1D',
  'SpatialDropout2D',
  'SpatialDropout3D',
  'GaussianDropout',
  'GaussianNoise',
  'AlphaDropout',
  'ActivityRegularization',
  'RandomFlip',
  'RandomRotation',
  'RandomZoom',
  'RandomTranslation',
  'RandomContrast',
  'RandomBrightness',
  'RandomHue',
  'RandomSaturation',
  'RandomGrayscale',
  'RandomSharpness',
  'RandomShear',
  'RandomColorJitter',
  'RandomColorDegeneration',
  'RandomPosterization',
  'RandomGaussianBlur',
  'RandomPerspective',
  'RandomElasticTransform',
  'RandomErasing',
  'RandomInvert',
  // Of keras.applications' ConvNeXt.
  'StochasticDepth',
] as const;

export const regularizationLayers: FamilyTable = Object.fromEntries(NAMES.map((name) => [name, { lower: passOn }]));
