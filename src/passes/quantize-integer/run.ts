/**
 * Makes a model compute with integers, by the rules of TensorFlow Lite (ops/integer-rules.ts):
 *
 * 1. activations join the layer before them, and operators without an integer kernel are written as ones with one (expand.ts);
 * 2. nodes are chosen (assign.ts), and activations that must share a grid are grouped (groups.ts);
 * 3. their ranges are observed in one pass over the examples (calibration/) and become grids (ranges.ts);
 * 4. with epochs to recover, the model is trained on these grids (train.ts);
 * 5. kernels, biases and other constants become integers, and biases lose the mean error of rounding (layers.ts);
 * 6. `quantize` nodes stand wherever floats and integers meet (rewire.ts).
 *
 * With float activations only kernels become integers (dynamic-range.ts).
 */
import { editGraph } from '../../ir/edit';
import type { Graph, Node, ValueId } from '../../ir/graph';
import type { Quantization } from '../../ir/quantization';
import type { Tensor } from '../../ir/tensor';
import { consumersOf } from '../../ir/walk';
import { warning, type Diagnostic } from '../../lib/diagnostics';
import { throwIfCancelled, WhittleError } from '../../lib/errors';
import { floatActivations } from '../../ops/integer-rules';
import { defaultsOf, type OptionValues } from '../../options/options';
import type { Observations } from '../calibration/observe';
import { cleanUpOptions } from '../clean-up/meta';
import { cleanUp } from '../clean-up/run';
import type { Pass, PassContext, PassResult } from '../pass';
import { wantsRecovery } from '../recover';
import { layerNameOf } from '../weight-sites';
import { assignNodes, MASK_MAGNITUDE } from './assign';
import { quantizeDynamicRange } from './dynamic-range';
import { expandForIntegers } from './expand';
import { gather, type Gathered } from './gather';
import { groupValues, sourcesOf, type Group } from './groups';
import { quantizeLayer, type LayerGrids } from './layers';
import type { quantizeIntegerOptions } from './meta';
import { quantizeIntegerMeta } from './meta';
import { chooseRange, gridOf } from './ranges';
import { reportCalibration, reportFloats, reportNotes, reportStates, type NamedRange } from './report';
import { placeGrids } from './rewire';
import { kernelGridsOf, trainKernels, trainOnGrids } from './train';

type Options = OptionValues<typeof quantizeIntegerOptions>;

export const quantizeInteger: Pass<typeof quantizeIntegerOptions> = {
  meta: quantizeIntegerMeta,
  async run(graph, options, context): Promise<PassResult> {
    if (Object.values(graph.values).some((value) => value.quantization)) {
      return { graph, modified: false, diagnostics: [warning('The model computes with integers already; it is left as it is.')] };
    }
    const optionsFor = (node: Node): Options | null => context.optionsFor(layerNameOf(node), node.op) as Options | null;
    checkCombination(options);
    refuseRulesOfWholeModel(graph, options, optionsFor);
    if (options.activations === 'float') {
      const { graph: edited, diagnostics } = quantizeDynamicRange(graph, optionsFor);
      if (!wantsRecovery(options) || edited === graph) return { graph: edited, modified: edited !== graph, diagnostics };
      const trained = await trainKernels(graph, graph, kernelGridsOf(graph, edited), options, context);
      return { graph: trained.graph, modified: trained.graph !== graph, diagnostics: [...diagnostics, ...trained.diagnostics] };
    }
    return quantizeActivations(graph, options, options.activations, optionsFor, context);
  },
};

function checkCombination({ activations, inputOutput }: Options): void {
  if (activations === 'float' || inputOutput === 'float') return;
  if ((activations === 'int16') !== (inputOutput === 'int16')) {
    const allowed = activations === 'int16' ? 'float, int16' : 'float, int8, uint8';
    throw new WhittleError('OptionError', `inputOutput is ${inputOutput} while activations are ${activations}; allowed with them: ${allowed}.`);
  }
}

/** What holds for the model as a whole. */
const WHOLE_MODEL = ['activations', 'inputOutput', 'samples'] as const;

/** A rule may keep a layer, and change what is chosen layer by layer; the rest would be ignored in silence. */
function refuseRulesOfWholeModel(graph: Graph, options: Options, optionsFor: (node: Node) => Options | null): void {
  for (const node of graph.nodes) {
    const own = optionsFor(node);
    const name = own && WHOLE_MODEL.find((one) => own[one] !== options[one]);
    if (name) throw new WhittleError('OptionError', `${name} holds for the whole model, and a rule sets it for ${layerNameOf(node)}. Set it in the step's own options; a layer is kept float by "keep".`);
  }
}

async function quantizeActivations(
  given: Graph,
  options: Options,
  dtype: 'int8' | 'int16',
  optionsFor: (node: Node) => Options | null,
  context: PassContext,
): Promise<PassResult> {
  const cleaned = (await cleanUp.run(given, defaultsOf(cleanUpOptions), context)).graph;
  const graph = expandForIntegers(cleaned, (node) => optionsFor(node) !== null);
  const outside = options.inputOutput === 'float' ? [] : floatEnds(graph);
  const masks = new Set<string>();
  for (;;) {
    const reasonToKeep = (node: Node): string | undefined => (optionsFor(node) === null ? 'a rule keeps it' : masks.has(node.id) ? MASKED : undefined);
    const { integer, floats } = assignNodes(graph, dtype === 'int16' ? 16 : 8, reasonToKeep);
    if (integer.size === 0) {
      return { graph: given, modified: false, diagnostics: [warning('No layer of this model has an integer kernel; it is left as it is.'), ...reportFloats(floats)] };
    }
    const sources = sourcesOf(graph, integer, outside);
    const gathered = await gather(graph, integer, sources, options, optionsFor, context);
    throwIfCancelled(context.signal);
    const masked = nodesAtMasks(graph, integer, gathered.observed);
    if (masked.length > 0) {
      // Each round keeps more nodes float, so this ends.
      for (const node of masked) masks.add(node.id);
      continue;
    }
    const { grids, ranges } = chooseGrids(graph, integer, sources, outside, options, optionsFor, dtype, gathered);
    const allGrids = { ...grids, outside: (id: ValueId) => outsideGrid(graph, id, options, grids) };
    const trained = wantsRecovery(options) ? await trainOnGrids(graph, integer, allGrids, optionsFor, options, context) : { graph, diagnostics: [] };
    const { graph: encoded, notes } = encodeConstants(trained.graph, integer, grids, optionsFor, gathered, context);
    const placed = placeGrids(encoded, integer, allGrids);
    const diagnostics: Diagnostic[] = [...reportStates(given), ...reportCalibration(gathered.observed, ranges), ...reportFloats(floats), ...reportNotes(notes), ...trained.diagnostics];
    return { graph: placed, modified: true, diagnostics };
  }
}

const MASKED = 'its numbers reach those of a mask, beside which steps of an integer lose all others';

/** Integer nodes that read or make numbers as large as masks'. */
function nodesAtMasks(graph: Graph, integer: ReadonlySet<string>, observed: Observations): Node[] {
  const isMask = (id: ValueId): boolean => {
    const observation = observed.of.get(id);
    return observation !== undefined && Math.max(observation.maximum, -observation.minimum) >= MASK_MAGNITUDE;
  };
  return graph.nodes.filter((node) => {
    const { inputs, outputs } = floatActivations(graph, node);
    return integer.has(node.id) && [...inputs, ...outputs].some(isMask);
  });
}

/** Inputs and outputs that hold real numbers. */
function floatEnds(graph: Graph): ValueId[] {
  return [...graph.inputs, ...graph.outputs].filter((id) => graph.values[id]!.dtype === 'float32' && !graph.values[id]!.tensor);
}

function outsideGrid(graph: Graph, id: ValueId, { inputOutput }: Options, grids: LayerGrids): Quantization | undefined {
  if (inputOutput === 'float' || graph.values[id]!.dtype !== 'float32' || graph.values[id]!.tensor) return undefined;
  const grid = grids.of(id);
  return inputOutput === 'uint8' ? { ...grid, dtype: 'uint8', zeroPoint: grid.zeroPoint + 128 } : grid;
}

function chooseGrids(
  graph: Graph,
  integer: ReadonlySet<string>,
  sourceIds: readonly ValueId[],
  outside: readonly ValueId[],
  options: Options,
  optionsFor: (node: Node) => Options | null,
  dtype: 'int8' | 'int16',
  { observed, logits }: Gathered,
): { grids: LayerGrids; ranges: NamedRange[] } {
  const sources = new Set(sourceIds);
  const extent = (id: ValueId): readonly [number, number] | undefined => {
    const observation = sources.has(id) ? observed.of.get(id) : undefined;
    return observation && [observation.minimum, observation.maximum];
  };
  const groups = groupValues(graph, integer, dtype, extent, outside);
  const consumers = consumersOf(graph);
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((id) => [id, node] as const)));
  /** By the layer that makes the group's first value; the model's inputs go by the layer that reads them. */
  const methodOf = (group: Group): Options['calibration'] => {
    const layer = makers.get(group.values[0]!) ?? consumers.get(group.values[0]!)?.[0];
    return (layer && optionsFor(layer)?.calibration) ?? options.calibration;
  };
  const grids = new Map<Group, Quantization>();
  const ranges: NamedRange[] = [];
  for (const group of groups.all) {
    if (group.fixed) {
      grids.set(group, group.fixed);
      continue;
    }
    const method = methodOf(group);
    const range = chooseRange(group, { graph, method, dtype, observed: observed.of, logits, consumers });
    grids.set(group, gridOf(range, dtype));
    ranges.push({ ...range, name: graph.values[group.values[0]!]!.name });
  }
  const of = (id: ValueId): Quantization => grids.get(groups.groupOf(id))!;
  return { grids: { dtype, of, readBy: (node, id) => (groups.isLoose(node, id) ? of(node.outputs[0]!) : of(id)) }, ranges };
}

function encodeConstants(
  graph: Graph,
  integer: ReadonlySet<string>,
  grids: LayerGrids,
  optionsFor: (node: Node) => Options | null,
  { observed, hessians }: Gathered,
  context: PassContext,
): { graph: Graph; notes: Map<string, string[]> } {
  const editor = editGraph(graph);
  const consumers = consumersOf(graph);
  const notes = new Map<string, string[]>();
  for (const [index, node] of graph.nodes.entries()) {
    if (!integer.has(node.id)) continue;
    throwIfCancelled(context.signal);
    context.report({ stage: quantizeIntegerMeta.id, fraction: index / graph.nodes.length, detail: layerNameOf(node) });
    const layer = quantizeLayer(graph, node, optionsFor(node)!, grids, {
      inputMeans: (node.inputs[0] && observed.of.get(node.inputs[0])?.means) || null,
      hessian: hessians.get(node.id) ?? null,
    });
    for (const note of layer.notes) notes.set(note, [...(notes.get(note) ?? []), layerNameOf(node)]);
    if (layer.tensors.size > 0) setConstants(editor, graph, node, layer.tensors, consumers);
  }
  return { graph: editor.done(), notes };
}

/** A constant that others read too is not changed for them: the node gets one of its own. */
function setConstants(
  editor: ReturnType<typeof editGraph>,
  graph: Graph,
  node: Node,
  tensors: ReadonlyMap<number, Tensor>,
  consumers: ReadonlyMap<ValueId, readonly Node[]>,
): void {
  const inputs = [...node.inputs];
  for (const [index, tensor] of tensors) {
    const id = inputs[index];
    if (id && consumers.get(id)!.length === 1 && !graph.outputs.includes(id)) {
      editor.setTensor(id, tensor);
      continue;
    }
    while (inputs.length <= index) inputs.push(null);
    const stem = id ? graph.values[id]!.name : `${layerNameOf(node)}/bias`;
    inputs[index] = editor.addConstant(id ? `${stem}/${node.name}` : stem, tensor);
  }
  if (inputs.some((id, i) => id !== node.inputs[i])) editor.replaceNode(node.id, [{ ...node, inputs } as Node]);
}
