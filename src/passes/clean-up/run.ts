/**
 * Simplification: rewrites that leave every output as it was, but for rounding. Each is a small rule that states its algebra:
 *
 * 1. identities (dropout, noise, · 1, + 0, a reshape that changes nothing) are bridged (identities.ts);
 * 2. whatever depends on constants alone is computed and stored, unless that would store much more than it saves (fold-constants.ts);
 * 3. an activation moves into the layer before it, or goes when it changes nothing (activations.ts);
 * 4. chains of transposes, reshapes, pads, joins and scales become one (chains.ts, scales.ts);
 * 5. linear layers in a row or side by side become one where that is no dearer (merge-layers.ts);
 * 6. nodes that no output depends on go.
 *
 * One rewrite makes room for another, so they are repeated until nothing changes. Where numbers are put on a grid, nothing is bridged or merged.
 */
import { editGraph } from '../../ir/edit';
import type { Graph } from '../../ir/graph';
import { info } from '../../lib/diagnostics';
import { throwIfCancelled } from '../../lib/errors';
import type { Pass } from '../pass';
import { activationRules, fuseActivations } from './activations';
import { chainRules } from './chains';
import { foldConstants } from './fold-constants';
import { bridgeIdentities } from './identities';
import { mergeRules } from './merge-layers';
import type { cleanUpOptions } from './meta';
import { cleanUpMeta } from './meta';
import { applyRules } from './rewrite';
import { scaleRules } from './scales';

export const cleanUp: Pass<typeof cleanUpOptions> = {
  meta: cleanUpMeta,
  async run(graph, options, context) {
    const counts = new Map<string, number>();
    const add = (what: string, count: number): void => void (count > 0 && counts.set(what, (counts.get(what) ?? 0) + count));
    const counted = (before: Graph, after: Graph, what: string): Graph => {
      add(what, before.nodes.length - after.nodes.length);
      return after;
    };
    const rules = [...(options.shortenChains ? [...activationRules, ...chainRules, ...scaleRules] : []), ...(options.mergeLayers ? mergeRules : [])];
    let current = graph;
    // Every round but the last makes the graph smaller, so this ends.
    for (let before: Graph | undefined; before !== current; ) {
      throwIfCancelled(context.signal);
      before = current;
      if (options.removeIdentities) current = counted(current, bridgeIdentities(current), 'Nodes that did nothing removed');
      if (options.foldConstants) current = counted(current, await foldConstants(current, context), 'Constant nodes computed now');
      if (options.fuseActivations) current = counted(current, fuseActivations(current), 'Activations moved into the layer before them');
      current = applyRules(current, rules, (what) => add(what, 1));
      current = counted(current, removeDeadNodes(current), 'Nodes that no output needs removed');
    }
    const diagnostics = [...counts].map(([what, count]) => info(`${what}: ${count}.`));
    return { graph: current, modified: current !== graph, diagnostics };
  },
};

function removeDeadNodes(graph: Graph): Graph {
  const needed = new Set(graph.outputs);
  const editor = editGraph(graph);
  for (const node of graph.nodes.toReversed()) {
    if (node.outputs.some((id) => needed.has(id))) for (const id of node.inputs) needed.add(id!);
    else editor.replaceNode(node.id, []);
  }
  return editor.done();
}
