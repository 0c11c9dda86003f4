/**
 * What part of each weight pruning channels will leave, without ranking or removing any: for estimates while a slider moves. Exact for a
 * share of every layer's channels; rankings across layers shift it between layers.
 */
import type { Graph, ValueId } from '../../ir/graph';
import type { OptionValues } from '../../options/options';
import { unitGroups, type UnitGroup } from '../channels/groups';
import { traceChannels } from '../channels/trace';
import { layerNameOf } from '../weight-sites';
import type { pruneChannelsOptions } from './meta';

type Options = Pick<OptionValues<typeof pruneChannelsOptions>, 'share' | 'target'>;

interface TracedGroup {
  readonly group: UnitGroup;
  /** By weight and axis, the part of the axis that the group stands on. */
  readonly parts: readonly { readonly valueId: ValueId; readonly axis: number; readonly part: number }[];
}

/** A slider asks many times of one graph. */
const traced = new WeakMap<Graph, readonly TracedGroup[]>();

/** By value id of a weight; 1 where it is absent. `optionsFor` as in a pass's context. */
export function remainingParts(graph: Graph, optionsFor: (name: string, op: string) => Options | null): Map<ValueId, number> {
  const removed = new Map<ValueId, Map<number, number>>();
  for (const { group, parts } of tracedGroups(graph)) {
    const own = group.members.map(({ node }) => optionsFor(layerNameOf(node), node.op));
    if (own.includes(null)) continue;
    const share = Math.min(...own.map((options) => channelShare(options!)));
    const gone = Math.min(Math.round(share * group.units.length), group.units.length - 1) / group.units.length;
    for (const { valueId, axis, part } of parts) {
      const axes = removed.get(valueId) ?? new Map<number, number>();
      removed.set(valueId, axes.set(axis, (axes.get(axis) ?? 0) + part * gone));
    }
  }
  return new Map([...removed].map(([id, axes]) => [id, [...axes.values()].reduce((left, gone) => left * (1 - gone), 1)]));
}

/** Weights and work go with the square of the channels that are left. */
function channelShare({ share, target }: Options): number {
  return target === 'channels' ? share : 1 - Math.sqrt(1 - share);
}

function tracedGroups(graph: Graph): readonly TracedGroup[] {
  const known = traced.get(graph);
  if (known) return known;
  const tracer = traceChannels(graph);
  const groups = unitGroups(tracer).filter(({ refused }) => refused === null);
  const found = groups.map((group): TracedGroup => {
    const roots = new Set(group.units);
    const parts = new Map(
      group.members.map(({ valueId, axis, labels }) => {
        const count = labels.reduce((sum, atom) => sum + (roots.has(tracer.atoms.rootOf(atom)) ? 1 : 0), 0);
        return [`${valueId}/${axis}`, { valueId, axis, part: count / labels.length }];
      }),
    );
    return { group, parts: [...parts.values()] };
  });
  traced.set(graph, found);
  return found;
}
