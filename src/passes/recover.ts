/**
 * Recovery: a pass states what it wants of the weights as constraints, and the model learns to live with them. The model before
 * compression teaches, where that is asked for (Hinton et al. 2015, arXiv 1503.02531; as recovery: Frantar and Alistarh 2022, arXiv 2203.07259).
 *
 * - Everything that earlier passes made is kept (`kept-constraints.ts`).
 * - Layers that the pass has nothing to say about train too; layers that a rule keeps stand still.
 */
import type { Graph } from '../ir/graph';
import type { OptionValues } from '../options/options';
import type { TrainingSettings } from '../training/training';
import type { Constraints } from './kept-constraints';
import { learn, refuseRulesOf, type Learned } from './learn';
import type { PassContext, PassId } from './pass';
import { recoverOptions } from './learning/meta';

export type RecoverOptions = OptionValues<typeof recoverOptions>;

/** Half of what is learned comes from labels: the teacher is the model itself, and on its own would not let it grow better than it was. */
const LABEL_WEIGHT = 0.5;
/**
 * Of the soft targets. Higher ones weigh what the teacher thinks of wrong classes over what is right: the quarter-width student of fashion_cnn
 * (4 epochs, half labels) reached 90.19 % at 1, 90.09 % at 2 and 89.77 % at 4; labels alone 90.19 %.
 */
const TEMPERATURE = 1;

export function wantsRecovery({ recoverEpochs }: Pick<RecoverOptions, 'recoverEpochs'>): boolean {
  return recoverEpochs > 0;
}

/** Trains `graph` under the pass's constraints and those kept. The result's constants are encoded by their last constraint. */
export async function recover(
  pass: PassId,
  graph: Graph,
  constraints: Constraints,
  options: RecoverOptions,
  context: PassContext,
  settings: Partial<TrainingSettings> = {},
): Promise<Learned> {
  refuseRulesOf(graph, options, Object.keys(recoverOptions), context);
  return learn(
    {
      pass,
      graph,
      constraints,
      teacher: options.recoverTeacher ? context.teacher : null,
      objective: { labelWeight: LABEL_WEIGHT, temperature: TEMPERATURE },
      settings: { ...settings, epochs: options.recoverEpochs, learningRate: options.recoverRate, augmentation: options.recoverAugmentation },
    },
    context,
  );
}
