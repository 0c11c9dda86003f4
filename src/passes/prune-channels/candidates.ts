/** The groups that may lose channels, with what rules and options say of them, and words on those that may not. */
import type { Graph } from '../../ir/graph';
import { info, warning, type Diagnostic } from '../../lib/diagnostics';
import type { OptionValues } from '../../options/options';
import { groupName, unitGroups, type UnitGroup } from '../channels/groups';
import type { Tracer } from '../channels/tracer';
import type { PassContext } from '../pass';
import { layerNameOf } from '../weight-sites';
import type { Candidate } from './choose';
import { importanceOf } from './importance';
import type { pruneChannelsOptions } from './meta';

type Options = OptionValues<typeof pruneChannelsOptions>;

export function findCandidates(tracer: Tracer, options: Options, context: PassContext): { candidates: Candidate[]; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const candidates = unitGroups(tracer).flatMap((group): Candidate[] => {
    const subject = groupName(group);
    const own = ruledOptions(group, context);
    if (group.refused !== null || own === null) {
      diagnostics.push(info(own === null ? 'Kept as it is: a rule says so.' : `Keeps its channels: ${group.refused}.`, subject));
      return [];
    }
    let importance = importanceOf(tracer, group, options.importance, context.signal);
    if (!importance) {
      diagnostics.push(warning('Ranked by the sum of squares of its weights: no batch norm scales its channels.', subject));
      importance = importanceOf(tracer, group, 'l2', context.signal)!;
    }
    const shares = own.map(({ share }) => share).filter((share) => share !== options.share);
    return [{ group, importance, originalUnits: originalUnits(tracer.graph, context.reference, group), ownShare: shares.length > 0 ? Math.min(...shares) : null }];
  });
  return { candidates, diagnostics };
}

/** The options of every layer of the group that has weights; null: a rule keeps one of them, and so all. */
function ruledOptions({ members }: UnitGroup, context: PassContext): Options[] | null {
  const nodes = new Map(members.map(({ node }) => [node.id, node]));
  const all = [...nodes.values()].map((node) => context.optionsFor(layerNameOf(node), node.op) as Options | null);
  return all.includes(null) ? null : (all as Options[]);
}

/** By the first weight that makes the channels, which has the same name in the model that the recipe started from. */
function originalUnits(graph: Graph, reference: Graph, { members, units }: UnitGroup): number {
  const maker = members.find(({ role }) => role === 'output')!;
  const now = graph.values[maker.valueId]!;
  const before = Object.values(reference.values).find((value) => value.tensor && value.name === now.name);
  if (before?.tensor?.shape.length !== now.shape!.length) return units.length;
  return Math.max(units.length, Math.round((units.length * before.tensor.shape[maker.axis]!) / now.shape![maker.axis]!));
}
