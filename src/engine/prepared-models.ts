/** Models made ready on any backend, kept for the next question. */
import type { Graph } from '../ir/graph';
import type { Shape } from '../ir/tensor';
import type { SourceFile } from '../lib/source-file';
import type { BackendId, PreparedModel } from '../runtime/backend';
import { isLiteRt } from '../runtime/detect';
import { backendOf, fileBackendOf } from './backends';
import { fillingBatches, fixedBatchOf } from './fixed-batch';
import { withFreeBatch } from './free-batch';
import { runnableFile } from './runnable-file';
import { startingStates } from './starting-states';
import { requireSession, type EngineState } from './session';

/** Fixed batches in a feed from which on it is worth the look whether the batch can be left open. */
const WORTH_FREEING = 8;

/** A recipe's result, as far as running it goes. */
export interface Candidate {
  /** Names everything that led to the graph. */
  readonly key: string;
  readonly graph: Graph;
  /** The .tflite that holds the graph as it is; null: there is none. */
  readonly file: SourceFile | null;
}

/** What will be fed to a model. */
export interface Feed {
  /** Examples at a time, where the model leaves it open. */
  readonly batch: number;
  readonly shapes: readonly Shape[];
}

/** The session's cache owns the model. It takes any number of examples. */
export async function preparedModel(state: EngineState, id: BackendId, candidate: Candidate, feed: Feed, signal?: AbortSignal): Promise<PreparedModel> {
  const { prepared } = requireSession(state);
  // A graph takes any shape; a file is written for one.
  const shapes = feed.shapes.map((shape) => shape.slice(1).join('x')).join();
  const name = `${id}:${candidate.key}${isLiteRt(id) ? `:${feed.batch}:${shapes}` : isManyBatches(candidate.graph, feed) ? ':many' : ''}`;
  const known = prepared.get(name);
  if (known) return known;
  const { model, batch } = await prepare(state, id, candidate, feed);
  const filling = startingStates(fillingBatches(model, batch, signal), candidate.graph);
  prepared.set(name, filling);
  return filling;
}

/** The model alone, for whoever disposes it, and the batch that it insists on. */
export async function prepare(
  state: EngineState,
  id: BackendId,
  { graph, file }: Pick<Candidate, 'graph' | 'file'>,
  feed: Feed,
): Promise<{ readonly model: PreparedModel; readonly batch: number | null }> {
  if (!isLiteRt(id)) {
    const backend = await backendOf(state, id);
    const free = isManyBatches(graph, feed) ? await withFreeBatch(graph, backend) : null;
    return { model: await backend.prepare(free ?? graph), batch: free ? null : fixedBatchOf(graph) };
  }
  const runnable = await runnableFile(graph, { backend: id, ...feed }, file);
  return { model: await (await fileBackendOf(state, id)).prepare(runnable.bytes, runnable.graph), batch: runnable.batch };
}

function isManyBatches(graph: Graph, { batch }: Feed): boolean {
  const fixed = fixedBatchOf(graph);
  return fixed !== null && batch >= WORTH_FREEING * fixed;
}
