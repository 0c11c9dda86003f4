/**
 * Which factors a ReLU6 allows. min(max(y, 0), 6) is ReLU where y stays below 6, so a channel that does may be divided by any s with
 * y / s still below 6. A channel that reaches 6 keeps its scale. What it reaches comes from examples or, without, from the
 * batch norm that was folded before it: mean + STATISTICS_DEVIATIONS · deviation.
 */
import type { Graph } from '../../ir/graph';
import type { Link } from './links';

/** Below 6 by this share: examples to come may go a little further than those seen. */
const CLIP_MARGIN = 0.1;
const UNCLIPPED = 6 * (1 - CLIP_MARGIN);
/** A normal variable passes six deviations once in 10⁹. */
const STATISTICS_DEVIATIONS = 6;

export interface ClipLimits {
  /** No channel comes near 6: the ReLU6 is a ReLU. */
  readonly isIdle: boolean;
  /** The smallest factor of a channel; null: this one clips and is not scaled. */
  readonly smallest: readonly (number | null)[];
}

/** Words: why nothing is known. */
export function clipLimits(graph: Graph, { before, between, clip, channels }: Link, maxima: ReadonlyMap<string, Float64Array> | null): ClipLimits | string {
  const isDirect = clip!.node === before || clip!.node === between[0];
  const observed = maxima?.get(clip!.valueId) ?? (isDirect ? reachOfStatistics(graph, before.outputs[0]!) : null);
  if (!observed) return 'nothing tells whether its ReLU6 clips; give examples, or fold its batch norm';
  const reach = new Float64Array(channels);
  for (const [i, value] of observed.entries()) reach[i % channels] = Math.max(reach[i % channels]!, value);
  const smallest = Array.from(reach, (value) => (value <= UNCLIPPED ? value / UNCLIPPED : null));
  return { isIdle: !smallest.includes(null), smallest };
}

function reachOfStatistics(graph: Graph, valueId: string): Float64Array | null {
  const statistics = graph.values[valueId]!.statistics;
  return statistics ? Float64Array.from(statistics.mean, (mean, c) => Math.max(0, mean + STATISTICS_DEVIATIONS * statistics.deviation[c]!)) : null;
}
