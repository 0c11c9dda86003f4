/** How large the share must be for what is left to cost so much. */
import type { Graph, ValueId } from '../../ir/graph';
import { sizeOf } from '../../ir/tensor';
import { totalMacs } from '../../ops/cost';

/** Halvings of the share between its limits: finer than one channel of a million. */
const HALVINGS = 20;
/** Past this, nothing but the least that is left of every layer remains. */
const MOST_SHARE = 0.99;

export type Cost = (graph: Graph) => number;

export const costs: Readonly<Record<'macs' | 'parameters', Cost>> = {
  macs: totalMacs,
  parameters(graph) {
    const read = new Set<ValueId>(graph.nodes.flatMap((node) => node.inputs.filter((id) => id !== null)));
    return [...read].reduce((sum, id) => {
      const { tensor } = graph.values[id]!;
      return sum + (tensor?.dtype === 'float32' ? sizeOf(tensor.shape) : 0);
    }, 0);
  },
};

/** The smallest share for which `costAt` is at most `goal`; the largest there is when none is. */
export function shareForCost(costAt: (share: number) => number, goal: number): number {
  if (costAt(0) <= goal) return 0;
  let [low, high] = [0, MOST_SHARE];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (costAt(middle) <= goal) high = middle;
    else low = middle;
  }
  return high;
}
