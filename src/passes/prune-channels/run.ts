/**
 * Structured pruning: channels that cannot be removed without each other are removed together, from every weight and every
 * operator that names their number (`passes/channels`), so that the model that is left computes what the whole one would
 * with those channels set to zero. Then, on examples without labels, the layers behind are fitted to what they gave before.
 */
import type { Graph } from '../../ir/graph';
import { info, warning, type Diagnostic } from '../../lib/diagnostics';
import { throwIfCancelled } from '../../lib/errors';
import type { OptionValues } from '../../options/options';
import { describeGroup, groupName, type UnitGroup } from '../channels/groups';
import { keptIndices, removeChannels } from '../channels/remove';
import { traceChannels } from '../channels/trace';
import type { Tracer } from '../channels/tracer';
import { refuseRulesOf, trainerOf, type Learned } from '../learn';
import type { Pass, PassContext } from '../pass';
import { recover, wantsRecovery } from '../recover';
import { costs, shareForCost } from './budget';
import { findCandidates } from './candidates';
import { chooseUnits, type Candidate } from './choose';
import type { pruneChannelsOptions } from './meta';
import { pruneChannelsMeta } from './meta';
import { reconstruct } from './reconstruct';

type Options = OptionValues<typeof pruneChannelsOptions>;

/** A rule may keep a layer or name its share; all else is one question about the whole model. */
const WHOLE_MODEL_OPTIONS = ['target', 'ranking', 'importance', 'roundTo', 'reconstruct', 'rounds'];
/** Names in a sentence, before it says how many more. */
const MOST_NAMES = 4;

export const pruneChannels: Pass<typeof pruneChannelsOptions> = {
  meta: pruneChannelsMeta,
  async run(graph, options, context) {
    refuseRulesOf(graph, options, WHOLE_MODEL_OPTIONS, context);
    const isRecovering = wantsRecovery(options);
    if (isRecovering) trainerOf(context, pruneChannelsMeta.id);
    // A round without an epoch would only prune, which the next one does as well.
    const rounds = isRecovering ? Math.min(options.rounds, options.recoverEpochs) : options.rounds;
    const trainings: Diagnostic[] = [];
    let current = graph;
    let said: readonly Diagnostic[] = [];
    for (let round = 1; round <= rounds; round++) {
      const result = await pruneOnce(current, options, round / rounds, context);
      said = result.diagnostics;
      if (result.graph === current) continue;
      current = result.graph;
      if (!isRecovering) continue;
      const trained = await recoverRound(current, options, { round, rounds }, context);
      current = trained.graph;
      trainings.push(...trained.diagnostics);
    }
    return { graph: current, modified: current !== graph, diagnostics: [...said, ...trainings] };
  },
};

/** This round's part of the epochs. */
function recoverRound(graph: Graph, options: Options, { round, rounds }: { round: number; rounds: number }, context: PassContext): Promise<Learned> {
  const due = (count: number): number => Math.floor((options.recoverEpochs * count) / rounds);
  const recoverEpochs = due(round) - due(round - 1);
  const optionsFor: PassContext['optionsFor'] = (name, op) => {
    const own = context.optionsFor(name, op);
    // Rules that name epochs of their own are still to be refused.
    return own?.recoverEpochs === options.recoverEpochs ? { ...own, recoverEpochs } : own;
  };
  return recover(pruneChannelsMeta.id, graph, {}, { ...options, recoverEpochs }, { ...context, optionsFor });
}

/** `progress`: the part of the share that is due by now. */
async function pruneOnce(graph: Graph, options: Options, progress: number, context: PassContext): Promise<{ graph: Graph; diagnostics: Diagnostic[] }> {
  context.report({ stage: pruneChannelsMeta.id, fraction: 0, detail: 'ranking' });
  const tracer = traceChannels(graph);
  const { candidates, diagnostics } = await findCandidates(tracer, options, context);
  throwIfCancelled(context.signal);
  const removed = chooseFor(tracer, candidates, options, progress, context.reference, diagnostics);
  for (const { group, originalUnits } of candidates) {
    const left = group.units.filter((root) => !removed.has(root)).length;
    const { channelsPerUnit } = group;
    if (left === originalUnits) continue;
    diagnostics.push(info(`${(originalUnits - left) * channelsPerUnit} of ${originalUnits * channelsPerUnit} channels removed${connectionsOf(graph, group)}.`, groupName(group)));
  }
  if (removed.size === 0) return { graph, diagnostics };
  const pruned = removeChannels(tracer, removed);
  return { graph: options.reconstruct ? await reconstructed(tracer, removed, pruned, context, diagnostics) : pruned, diagnostics };
}

/** What hangs on the channels besides the layer that the diagnostic is about. */
function connectionsOf(graph: Graph, group: UnitGroup): string {
  const { layers } = describeGroup(graph, group);
  const named = (role: 'makes' | 'reads'): string[] => [...new Set(layers.filter((layer) => layer.role === role).map(({ name }) => name))];
  const [makers, readers] = [named('makes'), named('reads')];
  return `${makers.length > 1 ? `, together with ${listed(makers.slice(1))}` : ''}${readers.length > 0 ? `; read by ${listed(readers)}` : ''}`;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES);
  return names.length > shown.length ? `${shown.join(', ')} and ${names.length - shown.length} more` : shown.join(', ');
}

function chooseFor(tracer: Tracer, candidates: readonly Candidate[], options: Options, progress: number, reference: Graph, diagnostics: Diagnostic[]): Set<number> {
  const choose = (share: number): Set<number> => chooseUnits(candidates, { share, progress, ranking: options.ranking, roundTo: Number(options.roundTo) });
  if (options.target === 'channels') return choose(options.share * progress);
  const cost = costs[options.target];
  const before = cost(reference);
  const goal = (1 - options.share * progress) * before;
  const share = shareForCost((tried) => cost(removeChannels(tracer, choose(tried))), goal);
  const removed = choose(share);
  const reached = cost(removeChannels(tracer, removed));
  const unit = options.target === 'macs' ? 'multiply-accumulates' : 'parameters';
  const words = `${Math.round(reached)} of ${Math.round(before)} ${unit} are left`;
  diagnostics.push(reached > goal ? warning(`The share was not reached: ${words} with all that may be removed.`) : info(`${words}.`));
  return removed;
}

async function reconstructed(tracer: Tracer, removed: ReadonlySet<number>, pruned: Graph, context: PassContext, diagnostics: Diagnostic[]): Promise<Graph> {
  const { examples } = context;
  if (!examples) {
    diagnostics.push(warning('Not reconstructed: no data are open.'));
    return pruned;
  }
  const { graph: fitted, diagnostics: found } = await reconstruct(tracer.graph, pruned, (id) => keptIndices(tracer, removed, tracer.labelsOf(id).at(-1)), { ...context, examples });
  diagnostics.push(...found);
  return fitted;
}
