/**
 * Knowledge distillation (Hinton et al. 2015, arXiv 1503.02531): a smaller model learns the answers of the model before it, softened by a
 * temperature, beside the labels, and takes its place. The student is
 *
 * 1. slim: fewer channels, the strongest ones, with their weights (narrow.ts);
 * 2. width: the same with fresh weights (fresh-weights.ts);
 * 3. depth: without some of the repeated blocks (shorten.ts);
 * 4. file: a model that the person dropped in.
 */
import type { Graph, Node } from '../../ir/graph';
import { info, type Diagnostic } from '../../lib/diagnostics';
import { WhittleError } from '../../lib/errors';
import type { OptionValues } from '../../options/options';
import { learn, refuseRulesOf } from '../learn';
import type { Pass, PassContext, PassResult } from '../pass';
import { layerNameOf } from '../weight-sites';
import { withFreshWeights } from './fresh-weights';
import { pairHints } from './hints';
import type { distilOptions } from './meta';
import { distilMeta } from './meta';
import { KEPT_BY_RULE, narrow } from './narrow';
import { leaveOut, repeatedBlocks } from './shorten';

type Options = OptionValues<typeof distilOptions>;

export const distil: Pass<typeof distilOptions> = {
  meta: distilMeta,
  async run(graph, options, context): Promise<PassResult> {
    refuseRulesOf(graph, options, Object.keys(options), context);
    const { student, diagnostics } = studentOf(graph, options, context);
    if (student === graph) return { graph, modified: false, diagnostics };
    const { teacher, labelWeight, temperature, labelSmoothing, hints, ...settings } = options;
    const learned = await learn(
      {
        pass: distilMeta.id,
        graph: student,
        constraints: {},
        teacher: teacher ? graph : null,
        objective: { labelWeight, temperature, labelSmoothing, hints: teacher && hints ? pairHints(student, graph) : [] },
        settings,
      },
      // Rules are about the teacher's layers: all of the student learns.
      { ...context, optionsFor: () => options },
    );
    return { graph: learned.graph, modified: true, diagnostics: [...diagnostics, ...learned.diagnostics] };
  },
};

interface Student {
  readonly student: Graph;
  readonly diagnostics: readonly Diagnostic[];
}

function studentOf(graph: Graph, options: Options, context: PassContext): Student {
  const isKept = (node: Node): boolean => context.optionsFor(layerNameOf(node), node.op) === null;
  switch (options.student) {
    case 'slim':
      return narrowStudent(graph, options, isKept);
    case 'width': {
      const { student, diagnostics } = narrowStudent(graph, options, isKept);
      return { student: graph.nodes.every(isKept) ? graph : withFreshWeights(student, context.seed), diagnostics };
    }
    case 'depth':
      return shortStudent(graph, options, isKept);
    case 'file':
      if (graph.nodes.every(isKept)) return { student: graph, diagnostics: [info('Kept as it is: a rule keeps every layer.')] };
      if (context.student) return { student: context.student, diagnostics: [] };
      throw new WhittleError('PassError', 'The student is to be a model of yours, and none was added. Add one (in the page "Student: add…", on the command line --student), or let Whittle make one from the model.');
    default: {
      const never: never = options.student;
      return never;
    }
  }
}

function narrowStudent(graph: Graph, { student: kind, width, multipleOf }: Options, isKept: (node: Node) => boolean): Student {
  const { graph: student, kept } = narrow(graph, { width, multipleOf, isKept });
  const diagnostics = kept.map(({ name, reason }) => info(reason === KEPT_BY_RULE ? 'Keeps its width: a rule says so.' : `Keeps its width: ${reason}.`, name));
  if (student === graph && width === 1 && kind === 'slim') return { student, diagnostics: [...diagnostics, info('A student of the full width is the model itself; choose less than 100 %.')] };
  if (student !== graph || width === 1 || kept.some(({ reason }) => reason === KEPT_BY_RULE)) return { student, diagnostics };
  const reasons = kept.slice(0, 3).map(({ name, reason }) => `${name}: ${reason}`).join('; ');
  throw new WhittleError('PassError', `No layer of this model can be made narrower (${reasons || 'it has no inner layers'}). Take another kind of student, or drop one in.`);
}

function shortStudent(graph: Graph, { depth }: Options, isKept: (node: Node) => boolean): Student {
  const all = repeatedBlocks(graph);
  const blocks = all.filter(({ nodes }) => !nodes.some(isKept));
  const isRuled = blocks.length < all.length || graph.nodes.every(isKept);
  if (blocks.length === 0 && !isRuled) {
    throw new WhittleError('PassError', 'This model has no repeated blocks to leave out: no block gives the shape that it is given. Take a narrower student instead.');
  }
  const count = Math.round(blocks.length * (1 - depth));
  const names = blocks.map(({ nodes }) => layerNameOf(nodes[0]!));
  const diagnostics = isRuled ? [info('Repeated blocks are kept where a rule says so.')] : [];
  if (count === 0) return { student: graph, diagnostics: [...diagnostics, info('No block is left out.')] };
  return { student: leaveOut(graph, blocks, count), diagnostics: [...diagnostics, info(`Leaves out ${count} of ${blocks.length} repeated blocks, which begin at ${names.join(', ')}.`)] };
}
