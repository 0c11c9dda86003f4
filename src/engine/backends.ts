/** Backends, each made once: those that execute graphs, and those that run the bytes of a file. */
import type { Backend, FileBackend, LiteRtBackendId, TfjsBackendId } from '../runtime/backend';
import { createBackend } from '../runtime/tfjs/backends';
import type { EngineState } from './session';

export function backendOf(state: EngineState, id: TfjsBackendId): Promise<Backend> {
  return once(state.backends, id, () => createBackend(id));
}

/** Loads LiteRT when it is first asked for. */
export function fileBackendOf(state: EngineState, id: LiteRtBackendId): Promise<FileBackend> {
  return once(state.fileBackends, id, async () => (await import('../runtime/litert/backends')).createFileBackend(id));
}

function once<I, B>(made: Map<I, Promise<B>>, id: I, make: () => Promise<B>): Promise<B> {
  const known = made.get(id);
  if (known) return known;
  const fresh = make();
  made.set(id, fresh);
  // A backend that failed to start may start later (a GPU that was busy): forget the failure.
  fresh.catch(() => made.delete(id));
  return fresh;
}
