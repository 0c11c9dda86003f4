/** Every operator's way into TensorFlow ops. */
import type { Node } from '../../ir/graph';
import type { AnyLowering, Lowerings } from './lowering';
import { activationLowerings } from './lowerings/activation';
import { convolutionLowerings } from './lowerings/convolution';
import { elementwiseLowerings } from './lowerings/elementwise';
import { matrixLowerings } from './lowerings/matrices';
import { normalizationLowerings } from './lowerings/normalization';
import { recurrentLowerings } from './lowerings/recurrent';
import { shapeLowerings } from './lowerings/shape';

export const opLowerings: Lowerings = {
  ...activationLowerings,
  ...convolutionLowerings,
  ...elementwiseLowerings,
  ...matrixLowerings,
  ...normalizationLowerings,
  ...recurrentLowerings,
  ...shapeLowerings,
};

export function loweringOf(node: Node): AnyLowering {
  // The table pairs each operator with a lowering of its own attributes; the union cannot say so.
  return opLowerings[node.op] as unknown as AnyLowering;
}
