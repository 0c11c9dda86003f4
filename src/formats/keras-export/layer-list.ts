/** The layers of a model in the making: each once, with all its calls, under a name of its own. */
import type { ValueId } from '../../ir/graph';
import type { Flow } from '../keras-layers/graph-builder';
import { type Call, type LayerTopology, TensorRef } from '../keras-layers/topology';
import type { ExportModel, ExportWeight } from './export-model';
import { createLayerNames } from './layer-names';
import { inKerasOrder } from './layer-order';
import { isSameTensor } from './layer-weights';
import { mapFlows } from './shadow';

type Weights = ReadonlyMap<string, readonly ExportWeight[]>;

export interface MadeLayer {
  readonly layer: LayerTopology;
  /** By path below the layer. */
  readonly weights: Weights;
  /** Layers of one sign and of the same weights are one layer; '' for those that are never shared. */
  readonly sign: string;
}

interface ListedLayer extends MadeLayer {
  readonly calls: Call[];
}

/** Arguments with flows in place of references. */
interface FlowCall {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

export interface LayerList {
  addInput(layer: LayerTopology, flow: Flow, wish: string): void;
  /** Adds a call of a layer, of the very same one if it is known. `flows` are its results. */
  emit(made: MadeLayer, call: FlowCall, flows: readonly Flow[], wishes: readonly string[]): void;
  refOfFlow(flow: Flow): TensorRef;
  describe: ExportModel['describe'];
  inKerasOrder(outputs: readonly TensorRef[]): { readonly ordered: readonly LayerTopology[]; readonly weights: Weights };
}

export function createLayerList(): LayerList {
  const names = createLayerNames();
  const listed: ListedLayer[] = [];
  const bySign = new Map<string, ListedLayer[]>();
  const refs = new Map<string, { readonly ref: TensorRef; readonly flow: Flow }>();
  const flowRefs = new Map<ValueId, TensorRef>();

  const setResult = (layer: string, call: number, index: number, flow: Flow): void => {
    const key = keyOf({ layer, call, index });
    const known = refs.get(key) ?? { ref: new TensorRef(layer, call, index), flow };
    refs.set(key, known);
    flowRefs.set(flow.id, known.ref);
  };
  const refOfFlow = (flow: Flow): TensorRef => flowRefs.get(flow.id)!;
  const add = (made: MadeLayer, wishes: readonly string[]): ListedLayer => {
    const name = names.claim(...wishes);
    const entry = { ...made, layer: { ...made.layer, name, config: { ...made.layer.config, name } }, calls: [] };
    listed.push(entry);
    if (made.sign !== '') bySign.set(made.sign, [...(bySign.get(made.sign) ?? []), entry]);
    return entry;
  };

  return {
    addInput(layer, flow, wish) {
      const entry = add({ layer, weights: new Map(), sign: '' }, [wish]);
      setResult(entry.layer.name, 0, 0, flow);
    },
    emit(made, call, flows, wishes) {
      const known = bySign.get(made.sign)?.find((other) => haveSameWeights(other.weights, made.weights));
      const entry = known ?? add(made, wishes);
      const toRef = (value: unknown): unknown => mapFlows(value, refOfFlow);
      entry.calls.push({ args: call.args.map(toRef), kwargs: toRef(call.kwargs) as Record<string, unknown> });
      flows.forEach((flow, i) => setResult(entry.layer.name, entry.calls.length - 1, i, flow));
    },
    refOfFlow,
    describe: (ref) => refs.get(keyOf(ref))!.flow,
    inKerasOrder(outputs) {
      const ordered = inKerasOrder(listed.map(({ layer, calls }) => ({ ...layer, calls })), outputs);
      const present = new Set(ordered.map((layer) => layer.name));
      const weights = new Map<string, readonly ExportWeight[]>();
      for (const { layer, weights: own } of listed) {
        if (!present.has(layer.name)) continue;
        for (const [below, list] of own) if (list.length > 0) weights.set(below === '' ? layer.name : `${layer.name}/${below}`, list);
      }
      return { ordered, weights };
    },
  };
}

function keyOf({ layer, call, index }: Pick<TensorRef, 'layer' | 'call' | 'index'>): string {
  return `${call}:${index}:${layer}`;
}

function haveSameWeights(a: Weights, b: Weights): boolean {
  return [...a].every(([path, list]) => {
    const other = b.get(path);
    return other?.length === list.length && list.every(({ tensor }, i) => isSameTensor(tensor, other[i]!.tensor));
  });
}
