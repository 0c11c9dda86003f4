/** Masks of attention scores: who may look at whom. */
import { type Flow, type GraphBuilder, NONE } from './graph-builder';

/** Keras takes this off masked scores. */
const MASKED_SCORE = -1e9;

/** true where the key is not later than the query: [queries, keys]. Axes are those of time in `query` and `key`. */
export function causalMask(builder: GraphBuilder, query: Flow, queryAxis: number, key: Flow, keyAxis: number): Flow {
  const rows = builder.node('expand-dims', [positions(builder, query, queryAxis)], { axis: 1 });
  const columns = builder.node('expand-dims', [positions(builder, key, keyAxis)], { axis: 0 });
  return builder.node('greater-equal', [rows, columns], NONE);
}

export function both(builder: GraphBuilder, a: Flow | null, b: Flow | null): Flow | null {
  if (a && b) return builder.node('logical-and', [a, b], NONE);
  return a ?? b;
}

/** Masked scores become so small that the softmax leaves nothing of them. */
export function maskScores(builder: GraphBuilder, scores: Flow, mask: Flow | null): Flow {
  return mask ? builder.node('select', [mask, scores, builder.floats('masked', [], [MASKED_SCORE])], NONE) : scores;
}

/** 0, 1, 2 … along an axis. */
function positions(builder: GraphBuilder, x: Flow, axis: number): Flow {
  const size = x.shape?.[axis] ?? -1;
  if (size >= 0) return builder.integers('positions', [size], Array.from({ length: size }, (_, i) => i));
  const along = builder.node('slice', [builder.node('shape', [x], NONE)], { begin: [axis], size: [1] });
  const limit = builder.node('squeeze', [along], { axes: [0] });
  return builder.node('range', [builder.integers('start', [], [0]), limit, builder.integers('delta', [], [1])], NONE);
}
