/**
 * A graph as Keras layers.
 *
 * 1. Nodes that one Keras layer became go back as that layer, when reading it again would compute the same.
 * 2. Every other node becomes a layer of its own, or a few.
 *
 * Nodes that only compute masks are left out where Keras passes them on by itself. Layers that read the same constants in
 * the same way are one layer called several times.
 */
import type { Graph, LayerSource, Node, ValueId } from '../../ir/graph';
import { consumersOf, isConstant, producersOf } from '../../ir/walk';
import { isErrorOf, messageOf } from '../../lib/errors';
import type { Flow } from '../keras-layers/graph-builder';
import { normalizeLayer } from '../keras-layers/normalize-model';
import type { Generation, LayerTopology, TensorRef } from '../keras-layers/topology';
import { callCandidates, ValueArgument } from './call-candidates';
import type { ExportModel } from './export-model';
import { createLayerList } from './layer-list';
import { createLayerNames } from './layer-names';
import type { Plan, PlanContext, Step } from './plan';
import { literal } from './nested-lists';
import { externalReads, groupKey, groupNodes, neededOutputs } from './node-groups';
import { planNode } from './plan-node';
import { createShadow, isFlow } from './shadow';
import type { Target } from './target';
import { createValueKeys } from './value-keys';
import { wholeLayers } from './whole-layer';

/** A value of the graph that some layer gives. */
interface Bound {
  readonly flow: Flow;
  readonly ref: TensorRef;
}

/** The layers, or the end of a sentence that says what of the graph has none. */
export function layersOfGraph(graph: Graph, target: Target): ExportModel | { readonly problem: string } {
  return createExport(graph, target).run();
}

function createExport(graph: Graph, target: Target) {
  const keys = createValueKeys();
  const shadow = createShadow(keys, target.generation);
  const layers = createLayerList();
  const { emit, refOfFlow } = layers;
  const producers = producersOf(graph);
  const consumers = consumersOf(graph);
  const context: PlanContext = { graph, target, consumersOf: (id) => consumers.get(id) ?? [] };
  const groups = groupNodes(graph);
  const graphKeys = new Map<ValueId, number>();
  const bound = new Map<ValueId, Bound>();
  const reasons = new Map<string, string>();
  const generation = sourceGeneration(graph);

  const keyOf = (id: ValueId): number => graphKeys.get(id)!;
  const addKeys = (): void => {
    graph.inputs.forEach((id, i) => graphKeys.set(id, keys.input(i)));
    for (const value of Object.values(graph.values)) if (value.tensor) graphKeys.set(value.id, keys.constant(value.tensor));
    for (const node of graph.nodes) keys.node(node, keyOf).forEach((key, i) => graphKeys.set(node.outputs[i]!, key));
  };

  const rankOf = (id: ValueId | undefined): number | null => (id === undefined ? null : (graph.values[id]!.shape?.length ?? null));

  /** A tensor, or a constant as an argument. */
  const operand = (id: ValueId): unknown => {
    const tensor = graph.values[id]!.tensor;
    return tensor ? literal(tensor) : bound.get(id)?.flow;
  };

  const bind = (id: ValueId, flow: Flow): void => void bound.set(id, { flow, ref: refOfFlow(flow) });

  const addInputs = (): void => {
    graph.inputs.forEach((id, i) => {
      const { dtype, shape } = graph.values[id]!;
      const sizes = shape ?? [];
      const flow = shadow.input(i, graph.inputNames[i]!, dtype, sizes);
      const config = { batch_shape: sizes.map((size) => (size < 0 ? null : size)), dtype };
      layers.addInput(layerTopology('InputLayer', 'input', config, undefined), flow, graph.inputNames[i]!);
      bind(id, flow);
    });
  };

  const tryWhole = (source: LayerSource, nodes: readonly Node[]): boolean => {
    const needed = neededOutputs(graph, nodes, consumers);
    const reads = externalReads(graph, nodes);
    const candidates = callCandidates(source.className, reads);
    let reason: string | null = null;
    for (const whole of orReason(() => wholeLayers(graph, source, nodes, generation), (text) => (reason = text)) ?? []) {
      const limit = target.limitOf(whole.layer, { rank: rankOf(reads.reads[0]) });
      if (limit) {
        reason = limit;
        continue;
      }
      for (const candidate of candidates) {
        const args = withFlows(candidate.args, bound);
        const kwargs = withFlows(candidate.kwargs, bound);
        if (!args || !kwargs) continue;
        const call = { args: args as unknown[], kwargs: kwargs as Record<string, unknown> };
        const lowered = orReason(() => shadow.lower({ ...whole, ...call }), () => undefined);
        if (!lowered) continue;
        const maskLimit = lowered.usesMask ? target.maskLimitOf(whole.layer) : null;
        if (maskLimit) {
          reason = maskLimit;
          continue;
        }
        const results = needed.map((id) => lowered.flows.find((flow) => shadow.keyOf(flow) === keyOf(id)));
        if (results.some((flow) => flow === undefined)) continue;
        const sign = `${source.path}|${JSON.stringify(whole.layer.config)}`;
        emit({ ...whole, sign }, call, lowered.flows, [whole.layer.name, source.path]);
        needed.forEach((id, i) => bind(id, results[i]!));
        return true;
      }
    }
    if (reason !== null) for (const node of nodes) reasons.set(node.id, `The layer "${source.path}" (${source.className}) cannot be written: it ${reason}`);
    return false;
  };

  const tryPlan = (node: Node): void => {
    const plan: Plan = planNode(node, context);
    const explain = (text: string): void => {
      const own = `"${node.name}" (${node.op}) ${text}`;
      reasons.set(node.id, reasons.get(node.id) ?? own);
    };
    if (node.inputs.length > 0 && node.inputs.every((id) => id === null || isConstant(graph, id))) {
      return explain('computes a constant: apply the clean-up pass, which stores its result');
    }
    if ('reason' in plan) return explain(plan.reason);
    if ('alias' in plan) {
      const source = bound.get(plan.alias);
      if (!source) return;
      // Keras passes a mask on; a value that stands for another keeps it too.
      bound.set(node.outputs[0]!, source);
      return;
    }
    const results: Flow[][] = [];
    let usesMask = hasMaskInput(node);
    const pending: (() => void)[] = [];
    for (const step of plan.steps) {
      const inputs = step.inputs.map((input) => (typeof input === 'number' ? results[input]?.[0] : step.module ? operand(input) : bound.get(input)?.flow));
      const states = (step.initialState ?? []).map((id) => bound.get(id)?.flow);
      if (inputs.some((flow) => flow === undefined) || states.some((flow) => !flow)) return;
      const layer = layerTopology(step.className, 'layer', step.config, step.module);
      const [first] = inputs;
      const limit = target.limitOf(layer, { rank: isFlow(first) ? (first.shape?.length ?? null) : null });
      if (limit) return explain(`becomes a ${step.className}, which ${limit}`);
      const weights = new Map([['', (step.weights ?? []).map(({ role, tensor }) => ({ role, tensor }))]]);
      const call = {
        args: [...(step.takesList ? [inputs] : inputs), ...(step.more ?? [])],
        kwargs: states.length > 0 ? { initial_state: states } : {},
      };
      const lowered = orReason(() => shadow.lower({ layer, weights, ...call }), explain);
      if (!lowered) return;
      const maskLimit = lowered.usesMask ? target.maskLimitOf(layer) : null;
      if (maskLimit) return explain(`becomes a ${step.className}, which ${maskLimit}`);
      usesMask ||= lowered.usesMask;
      results.push([...lowered.flows]);
      const wishes = wishesFor(node, step);
      pending.push(() => emit({ layer, weights, sign: signOf(step) }, call, lowered.flows, wishes));
    }
    const last = results.at(-1)!;
    const isExact = node.outputs.every((id, i) => last[i] === undefined || shadow.keyOf(last[i]!) === keyOf(id));
    if (usesMask && !isExact) return explain('reads a mask in a way in which Keras would not pass it on');
    for (const act of pending) act();
    node.outputs.forEach((id, i) => {
      const flow = last[i];
      if (!flow) return;
      shadow.declare(flow, keyOf(id));
      bind(id, flow);
    });
  };

  const wishesFor = (node: Node, step: Step): string[] => {
    const path = node.layer?.path ?? node.name;
    const suffix = step.suffix ? `_${step.suffix}` : '';
    const short = path.slice(path.lastIndexOf('/') + 1);
    const output = graph.outputs.indexOf(node.outputs[0]!);
    // Outside Keras, an output is known by its own name; in Keras by its layer's.
    const outputName = output >= 0 && !suffix && graph.source.format === 'tfjs-graph' ? [graph.outputNames[output]!] : [];
    return [...outputName, short + suffix, path + suffix];
  };

  const run = (): ExportModel | { readonly problem: string } => {
    const unknownInput = graph.inputs.find((id) => graph.values[id]!.shape === null);
    if (unknownInput) return { problem: `The input "${graph.values[unknownInput]!.name}" has no known rank` };
    addKeys();
    addInputs();
    const covered = new Set<string>();
    const tried = new Set<string>();
    for (const node of graph.nodes) {
      if (covered.has(node.id)) continue;
      const group = node.layer && groups.get(groupKey(node.layer));
      if (node.layer && group && !tried.has(groupKey(node.layer))) {
        tried.add(groupKey(node.layer));
        if (tryWhole(node.layer, group)) {
          for (const member of group) covered.add(member.id);
          continue;
        }
      }
      tryPlan(node);
    }
    const missing = graph.outputs.find((id) => !bound.has(id));
    if (missing) return { problem: explainMissing(missing) };
    return finish(graph.outputs.map((id, i) => outputRef(id, i)));
  };

  /** TensorFlow.js gives no input as an output, and no output twice: a layer that does nothing gives it then. */
  const outputRef = (id: ValueId, index: number): TensorRef => {
    const { ref, flow } = bound.get(id)!;
    const isTaken = graph.inputs.some((input) => bound.get(input)!.ref === ref) || graph.outputs.slice(0, index).some((other) => bound.get(other)!.ref === ref);
    if (target.id !== 'tfjs-layers' || !isTaken) return ref;
    const layer = layerTopology('Activation', 'layer', { activation: 'linear' }, undefined);
    const call = { layer, weights: new Map(), args: [flow], kwargs: {} };
    const { flows } = shadow.lower(call);
    emit({ layer, weights: new Map(), sign: '' }, call, flows, [`${ref.layer}_output`]);
    return refOfFlow(flows[0]!);
  };

  const explainMissing = (id: ValueId): string => {
    let current = id;
    for (;;) {
      const node = producers.get(current);
      if (!node) return `The output "${graph.values[id]!.name}" is a constant, which no layer gives`;
      const own = reasons.get(node.id);
      const unbound = node.inputs.find((input) => input !== null && !isConstant(graph, input) && !bound.has(input) && producers.has(input));
      if (!unbound) return own ?? `"${node.name}" (${node.op}) has no Keras layer`;
      // A whole layer's parts read each other: the layer itself is what could not be written.
      if (own && producers.get(unbound)!.layer?.path === node.layer?.path && node.layer) return own;
      current = unbound;
    }
  };

  const finish = (outputs: readonly TensorRef[]): ExportModel => {
    const { ordered, weights } = layers.inKerasOrder(outputs);
    const inputs = graph.inputs.map((id, i) => ({ name: graph.inputNames[i]!, ref: bound.get(id)!.ref }));
    return {
      topology: {
        name: createLayerNames().claim(graph.name || 'model'),
        className: 'Functional',
        layers: ordered,
        inputs,
        outputs: outputs.map((ref, i) => ({ name: graph.outputNames[i]!, ref })),
      },
      weights,
      describe: layers.describe,
    };
  };

  return { run };
}

function withFlows(value: unknown, bound: ReadonlyMap<ValueId, Bound>): unknown {
  let isComplete = true;
  const convert = (item: unknown): unknown => {
    if (item instanceof ValueArgument) {
      const flow = bound.get(item.id)?.flow;
      if (!flow) isComplete = false;
      return flow;
    }
    if (Array.isArray(item)) return item.map(convert);
    if (typeof item === 'object' && item !== null && !isFlow(item)) {
      return Object.fromEntries(Object.entries(item).map(([key, inner]) => [key, convert(inner)]));
    }
    return item;
  };
  const converted = convert(value);
  return isComplete ? converted : null;
}

/** Refusals of the reader are reasons here; anything else is a bug. */
function orReason<T>(work: () => T, explain: (reason: string) => void): T | null {
  try {
    return work();
  } catch (error) {
    if (!isErrorOf(error, 'FormatError') && !isErrorOf(error, 'UnsupportedError') && !isErrorOf(error, 'GraphError')) throw error;
    explain(messageOf(error));
    return null;
  }
}

function hasMaskInput(node: Node): boolean {
  return (node.op === 'lstm' || node.op === 'gru' || node.op === 'simple-rnn' || node.op === 'conv-lstm2d') && !!node.inputs[4];
}

/** Only layers with weights are worth sharing. */
function signOf(step: Step): string {
  const ids = (step.weights ?? []).map(({ id }) => id);
  if (ids.length === 0 || ids.includes(null)) return '';
  return `${step.className}|${JSON.stringify(step.config)}|${ids.join()}`;
}

function layerTopology(className: string, name: string, config: Readonly<Record<string, unknown>>, module: string | undefined): LayerTopology {
  // Names in configs are Whittle's own here, which are those of Keras 3.
  return normalizeLayer({ module: module ?? 'keras.layers', class_name: className, name, config: { ...config, name } }, 'keras3');
}

/** How names inside the configs of wrapped layers are to be understood. */
function sourceGeneration(graph: Graph): Generation {
  const major = /^Keras (\d+)\./.exec(graph.source.producer)?.[1];
  return major !== undefined && Number(major) >= 3 ? 'keras3' : 'keras2';
}
