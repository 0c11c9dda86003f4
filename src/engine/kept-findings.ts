/**
 * What sensitivities, searches and tables of times found, by what it hangs on: in the session, and where the platform keeps checkpoints also beyond a
 * reload. Saved now and then, since the page ends a worker without warning.
 */
import type { Graph } from '../ir/graph';
import { hashOf } from '../lib/hash';
import { hashBytes } from '../lib/hash-bytes';
import { pack, unpack } from '../lib/pack';
import type { CheckpointStore } from '../training/training';

export interface Findings<T> {
  readonly known: Map<string, T>;
  /** Adds one, and saves all when the last time is a while ago. */
  add(key: string, finding: T): Promise<void>;
  save(): Promise<void>;
}

/** Names what findings of an earlier Whittle are not taken for: counted up when the same question gets another answer. */
const VERSION = 3;
/** At most so much work is lost with a worker. */
const SAVE_EVERY_MS = 1000;

/** `graph`: null where no model matters. `hangsOn`: everything else that the findings follow from; the same after a reload. */
export async function findingsOf<T>(graph: Graph | null, hangsOn: readonly unknown[], session: Map<string, Map<string, T>>, store: CheckpointStore | undefined): Promise<Findings<T>> {
  const key = `found-${hashOf([VERSION, graph && modelKey(graph), hangsOn])}`;
  const known = session.get(key) ?? (store && (await load<T>(store, key))) ?? new Map<string, T>();
  session.set(key, known);
  let savedMs = performance.now();
  const save = async (): Promise<void> => {
    savedMs = performance.now();
    // What cannot be kept is still known in this session.
    await store?.save(key, pack([...known])).catch(() => undefined);
  };
  return {
    known,
    async add(one, finding) {
      known.set(one, finding);
      if (performance.now() - savedMs > SAVE_EVERY_MS) await save();
    },
    save,
  };
}

const modelKeys = new WeakMap<Graph, number>();

function modelKey(graph: Graph): number {
  const known = modelKeys.get(graph) ?? hashBytes(pack(graph));
  modelKeys.set(graph, known);
  return known;
}

/** undefined: nothing, or nothing that can be read. */
async function load<T>(store: CheckpointStore, key: string): Promise<Map<string, T> | undefined> {
  const bytes = await store.load(key).catch(() => null);
  if (!bytes) return undefined;
  try {
    return new Map(unpack(bytes) as [string, T][]);
  } catch {
    await store.remove(key).catch(() => undefined);
    return undefined;
  }
}
