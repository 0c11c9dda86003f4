/**
 * A topology and its weights, lowered to a graph: calls in the order in which their tensors become available, nested
 * models in place, masks travelling beside the tensors as in Keras.
 */
import { info, warning, type Diagnostic } from '../../lib/diagnostics';
import { WhittleError } from '../../lib/errors';
import { checkGraph } from '../../ir/check';
import type { Graph, GraphSource, LayerSource } from '../../ir/graph';
import type { Tensor } from '../../ir/tensor';
import { dropUnusedValues } from '../../ir/edit';
import { isObject } from '../json';
import { callOrder } from './call-order';
import { malformed } from './config';
import { createGraphBuilder, type Flow, type GraphBuilder } from './graph-builder';
import { familyFor } from './find-family';
import { lowerInput } from './input-layer';
import { flowsIn, type LayerCall } from './lowering';
import { type Call, type Generation, type LayerTopology, type ModelTopology, TensorRef } from './topology';

export interface BuildOptions {
  /** By the layer's path, in save order. */
  readonly weights: ReadonlyMap<string, readonly Tensor[]>;
  readonly generation: Generation;
  readonly source: GraphSource;
}

/** FormatError: parts do not fit. UnsupportedError: a layer or setting that Whittle cannot run, by name and class. */
export function buildGraph(model: ModelTopology, options: BuildOptions): { graph: Graph; diagnostics: Diagnostic[] } {
  const builder = createGraphBuilder();
  const lowering = createLowering(builder, options);
  const byName = new Map(model.layers.map((layer) => [layer.name, layer]));
  const inputs = model.inputs.map(({ name, ref }) => {
    const layer = byName.get(ref.layer);
    return { name, ref, flow: lowerInput(layer, ref.layer, builder) };
  });
  const outputs = lowering.runModel(model, '', inputs.map(({ flow }) => flow));
  const named = outputs.map((flow, i) => ({ name: model.outputs[i]!.name, flow }));
  const graph = dropUnusedValues(builder.graph(model.name, inputs, named, options.source));
  checkGraph(graph, `Reading ${options.source.format}`);
  return { graph, diagnostics: lowering.diagnostics() };
}

export interface Lowering {
  /** One call of one layer, outside any model: its weights are looked up under `path`. */
  lowerLayer(
    layer: LayerTopology,
    path: string,
    inputs: readonly Flow[],
    args: readonly unknown[],
    kwargs: Readonly<Record<string, unknown>>,
    outer: LayerSource | undefined,
  ): Flow[];
  runModel(model: ModelTopology, prefix: string, inputs: readonly Flow[]): Flow[];
  diagnostics(): Diagnostic[];
}

/** Nested calls of nested models multiply; this many layer calls are more than any browser runs. */
const LARGEST_CALL_COUNT = 20_000;

export function createLowering(builder: GraphBuilder, options: Omit<BuildOptions, 'source'>): Lowering {
  const callCounts = new Map<string, number>();
  const stateful = new Set<string>();
  const halves = new Set<string>();
  let totalCalls = 0;
  /** The wrapper that is being lowered: everything within belongs to it. */
  let wrapper: LayerSource | undefined;

  const runModel = (model: ModelTopology, prefix: string, inputs: readonly Flow[]): Flow[] => {
    if (inputs.length !== model.inputs.length) {
      throw new WhittleError('FormatError', `The model "${prefix}${model.name}" takes ${model.inputs.length} tensors and is given ${inputs.length}.`);
    }
    const results = new Map<string, readonly Flow[]>();
    const keyOf = (layer: string, call: number): string => `${call}:${layer}`;
    model.inputs.forEach(({ ref }, i) => results.set(keyOf(ref.layer, ref.call), [inputs[i]!]));
    const flowAt = (ref: TensorRef): Flow => {
      const flow = results.get(keyOf(ref.layer, ref.call))?.[ref.index];
      if (flow) return flow;
      throw new WhittleError('FormatError', `The layer "${prefix}${ref.layer}" has no output ${ref.index}, which the model "${model.name}" reads.`);
    };
    for (const { layer, call } of callOrder(model)) {
      if (results.has(keyOf(layer.name, call))) continue;
      results.set(keyOf(layer.name, call), runCall(layer, layer.calls[call]!, prefix, flowAt));
    }
    return model.outputs.map(({ ref }) => flowAt(ref));
  };

  const runCall = (layer: LayerTopology, call: Call, prefix: string, flowAt: (ref: TensorRef) => Flow): Flow[] => {
    const args = call.args.map((argument) => withFlows(argument, flowAt));
    const kwargs = withFlows(call.kwargs, flowAt) as Record<string, unknown>;
    const first = args.length > 0 ? args[0] : Object.values(kwargs)[0];
    const inputs = flowsIn(first);
    const path = prefix + layer.name;
    if (layer.model) return runModel(layer.model, `${path}/`, args.length > 1 ? flowsIn(args) : inputs);
    return lowerLayer(layer, path, inputs, args, kwargs);
  };

  const lowerLayer = (
    layer: LayerTopology,
    path: string,
    inputs: readonly Flow[],
    args: readonly unknown[],
    kwargs: Readonly<Record<string, unknown>>,
  ): Flow[] => {
    if (++totalCalls > LARGEST_CALL_COUNT) throw new WhittleError('FormatError', `The model calls its layers over ${LARGEST_CALL_COUNT} times.`);
    const number = callCounts.get(path) ?? 0;
    callCounts.set(path, number + 1);
    const source = wrapper ?? { path, className: layer.className, config: layer.config, call: number };
    const owner = { path, className: layer.className, config: layer.config };
    const family = familyFor(layer, owner, options.generation);
    const roles = family.weights?.(owner, layer) ?? [];
    const weights = options.weights.get(path) ?? [];
    if (weights.length < roles.length) {
      return malformed(owner, `needs the weights ${roles.join(', ')}, and the file holds ${weights.length} of them.`);
    }
    if (layer.config.stateful === true) stateful.add(path);
    if (typeof layer.config.dtype === 'string' && /mixed_|^float16$|^bfloat16$/.test(layer.config.dtype)) halves.add(path);
    const lowerInner: LayerCall['lowerInner'] = (inner, flows) => {
      const innerPath = `${path}/${inner.name}`;
      const outer = wrapper;
      wrapper = source;
      try {
        if (inner.model) return runModel(inner.model, `${innerPath}/`, flows);
        return lowerLayer(inner, innerPath, flows, [flows.length === 1 ? flows[0] : flows], {});
      } finally {
        wrapper = outer;
      }
    };
    const call: LayerCall = { ...owner, layer, source, generation: options.generation, inputs, args, kwargs, weights, lowerInner };
    return builder.within(source, () => family.lower(call, builder));
  };

  return {
    lowerLayer,
    runModel,
    diagnostics: () => [
      ...[...stateful].map((path) => warning('The layer keeps its state between batches; Whittle starts every batch from zero.', path)),
      ...(halves.size > 0 ? [info(`${halves.size} layers compute in float16 in Keras; Whittle computes in float32 and keeps the weights as they are stored.`)] : []),
    ],
  };
}

/** Arguments with flows in place of references. */
function withFlows(value: unknown, flowAt: (ref: TensorRef) => Flow): unknown {
  if (value instanceof TensorRef) return flowAt(value);
  if (Array.isArray(value)) return value.map((item) => withFlows(item, flowAt));
  if (isObject(value) && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withFlows(item, flowAt)]));
  }
  return value;
}
