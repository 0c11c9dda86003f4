/** What a folded batch norm knew of its output: channel c has mean beta and standard deviation |gamma| (on the training data). */
import type { ChannelStatistics, Graph, Node } from '../../ir/graph';
import { decodeFloats } from '../../ir/tensor';
import type { ChannelAffine } from './channel-affine';

/** Statistics of the output of `node`, which computes `affine`, before its activation; undefined: nobody knows. */
export function statisticsAfter(graph: Graph, node: Node, affine: ChannelAffine): ChannelStatistics | undefined {
  if (node.op === 'batch-norm') {
    const [, , , gamma, beta] = node.inputs.map((id) => (id ? graph.values[id]!.tensor : undefined));
    const channels = affine.scale.length;
    return {
      mean: beta ? decodeFloats(beta).slice() : new Float32Array(channels),
      deviation: gamma ? decodeFloats(gamma).map(Math.abs) : new Float32Array(channels).fill(1),
    };
  }
  const known = graph.values[affine.input]!.statistics;
  if (!known) return undefined;
  const at = (values: Float64Array, c: number): number => values[values.length === 1 ? 0 : c]!;
  return {
    mean: known.mean.map((mean, c) => at(affine.scale, c) * mean + at(affine.offset, c)),
    deviation: known.deviation.map((deviation, c) => Math.abs(at(affine.scale, c)) * deviation),
  };
}
