/** A smaller model that the person gives to be taught: it must take and give what the session's model does. */
import type { OpenedModel } from '../formats/open';
import type { Graph } from '../ir/graph';
import { WhittleError } from '../lib/errors';
import { measureCost } from '../measure/cost';
import { checkOps } from '../ops/check';
import { requireSession, type EngineState } from './session';
import type { StudentSummary } from './types';

/** null takes the student away. Throws a DataError when its inputs or outputs differ. */
export function setStudent(opened: OpenedModel | null, state: EngineState): StudentSummary | null {
  const session = requireSession(state);
  if (!opened) {
    session.student = null;
    return null;
  }
  const { graph } = opened;
  checkOps(graph);
  for (const side of ['inputs', 'outputs'] as const) {
    const [own, wanted] = [shapesOf(graph, side), shapesOf(session.graph, side)];
    if (own !== wanted) {
      throw new WhittleError('DataError', `The student's ${side} are ${own} and the model's are ${wanted}. Give a student that takes and answers the same.`);
    }
  }
  session.student = { graph, name: graph.name, number: ++session.studentCount };
  return { name: graph.name, parameters: measureCost(graph).parameters };
}

/** The batch may differ. */
function shapesOf(graph: Graph, side: 'inputs' | 'outputs'): string {
  return graph[side].map((id) => `[${graph.values[id]!.shape?.slice(1).join(', ') ?? '?'}]`).join(' ');
}
