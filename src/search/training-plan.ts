/**
 * Where a candidate's epochs go. Zeros that grow while the model trains cost far less than zeros that come at once, so pruning takes them;
 * what shares of weights lose is learned back at the end, with everything kept that was made before.
 *
 * Layers that are not chosen learn too: a rule that keeps a layer would make it stand still.
 */
import type { RecipeStep } from '../passes/pass';
import { makeStep, stepTrains } from '../passes/recipe';

/**
 * Of all epochs, where weights are pruned and then shared; at least one is left for what sharing loses: of two epochs for fashion_cnn at 21.3 kB, both
 * for pruning give 89.18 %, one for each 91.84 %.
 */
const PRUNING_SHARE = 2 / 3;

/** `chosen`: steps with a rule for each layer, in their order. */
export function withTraining(chosen: readonly RecipeStep[], epochs: number): RecipeStep[] {
  const prunes = chosen.some(({ pass }) => pass === 'prune-magnitude');
  const shares = chosen.some(({ pass }) => pass === 'cluster-weights');
  const pruning = prunes ? (shares ? Math.min(Math.ceil(epochs * PRUNING_SHARE), epochs - 1) : epochs) : 0;
  const rest = epochs - pruning;
  const steps = chosen.map((step) => (step.pass === 'prune-magnitude' ? growing(step, pruning) : step));
  return rest > 0 ? [...steps, makeStep('fine-tune', { epochs: rest, teacher: true })] : steps;
}

/** The same recipe with another number of epochs. */
export function withEpochs(steps: readonly RecipeStep[], epochs: number): RecipeStep[] {
  const bare = steps.filter(({ pass }) => pass !== 'fine-tune');
  const last = bare.findLastIndex(({ pass }) => CHOSEN.has(pass));
  return [...withTraining(bare.slice(0, last + 1), epochs), ...bare.slice(last + 1)];
}

export function trains(steps: readonly RecipeStep[]): boolean {
  return steps.some(stepTrains);
}

/** Passes that a search chooses for layers, besides those of grids. */
const CHOSEN: ReadonlySet<string> = new Set(['factorize', 'prune-channels', 'prune-magnitude', 'cluster-weights']);

function growing({ options, rules }: RecipeStep, recoverEpochs: number): RecipeStep {
  return makeStep('prune-magnitude', { ...options, sparsity: 0, ranking: 'layer', recoverEpochs }, rules.filter(({ keep }) => keep !== true));
}
