/**
 * The graph that the written layers would be read back as, built beside the one being written: a layer is written only
 * when reading it would compute the same. Masks travel here as they do in Keras.
 */
import type { ValueId } from '../../ir/graph';
import type { Tensor } from '../../ir/tensor';
import type { DType } from '../../ops/signatures';
import { createGraphBuilder, type Flow, type GraphBuilder } from '../keras-layers/graph-builder';
import { createLowering } from '../keras-layers/build-graph';
import type { Generation, LayerTopology } from '../keras-layers/topology';
import type { ExportWeight } from './export-model';
import type { ValueKeys } from './value-keys';

export interface Shadow {
  input(index: number, name: string, dtype: DType, shape: readonly number[]): Flow;
  /** What one call of a layer becomes. Throws when the layer does not fit its inputs or weights. */
  lower(call: ShadowCall): { readonly flows: readonly Flow[]; readonly usesMask: boolean };
  keyOf(flow: Flow): number;
  /** Declares that a flow is what the graph computes under `key`, though in another way. */
  declare(flow: Flow, key: number): void;
}

export interface ShadowCall {
  readonly layer: LayerTopology;
  /** By path below the layer: '' for its own, 'dense' for those of a wrapped layer of that name. */
  readonly weights: ReadonlyMap<string, readonly ExportWeight[]>;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

export function createShadow(keys: ValueKeys, generation: Generation): Shadow {
  const flowKeys = new Map<ValueId, number>();
  const base = createGraphBuilder();
  const record = (flow: Flow, tensor: Tensor): Flow => {
    flowKeys.set(flow.id, keys.constant(tensor));
    return flow;
  };
  const float = (shape: readonly number[], numbers: readonly number[]): Tensor => ({
    dtype: 'float32',
    shape,
    encoding: { kind: 'dense', storage: 'float32', data: Float32Array.from(numbers) },
  });
  const integer = (shape: readonly number[], numbers: readonly number[]): Tensor => ({
    dtype: 'int32',
    shape,
    encoding: { kind: 'dense', storage: 'int32', data: Int32Array.from(numbers) },
  });
  const builder: GraphBuilder = {
    ...base,
    constant: (key, tensor) => record(base.constant(key, tensor), tensor),
    floats: (name, shape, numbers) => record(base.floats(name, shape, numbers), float(shape, numbers)),
    integers: (name, shape, numbers) => record(base.integers(name, shape, numbers), integer(shape, numbers)),
    nodesOf(op, inputs, attributes, outputs) {
      const flows = base.nodesOf(op, inputs, attributes, outputs);
      const node = base.nodes.at(-1)!;
      keys.node(node, (id) => flowKeys.get(id)!).forEach((key, i) => flowKeys.set(flows[i]!.id, key));
      return flows;
    },
    node: (op, inputs, attributes) => builder.nodesOf(op, inputs, attributes, 1)[0]!,
  };
  const weights = new Map<string, Tensor[]>();
  const lowering = createLowering(builder, { weights, generation });
  let calls = 0;
  return {
    input(index, name, dtype, shape) {
      const flow = base.input(name, dtype, shape);
      flowKeys.set(flow.id, keys.input(index));
      return flow;
    },
    lower({ layer, weights: own, args, kwargs }) {
      // A path of its own for every call: constants are remembered by path.
      const path = `${layer.name}~${++calls}`;
      for (const [below, list] of own) weights.set(below === '' ? path : `${path}/${below}`, list.map(({ tensor }) => tensor));
      let isLowering = true;
      let usesMask = false;
      const watched = mapFlows(args, (flow) => {
        const { mask } = flow;
        if (!mask) return flow;
        return { ...flow, mask: () => ((usesMask ||= isLowering), mask()) };
      }) as unknown[];
      const inputs = flowsOf(watched[0]);
      try {
        const flows = lowering.lowerLayer(layer, path, inputs, watched, kwargs, undefined);
        return { flows, usesMask };
      } finally {
        isLowering = false;
      }
    },
    keyOf: (flow) => flowKeys.get(flow.id)!,
    declare: (flow, key) => void flowKeys.set(flow.id, key),
  };
}

export function isFlow(value: unknown): value is Flow {
  return typeof value === 'object' && value !== null && 'mask' in value && 'id' in value;
}

export function mapFlows(value: unknown, change: (flow: Flow) => unknown): unknown {
  if (isFlow(value)) return change(value);
  if (Array.isArray(value)) return value.map((item) => mapFlows(item, change));
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapFlows(item, change)]));
  }
  return value;
}

function flowsOf(value: unknown): Flow[] {
  if (isFlow(value)) return [value];
  return Array.isArray(value) ? value.flatMap(flowsOf) : [];
}
