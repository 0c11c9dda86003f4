/**
 * Trains a model as it stands, with everything kept that earlier passes made of its constants (kept-constraints.ts). On the original it is the
 * control of every pass that recovers: the same budget, and nothing else. Layers that a rule keeps stand still.
 */
import { info } from '../../lib/diagnostics';
import { learn, refuseRulesOf } from '../learn';
import type { Pass } from '../pass';
import { layerNameOf } from '../weight-sites';
import type { fineTuneOptions } from './meta';
import { fineTuneMeta } from './meta';

export const fineTune: Pass<typeof fineTuneOptions> = {
  meta: fineTuneMeta,
  async run(graph, options, context) {
    refuseRulesOf(graph, options, Object.keys(options), context);
    const hasWork = graph.nodes.some((node) => context.optionsFor(layerNameOf(node), node.op) !== null);
    if (!hasWork) return { graph, modified: false, diagnostics: [info('Kept as it is: a rule keeps every layer.')] };
    const { teacher, labelWeight, temperature, labelSmoothing, ...settings } = options;
    const learned = await learn(
      {
        pass: fineTuneMeta.id,
        graph,
        constraints: {},
        teacher: teacher ? context.teacher : null,
        objective: { labelWeight, temperature, labelSmoothing },
        settings,
      },
      context,
    );
    return { graph: learned.graph, modified: learned.graph !== graph, diagnostics: learned.diagnostics };
  },
};
