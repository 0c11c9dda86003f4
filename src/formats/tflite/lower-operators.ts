/** Every TensorFlow Lite operator that is read, by its builtin name, or by its own where it is a custom one. */
import type { FlatOperator } from './flat-model';
import type { FlatLowering, FlatLowerings } from './lower-builder';
import { convolutionLowerings } from './lowerings/convolution';
import { customLowerings } from './lowerings/custom';
import { elementwiseLowerings } from './lowerings/elementwise';
import { imageLowerings } from './lowerings/image';
import { joinLowerings } from './lowerings/join';
import { matrixLowerings } from './lowerings/matrices';
import { normalizationLowerings } from './lowerings/normalization';
import { poolLowerings } from './lowerings/pool';
import { quantizationLowerings } from './lowerings/quantization';
import { recurrentLowerings } from './lowerings/recurrent';
import { reductionLowerings } from './lowerings/reduction';
import { selectionLowerings } from './lowerings/selection';
import { shapeLowerings } from './lowerings/shape';
import { sliceLowerings } from './lowerings/slice';
import { spectralLowerings } from './lowerings/spectral';

export const operatorLowerings: FlatLowerings = {
  ...convolutionLowerings,
  ...elementwiseLowerings,
  ...imageLowerings,
  ...joinLowerings,
  ...matrixLowerings,
  ...normalizationLowerings,
  ...poolLowerings,
  ...quantizationLowerings,
  ...recurrentLowerings,
  ...reductionLowerings,
  ...selectionLowerings,
  ...shapeLowerings,
  ...sliceLowerings,
  ...spectralLowerings,
};

export function loweringOf({ op, customCode }: FlatOperator): FlatLowering | undefined {
  if (op === 'CUSTOM') return customCode !== undefined && Object.hasOwn(customLowerings, customCode) ? customLowerings[customCode] : undefined;
  return Object.hasOwn(operatorLowerings, op) ? operatorLowerings[op] : undefined;
}
