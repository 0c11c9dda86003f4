/**
 * Inner values of student and teacher that show the same places: of every spatial size that both have, the last one before a pool or
 * stride makes it smaller (as FitNets pairs its stages, Romero et al. 2015, arXiv 1412.6550).
 */
import type { Graph, ValueId } from '../../ir/graph';
import type { Objective } from '../../training/training';

/** All hints together weigh this much: about as much as the loss of an untrained student's answers. */
const HINT_WEIGHT = 1;

export function pairHints(student: Graph, teacher: Graph): Objective['hints'] {
  const ours = lastOfEachSize(student);
  const theirs = lastOfEachSize(teacher);
  const pairs = [...ours].flatMap(([size, id]) => (theirs.has(size) ? [{ student: id, teacher: theirs.get(size)! }] : []));
  return pairs.map((pair) => ({ ...pair, weight: HINT_WEIGHT / pairs.length }));
}

function lastOfEachSize(graph: Graph): Map<string, ValueId> {
  const last = new Map<string, ValueId>();
  for (const { op, outputs } of graph.nodes) {
    if (op === 'max-pool' || op === 'average-pool') continue;
    for (const id of outputs) {
      const { shape, dtype } = graph.values[id]!;
      const places = shape?.slice(1, -1);
      if (dtype !== 'float32' || !places?.length || places.some((size) => size <= 0) || shape!.at(-1)! <= 0) continue;
      // Pools may give the size first; what follows with weights is worth more, and comes later.
      last.set(places.join('×'), id);
    }
  }
  return last;
}
