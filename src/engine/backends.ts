/** Backends and models made ready on them, each made once. */
import type { Graph } from '../ir/graph';
import type { Backend, BackendId, PreparedModel } from '../runtime/backend';
import { createBackend } from '../runtime/tfjs/backends';
import { fillingBatches } from './fixed-batch';
import { requireSession, type EngineState } from './session';

export function backendOf(state: EngineState, id: BackendId): Promise<Backend> {
  const known = state.backends.get(id);
  if (known) return known;
  const made = createBackend(id);
  state.backends.set(id, made);
  // A backend that failed to start may start later (a GPU that was busy): forget the failure.
  made.catch(() => state.backends.delete(id));
  return made;
}

/** `graph` ready to run on a backend; `key` names the recipe that made it. The session's cache owns it. */
export async function preparedModel(state: EngineState, id: BackendId, key: string, graph: Graph): Promise<PreparedModel> {
  const { prepared } = requireSession(state);
  const name = `${id}:${key}`;
  const known = prepared.get(name);
  if (known) return known;
  const model = fillingBatches(await (await backendOf(state, id)).prepare(graph), graph);
  prepared.set(name, model);
  return model;
}
