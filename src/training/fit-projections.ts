/** The 1×1 projections of hints whose two values differ in width, seeded; they learn with the student and are thrown away. */
import type { Graph, ValueId } from '../ir/graph';
import type { TrainingRequest } from './training';
import { WhittleError } from '../lib/errors';
import { createRandom } from '../lib/random';

export interface Projection {
  readonly shape: readonly [student: number, teacher: number];
  readonly start: Float32Array;
}

/** Far from the seeds of batches. */
const PROJECTION_SEED = 0x7f4a7c15;

/** In the order of the hints; null: widths are equal. */
export function projectionsOf({ graph, teacher, objective, settings }: TrainingRequest): (Projection | null)[] {
  return objective.hints.map((hint, i) => {
    const from = widthOf(graph, hint.student);
    const to = widthOf(teacher!, hint.teacher);
    if (from === to) return null;
    const random = createRandom(settings.seed + Math.imul(i + 1, PROJECTION_SEED));
    // Keeps the variance of what goes through (LeCun et al. 1998).
    const start = Float32Array.from({ length: from * to }, () => random.normal() / Math.sqrt(from));
    return { shape: [from, to], start };
  });
}

function widthOf(graph: Graph, id: ValueId): number {
  const width = graph.values[id]?.shape?.at(-1);
  if (width === undefined || width < 1) throw new WhittleError('OptionError', `The hint names ${id}, which is no value of known width in ${graph.name}.`);
  return width;
}
