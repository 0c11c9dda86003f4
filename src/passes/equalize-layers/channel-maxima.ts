/** The largest magnitude of each channel (last axis) of inner values, over the person's examples. */
import type { Graph, ValueId } from '../../ir/graph';
import type { PassContext } from '../pass';
import { forEachValue } from '../value-means';

/** Most examples that are looked at; the largest of a channel hardly grows after a few hundred. */
export const MOST_RANGE_EXAMPLES = 512;

/** Null: there are no examples. */
export async function channelMaxima(graph: Graph, valueIds: readonly ValueId[], context: PassContext): Promise<Map<ValueId, Float64Array> | null> {
  const { examples } = context;
  if (!examples || examples.count === 0 || valueIds.length === 0) return null;
  const maxima = new Map<ValueId, Float64Array>();
  await forEachValue(graph, valueIds, { ...context, examples }, MOST_RANGE_EXAMPLES, (id, { shape, data }) => {
    const channels = shape.at(-1)!;
    const own = maxima.get(id) ?? new Float64Array(channels);
    for (let i = 0; i < data.length; i++) own[i % channels] = Math.max(own[i % channels]!, Math.abs(data[i]!));
    maxima.set(id, own);
  });
  return maxima;
}
