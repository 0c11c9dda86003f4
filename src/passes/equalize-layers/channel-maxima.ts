/** The largest magnitude of each channel (last axis) of inner values, over the person's examples. */
import type { Graph, ValueId } from '../../ir/graph';
import { throwIfCancelled } from '../../lib/errors';
import type { PassContext } from '../pass';

/** Most examples that are looked at; the largest of a channel hardly grows after a few hundred. */
export const MOST_RANGE_EXAMPLES = 512;
/** Examples in one run: bounds the memory of inner values. */
const RUN_EXAMPLES = 32;

/** Null: there are no examples. */
export async function channelMaxima(graph: Graph, valueIds: readonly ValueId[], context: PassContext): Promise<Map<ValueId, Float64Array> | null> {
  const { examples } = context;
  if (!examples || examples.count === 0 || valueIds.length === 0) return null;
  const maxima = new Map<ValueId, Float64Array>();
  const model = await context.prepare(graph);
  try {
    const count = Math.min(examples.count, MOST_RANGE_EXAMPLES);
    for (let start = 0; start < count; start += RUN_EXAMPLES) {
      throwIfCancelled(context.signal);
      const inputs = await examples.inputs(start, Math.min(RUN_EXAMPLES, count - start));
      const { values } = await model.runWith(inputs, valueIds);
      for (const [id, { shape, data }] of values) {
        const channels = shape.at(-1)!;
        const own = maxima.get(id) ?? new Float64Array(channels);
        for (let i = 0; i < data.length; i++) own[i % channels] = Math.max(own[i % channels]!, Math.abs(data[i]!));
        maxima.set(id, own);
      }
    }
  } finally {
    model.dispose();
  }
  return maxima;
}
