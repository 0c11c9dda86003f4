/** The groups that may lose channels, with what rules and options say of them, and words on those that may not. */
import type { Graph } from '../../ir/graph';
import { WhittleError } from '../../lib/errors';
import { info, warning, type Diagnostic } from '../../lib/diagnostics';
import type { OptionValues } from '../../options/options';
import { groupName, unitGroups, type UnitGroup } from '../channels/groups';
import type { Tracer } from '../channels/tracer';
import type { PassContext } from '../pass';
import { layerNameOf } from '../weight-sites';
import type { Candidate } from './choose';
import { importanceOf } from './importance';
import { removalErrors } from './removal-errors';
import type { DataContext } from './sampled-runs';
import type { pruneChannelsOptions } from './meta';
import { taylorExpansions } from './taylor';

type Options = OptionValues<typeof pruneChannelsOptions>;

export async function findCandidates(tracer: Tracer, options: Options, context: PassContext): Promise<{ candidates: Candidate[]; diagnostics: Diagnostic[] }> {
  const diagnostics: Diagnostic[] = [];
  const open: { group: UnitGroup; ownShare: number | null }[] = [];
  for (const group of unitGroups(tracer)) {
    const own = ruledOptions(group, context);
    if (own === null) diagnostics.push(info('Kept as it is: a rule says so.', groupName(group)));
    else if (group.refused !== null) diagnostics.push(info(`Keeps its channels: ${group.refused}.`, groupName(group)));
    else {
      const shares = own.filter(({ reads }) => !reads).map(({ share }) => share).filter((share) => share !== options.share);
      open.push({ group, ownShare: shares.length > 0 ? Math.min(...shares) : null });
    }
  }
  const { importance: kind } = options;
  const measured = isMeasured(kind) ? await byData[kind].measure(tracer, open.map(({ group }) => group), withExamples(context)) : null;
  const candidates = open.map(({ group, ownShare }): Candidate => {
    const asked = isMeasured(kind) ? (measured!.get(group) ?? null) : importanceOf(tracer, group, kind, context.signal);
    if (!asked) {
      const lack = isMeasured(kind) ? byData[kind].lack : 'no batch norm scales its channels';
      diagnostics.push(warning(`Ranked by the sum of squares of its weights: ${lack}.`, groupName(group)));
    }
    const importance = asked ?? importanceOf(tracer, group, 'l2', context.signal)!;
    return { group, importance, originalUnits: originalUnits(tracer.graph, context.reference, group), ownShare, isComparable: asked !== null };
  });
  return { candidates, diagnostics };
}

/** What is found on examples, and why it may say nothing of a group. */
const byData = {
  taylor: { measure: taylorExpansions, lack: 'no layer with weights reads its channels' },
  'removal-error': { measure: removalErrors, lack: 'no layer that reads its channels can be asked what it lacks without them' },
} as const;

function isMeasured(kind: Options['importance']): kind is keyof typeof byData {
  return kind in byData;
}

function withExamples(context: PassContext): DataContext {
  const { examples } = context;
  if (examples) return { ...context, examples };
  throw new WhittleError('PassError', 'What a channel does is measured on examples, and no data are open. Open data (labels are not needed), or choose another importance.');
}

/** The options of every layer of the group that has weights, and which only read its channels: their share is that of what they make. null: a rule keeps one of them, and so all. */
function ruledOptions({ members }: UnitGroup, context: PassContext): (Options & { reads: boolean })[] | null {
  const makers = new Set(members.filter(({ role }) => role !== 'input').map(({ node }) => node.id));
  const nodes = new Map(members.map(({ node }) => [node.id, node]));
  const all = [...nodes.values()].map((node) => {
    const own = context.optionsFor(layerNameOf(node), node.op) as Options | null;
    return own && { ...own, reads: !makers.has(node.id) };
  });
  return all.some((own) => own === null) ? null : (all as (Options & { reads: boolean })[]);
}

/** By the first weight that makes the channels, which has the same name in the model that the recipe started from. */
function originalUnits(graph: Graph, reference: Graph, { members, units }: UnitGroup): number {
  const maker = members.find(({ role }) => role === 'output')!;
  const now = graph.values[maker.valueId]!;
  const before = Object.values(reference.values).find((value) => value.tensor && value.name === now.name);
  if (before?.tensor?.shape.length !== now.shape!.length) return units.length;
  return Math.max(units.length, Math.round((units.length * before.tensor.shape[maker.axis]!) / now.shape![maker.axis]!));
}
