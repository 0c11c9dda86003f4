/** The one input and the one output of a model that is served example by example. */
import type { Port } from '../adapt/module/manifest';
import type { Graph } from '../ir/graph';
import { WhittleError } from '../lib/errors';

/** Throws an UnsupportedError for models with several inputs or outputs, or with sizes that are known only while they run. */
export function portOf(graph: Graph, side: 'inputs' | 'outputs', model: string): Port {
  const ids = graph[side];
  if (ids.length !== 1) {
    throw new WhittleError('UnsupportedError', `${model} has ${ids.length} ${side}; a ladder serves models with one input and one output. Use it as a plain model instead.`);
  }
  const { shape, dtype, name } = graph.values[ids[0]!]!;
  const inner = shape?.slice(1) ?? [];
  if (!shape?.length || inner.some((size) => size < 0)) {
    throw new WhittleError('UnsupportedError', `${model}: the shape of ${name} is not known before it runs; a ladder needs every size but the batch's.`);
  }
  if (dtype !== 'float32' && dtype !== 'int32') throw new WhittleError('UnsupportedError', `${model}: ${name} is ${dtype}; a ladder takes and gives float32 and int32.`);
  return { shape: inner, dtype };
}
