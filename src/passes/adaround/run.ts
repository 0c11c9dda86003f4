/**
 * Rounds the kernels of convolutions, depthwise and dense layers to 4 or 8 bits so that each layer gives what it gave (learn-rounding.ts), and
 * stores them on that grid: symmetric, narrow range, one scale a tensor or output channel, chosen as quantize-weights chooses it (least
 * squared error at 4 bits). Passes that quantize later keep such a grid.
 *
 * Layers go in the order of the graph. A layer's inputs are those that it has after the layers before were rounded, its target is what the
 * layer gives in the reference (asymmetric reconstruction, section 3.3 of the paper), at the same random places of the same
 * examples. An eighth of the rows is held out: of the learned rounding, GPTQ's (gptq.ts) and the nearest, each group of a layer gets the one that
 * does best on them. GPTQ, which also moves weights by more than one level, wins in some layers with many inputs.
 */
import { editGraph } from '../../ir/edit';
import type { Graph } from '../../ir/graph';
import { consumersOf } from '../../ir/walk';
import { decodeFloats, type Tensor } from '../../ir/tensor';
import { info, warning, type Diagnostic } from '../../lib/diagnostics';
import { throwIfCancelled, WhittleError } from '../../lib/errors';
import { createRandom } from '../../lib/random';
import { yieldToMessages } from '../../lib/yield-to-messages';
import type { OptionValues } from '../../options/options';
import { accumulateHessian, createHessian, gptqRound, MOST_GPTQ_INPUTS } from '../gptq';
import { columnsOfGroup, isRowNode, linearLayout, placeColumns, rowsOfGroup, type RowNode } from '../linear-rows';
import type { CalibrationExamples, Pass, PassContext } from '../pass';
import { layerNameOf } from '../weight-sites';
import { channelScales, type KernelGrid } from './kernel-grid';
import { layerRows, type LayerRows } from './layer-rows';
import { learnRounding, type RoundingProblem } from './learn-rounding';
import { adaroundMeta, type adaroundOptions } from './meta';
import { outputError, residualOf, roundNearest, splitRows } from './row-products';

type Options = OptionValues<typeof adaroundOptions>;

export const adaround: Pass<typeof adaroundOptions> = {
  meta: adaroundMeta,
  async run(graph, _options, context) {
    const { examples } = context;
    if (!examples || examples.count === 0) {
      throw new WhittleError('DataError', 'Rounding is learned on examples and there are none. Open a data set, or switch the step off.');
    }
    const diagnostics: Diagnostic[] = [];
    const nodes = graph.nodes.filter((node): node is RowNode => isRowNode(graph, node));
    let current = graph;
    for (const [index, node] of nodes.entries()) {
      throwIfCancelled(context.signal);
      const subject = layerNameOf(node);
      const own = context.optionsFor(subject, node.op) as Options | null;
      const original = context.reference.nodes.find(({ id }) => id === node.id);
      const reason = own === null ? 'Kept as it is: a rule says so.' : whyNot(graph, node);
      if (reason) {
        diagnostics.push(info(reason, subject));
        continue;
      }
      const report = (share: number): void => context.report({ stage: adaroundMeta.id, fraction: (index + share) / nodes.length, detail: subject });
      report(0);
      const target = original && isRowNode(context.reference, original) && haveSameShape(graph, node, context.reference, original) ? original : node;
      const data = { ...context, examples };
      const rows = await layerRows({ now: current, node, reference: target === node ? graph : context.reference, original: target }, data, own!.samples);
      current = await roundLayer(current, node, rows, own!, { context: data, report, diagnostics, pausedAt: performance.now() });
    }
    return { graph: current, modified: current !== graph, diagnostics };
  },
};

interface Work {
  readonly context: PassContext & { readonly examples: CalibrationExamples };
  readonly report: (share: number) => void;
  readonly diagnostics: Diagnostic[];
  /** When waiting messages were last let in. */
  pausedAt: number;
}

/** How long work goes on before waiting messages are let in: ten times a second. */
const PAUSE_MS = 100;

async function roundLayer(graph: Graph, node: RowNode, { now, wanted, original }: LayerRows, options: Options, work: Work): Promise<Graph> {
  const { context, report, diagnostics } = work;
  const kernelId = node.inputs[1]!;
  const kernel = graph.values[kernelId]!.tensor!;
  const floats = decodeFloats(kernel);
  const layout = linearLayout(node, kernel.shape);
  const grid = channelScales(kernel, node, options);
  const values = new Int8Array(floats.length);
  const error = { nearest: 0, chosen: 0 };
  const choices = { nearest: 0, learned: 0, gptq: 0 };
  for (let group = 0; group < layout.groups; group++) {
    const weights = columnsOfGroup(floats, layout, group);
    const scale = grid.perOutput.subarray(group * layout.outputsPerGroup, (group + 1) * layout.outputsPerGroup);
    const rows = rowsOfGroup(now, layout, group);
    const residual = residualOf(rows, weights, rowsOfGroup(wanted, layout, group), columnsOfGroup(original, layout, group), layout);
    const { fitted, heldOut } = splitRows(rows, residual, layout);
    const problem = { weights, scale, highest: grid.highest, ...fitted };
    const pause = async (share: number): Promise<void> => {
      if (performance.now() - work.pausedAt < PAUSE_MS) return;
      report((group + share) / layout.groups);
      await yieldToMessages();
      throwIfCancelled(context.signal);
      work.pausedAt = performance.now();
    };
    const learned = await learnRounding(problem, { iterations: options.iterations, random: createRandom(context.seed), pause });
    const nearest = roundNearest(problem);
    const candidates = { nearest, learned, gptq: gptqOf(problem) ?? nearest };
    const errorOf = (candidate: Int8Array): number => outputError(candidate, problem, heldOut, layout);
    const choice = bestOf(candidates, errorOf);
    choices[choice]++;
    error.nearest += errorOf(nearest);
    error.chosen += errorOf(candidates[choice]);
    placeColumns(values, candidates[choice], layout, group);
  }
  diagnostics.push(message(layerNameOf(node), error, choices));
  const editor = editGraph(graph);
  editor.setTensor(kernelId, affineTensor(kernel, values, grid));
  return editor.done();
}

type Choices = Readonly<Record<'nearest' | 'learned' | 'gptq', number>>;

function bestOf(candidates: Readonly<Record<keyof Choices, Int8Array>>, errorOf: (candidate: Int8Array) => number): keyof Choices {
  const errors = { nearest: errorOf(candidates.nearest), learned: errorOf(candidates.learned), gptq: errorOf(candidates.gptq) };
  if (errors.nearest <= Math.min(errors.learned, errors.gptq)) return 'nearest';
  return errors.learned <= errors.gptq ? 'learned' : 'gptq';
}

/** Null: too many inputs, or too few rows. */
function gptqOf({ weights, scale, highest, rows }: RoundingProblem): Int8Array | null {
  const inputs = weights.length / scale.length;
  if (inputs > MOST_GPTQ_INPUTS) return null;
  const hessian = createHessian(inputs);
  accumulateHessian(hessian, rows);
  const { values, reason } = gptqRound(weights, hessian, { scale, highest });
  return reason === null ? values : null;
}

function message(subject: string, error: { readonly nearest: number; readonly chosen: number }, choices: Choices): Diagnostic {
  const groups = choices.nearest + choices.learned + choices.gptq;
  if (choices.nearest === groups) return warning('Rounded to the nearest: learning did no better on examples held out. More examples may help.', subject);
  const share = Math.round(100 * (error.chosen / error.nearest));
  const how = groups > 1 ? `, ${choices.learned} of ${groups} groups learned, ${choices.gptq} by GPTQ` : choices.gptq ? ', by GPTQ' : '';
  return info(`Error of its output on examples held out: ${share} % of what rounding to the nearest leaves${how}.`, subject);
}

function whyNot(graph: Graph, node: RowNode): string | undefined {
  const id = node.inputs[1]!;
  const { encoding } = graph.values[id]!.tensor!;
  if (encoding.kind === 'affine') return `Left alone: it is stored in ${encoding.bits} bits already.`;
  if (encoding.kind === 'palette') return 'Left alone: it is stored by a palette already.';
  if (encoding.storage !== 'float32' && encoding.storage !== 'float16') return 'Left alone: its kernel holds no real numbers.';
  if (consumersOf(graph).get(id)!.length > 1) return 'Left alone: another layer shares its kernel.';
  return undefined;
}

function haveSameShape(graph: Graph, node: RowNode, reference: Graph, original: RowNode): boolean {
  const shapeOf = (from: Graph, { inputs }: RowNode): string => from.values[inputs[1]!]!.tensor!.shape.join();
  return node.op === original.op && shapeOf(graph, node) === shapeOf(reference, original);
}

function affineTensor(kernel: Tensor, values: Int8Array, { bits, scale, axis }: KernelGrid): Tensor {
  return { ...kernel, encoding: { kind: 'affine', bits, signed: true, values, scale, zeroPoint: new Float64Array(scale.length), axis, blockSize: null } };
}
