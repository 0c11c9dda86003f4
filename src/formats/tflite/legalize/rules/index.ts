/** All rules. */
import type { Rules } from '../rule';
import { activationRules } from './activations';
import { arithmeticRules } from './arithmetic';
import { convolutionRules } from './convolution';
import { einsumRules } from './einsum';
import { movementRules } from './movement';
import { normalizationRules } from './normalization';
import { poolingRules } from './pooling';
import { preprocessingRules } from './preprocessing';
import { recurrentRules } from './recurrent';
import { reductionRules } from './reduction';
import { transcendentalRules } from './transcendental';

export const rules: Rules = {
  ...activationRules,
  ...arithmeticRules,
  ...convolutionRules,
  ...einsumRules,
  ...movementRules,
  ...normalizationRules,
  ...poolingRules,
  ...preprocessingRules,
  ...recurrentRules,
  ...reductionRules,
  ...transcendentalRules,
};
