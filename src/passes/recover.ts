/**
 * Recovery: a pass states what it wants of the weights as constraints, and the model learns to live with them. The model before
 * compression teaches, where that is asked for (Hinton et al. 2015, arXiv 1503.02531; as recovery: Frantar and Alistarh 2022, arXiv 2203.07259).
 *
 * - Everything that earlier passes made is kept (`kept-constraints.ts`).
 * - Layers that the pass has nothing to say about train too; layers that a rule keeps stand still.
 */
import type { Graph } from '../ir/graph';
import { WhittleError } from '../lib/errors';
import type { OptionValues } from '../options/options';
import type { TrainingSettings } from '../training/training';
import type { Constraints } from './kept-constraints';
import { learn, type Learned } from './learn';
import type { PassContext, PassId } from './pass';
import { recoverOptions } from './recover-options';
import { layerNameOf } from './weight-sites';

export type RecoverOptions = OptionValues<typeof recoverOptions>;

/** Half the loss from labels: the teacher is the model itself, and on its own would not let it grow better than it was. */
const LABEL_WEIGHT = 0.5;
/** Of the soft targets: 3 is Keras's default. */
const TEMPERATURE = 3;

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
  refuseRules(graph, options, context);
  return learn(
    {
      pass,
      graph,
      constraints,
      teacher: options.recoverTeacher ? context.reference : null,
      objective: { labelWeight: LABEL_WEIGHT, temperature: TEMPERATURE },
      settings: { ...settings, epochs: options.recoverEpochs, learningRate: options.recoverRate, augmentation: options.recoverAugmentation },
    },
    context,
  );
}

/** Training is of the whole model: a rule that sets it for a layer would be ignored in silence. */
function refuseRules(graph: Graph, options: RecoverOptions, context: PassContext): void {
  const names = Object.keys(recoverOptions) as (keyof RecoverOptions)[];
  for (const node of graph.nodes) {
    const own = context.optionsFor(layerNameOf(node), node.op);
    const name = own && names.find((one) => own[one] !== options[one]);
    if (name) throw new WhittleError('OptionError', `${name} holds for the whole model, and a rule sets it for ${layerNameOf(node)}. Set it in the step's own options; a layer stands still by "keep".`);
  }
}
