/**
 * What passes that train have in common: the request with good defaults, what rules keep, what earlier passes made, and the words
 * about the outcome. The work is the trainer's, which the context brings.
 */
import { editGraph } from '../ir/edit';
import type { Graph, Node, ValueId } from '../ir/graph';
import { info, warning, type Diagnostic } from '../lib/diagnostics';
import { throwIfCancelled, WhittleError } from '../lib/errors';
import type { OptionValue } from '../options/options';
import type { Objective, Trainer, TrainingResult, TrainingSettings } from '../training/training';
import { keptConstraints, mergeConstraints, storedAs, type Constraints } from './kept-constraints';
import type { PassContext, PassId } from './pass';
import { layerNameOf } from './weight-sites';

export interface LearningWish {
  readonly pass: PassId;
  readonly graph: Graph;
  /** The pass's own, beside those of earlier passes. */
  readonly constraints: Constraints;
  /** null: labels only. */
  readonly teacher: Graph | null;
  /** `labelWeight` holds where there are a teacher and labels; where one of them is missing, the other teaches alone. */
  readonly objective: Pick<Objective, 'labelWeight' | 'temperature'> & Partial<Objective>;
  readonly settings: Pick<TrainingSettings, 'epochs' | 'learningRate'> & Partial<TrainingSettings>;
}

export interface Learned {
  readonly graph: Graph;
  readonly diagnostics: readonly Diagnostic[];
}

/** What holds where a pass has no option for it. */
const DEFAULT_SETTINGS = {
  optimizer: 'adam',
  schedule: 'cosine',
  // Small enough for many steps an epoch, large enough to keep a GPU busy.
  batch: 128,
  weightDecay: 0,
  augmentation: 'none',
  dropout: true,
  // 3,000 of 60,000 examples tell epochs apart by about half a point.
  heldOut: 0.05,
  patience: 0,
} as const satisfies Partial<TrainingSettings>;

/** Held-out accuracy that training may cost unsaid, in shares: chance, and what a model knew by heart, make up for less. */
const WORTH_A_WARNING = 0.01;
/** Below this many one example is more than a point, and the best epoch often the luckiest. */
const FEW_HELD_OUT = 100;

/** Trains. Throws a PassError when there is nothing to learn from, and what the trainer throws. */
export async function learn(wish: LearningWish, context: PassContext): Promise<Learned> {
  const { graph, teacher } = wish;
  const trainer = trainerOf(context, wish.pass);
  if (teacher) checkTeacher(graph, teacher);
  else if (!trainer.labelled) {
    throw new WhittleError('PassError', 'The training data have no labels, and no teacher was asked for: there is nothing to learn from. Switch the teacher on, or add labelled data.');
  }
  throwIfCancelled(context.signal);
  context.report({ stage: wish.pass, fraction: 0, detail: 'training' });
  const frozen = frozenConstants(graph, context);
  const result = await trainer.train({
    graph,
    constraints: mergeConstraints(graph, keptConstraints(graph), wish.constraints),
    frozen,
    teacher: needsTeacher(wish, trainer) ? teacher : null,
    objective: {
      hints: [],
      labelSmoothing: 0,
      ...wish.objective,
      labelWeight: teacher ? (trainer.labelled ? wish.objective.labelWeight : 0) : 1,
    },
    settings: { ...DEFAULT_SETTINGS, seed: context.seed, ...wish.settings },
  });
  return { graph: storeAsBefore(graph, result.graph, new Set(frozen)), diagnostics: outcomeOf(result, trainer, wish) };
}

/** The trainer, or a PassError that says what to do. */
export function trainerOf(context: PassContext, pass: PassId): Trainer {
  if (context.trainer && context.trainer.count > 0) return context.trainer;
  throw new WhittleError('PassError', `${pass} is asked to train, and no training data are open. Add training data (in the page "Training data", on the command line --train), or set its epochs to 0.`);
}

/** Training is of the whole model: a rule that sets one of these options for a layer would be ignored in silence. */
export function refuseRulesOf(graph: Graph, options: Readonly<Record<string, OptionValue>>, names: readonly string[], context: PassContext): void {
  for (const node of graph.nodes) {
    const own = context.optionsFor(layerNameOf(node), node.op);
    const name = own && names.find((one) => own[one] !== options[one]);
    if (name) throw new WhittleError('OptionError', `${name} holds for the whole model, and a rule sets it for ${layerNameOf(node)}. Set it in the step's own options; a layer stands still by "keep".`);
  }
}

/** Steps that training so long takes: an epoch leaves out what is left of the last batch. */
export function stepsOf(trainer: Trainer, epochs: number, settings: Partial<TrainingSettings> = {}): number {
  const { batch, heldOut } = { ...DEFAULT_SETTINGS, ...settings };
  return Math.max(1, Math.floor((trainer.count * (1 - heldOut)) / batch)) * epochs;
}

/** Constants of layers that a rule keeps as they are: they stand still. */
function frozenConstants(graph: Graph, context: PassContext): ValueId[] {
  const frozen = graph.nodes.flatMap((node) => (context.optionsFor(layerNameOf(node), node.op) === null ? floatConstantsOf(graph, node) : []));
  return [...new Set(frozen)];
}

function floatConstantsOf(graph: Graph, node: Node): ValueId[] {
  return node.inputs.filter((id): id is ValueId => id !== null && graph.values[id]!.dtype === 'float32' && graph.values[id]!.tensor !== undefined);
}

function needsTeacher({ objective }: LearningWish, trainer: Trainer): boolean {
  return objective.labelWeight < 1 || !trainer.labelled || (objective.hints?.length ?? 0) > 0;
}

function checkTeacher(graph: Graph, teacher: Graph): void {
  for (const side of ['inputs', 'outputs'] as const) {
    const [own, other] = [shapesOf(graph, side), shapesOf(teacher, side)];
    if (own === other) continue;
    throw new WhittleError('PassError', `The teacher's ${side} are ${other}, the model's are ${own}: they should be the same. Switch the teacher off, or take a model that fits.`);
  }
}

/** The batch is left out: it may differ. */
function shapesOf(graph: Graph, side: 'inputs' | 'outputs'): string {
  return graph[side].map((id) => `[${graph.values[id]!.shape?.slice(1).join(', ') ?? '?'}]`).join(' ');
}

function storeAsBefore(before: Graph, after: Graph, frozen: ReadonlySet<ValueId>): Graph {
  const editor = editGraph(after);
  for (const { id, tensor } of Object.values(before.values)) {
    const trained = after.values[id]?.tensor;
    if (!tensor || !trained || tensor === trained) continue;
    const stored = frozen.has(id) ? tensor : storedAs(tensor, trained);
    if (stored !== trained) editor.setTensor(id, stored);
  }
  return editor.done();
}

function outcomeOf(result: TrainingResult, trainer: Trainer, { settings }: LearningWish): Diagnostic[] {
  const measured = result.history.filter((point) => point.heldOutAccuracy !== null);
  const first = measured[0];
  const best = measured.find((point) => point.epoch === result.bestEpoch);
  const seconds = (result.elapsedMs / 1000).toFixed(1);
  const parts = [`Trained for ${result.history.at(-1)?.epoch ?? 0} of ${settings.epochs} epochs on ${trainer.count} examples in ${seconds} s on ${result.backend}`];
  if (result.endedBy === 'early-stopping') parts.push('ended when the held-out examples gained no more');
  if (result.endedBy === 'person') parts.push('ended by hand');
  if (result.endedBy === 'diverged') parts.push('ended when the loss was no number any more');
  if (result.accuracyBefore !== null) parts.push(`held-out accuracy ${percent(result.accuracyBefore)} before it`);
  if (first && first !== best) parts.push(`held-out accuracy ${percent(first.heldOutAccuracy!)} at epoch ${first.epoch}`);
  if (best) parts.push(`held-out accuracy ${percent(best.heldOutAccuracy!)} at epoch ${best.epoch}, which is the result`);
  const outcome = info(`${parts.join('; ')}. A gain counts only where the same training without this step has less: compare with the controls.`);
  const said = [outcome];
  const { heldOut } = { ...DEFAULT_SETTINGS, ...settings };
  const heldOutCount = Math.round(trainer.count * heldOut);
  if (settings.epochs > 0 && heldOut > 0 && heldOutCount < FEW_HELD_OUT) {
    said.push(warning(`Which epoch is the best was decided by ${heldOutCount} held-out examples of ${trainer.count}: so few tell epochs apart by chance. Add training data where there are more.`));
  }
  if (result.checkpointProblem !== undefined) {
    said.push(warning(`The last checkpoints could not be written, so a training cut short would go on from an earlier step: ${result.checkpointProblem}`));
  }
  if (result.endedBy === 'diverged') {
    said.push(warning(`Training diverged, so the numbers are those of the best epoch until then. Take a lower learning rate than ${settings.learningRate} to train on.`));
  } else if (result.accuracyBefore !== null && result.accuracyAfter !== null && result.accuracyBefore - result.accuracyAfter > WORTH_A_WARNING) {
    said.push(
      warning(
        `On the held-out examples training took accuracy from ${percent(result.accuracyBefore)} to ${percent(result.accuracyAfter)}. A model that had learned from these very examples before looks better on them than it is: what counts is the accuracy on the measured examples. Where that fell too, take a lower learning rate than ${settings.learningRate}.`,
      ),
    );
  }
  return said;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
