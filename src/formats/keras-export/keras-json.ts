/** The JSON of a model, in the form of Keras 3 (`.keras`) and in that of Keras 2 (`.h5`, TensorFlow.js). */
import { flattenArguments, refsIn } from '../keras-layers/normalize-arguments';
import { ArrayArgument, type Call, ELLIPSIS, type LayerTopology, type ModelTopology, SliceArgument, TensorRef } from '../keras-layers/topology';
import type { ExportModel } from './export-model';
import { layerConfig } from './layer-config';
import type { Target } from './target';

type Json = Record<string, unknown>;

/** Layers whose constructors do not take `trainable`. */
const NEVER_TRAINABLE = /^(Discretization|SpatialDropout[123]D)$/;
const FUNCTIONAL_MODULE = 'keras.src.models.functional';
/** Everything computes in float32: that is what the weights are stored in. */
const DTYPE = 'float32';

export function keras3Model(model: ExportModel, target: Target): Json {
  const { topology } = model;
  const references = topology.inputs.map(({ ref }) => historyOf(ref));
  const outputs = topology.outputs.map(({ ref }) => historyOf(ref));
  const shapes = topology.inputs.map(({ ref }) => nullShape(model.describe(ref).shape));
  return {
    module: FUNCTIONAL_MODULE,
    class_name: 'Functional',
    config: {
      name: topology.name,
      trainable: true,
      layers: topology.layers.map((layer) => keras3Layer(layer, model, target)),
      input_layers: references.length === 1 ? references[0] : references,
      output_layers: outputs.length === 1 ? outputs[0] : outputs,
    },
    registered_name: 'Functional',
    build_config: { input_shape: shapes.length === 1 ? shapes[0] : shapes },
  };
}

function keras3Layer(layer: LayerTopology, model: ExportModel, target: Target): Json {
  return { ...keras3Object(layer, target), name: layer.name, inbound_nodes: layer.calls.map((call) => keras3Call(call, model)) };
}

function keras3Object(layer: LayerTopology, target: Target): Json {
  if (layer.model) return nestedModel(layer.model, layer, target);
  const module = layer.module || 'keras.layers';
  const config = { ...ownConfig(layer, target, 'batch_shape'), ...innerConfig(layer, (inner) => keras3Object(inner, target)) };
  return { module, class_name: publicName(layer.className), config, registered_name: null };
}

/** A model within a wrapper, which was never called by itself. */
function nestedModel(inner: ModelTopology, layer: LayerTopology, target: Target): Json {
  const model: ExportModel = { topology: inner, weights: new Map(), describe: () => ({ shape: null, dtype: 'float32' }) };
  const list = (refs: ModelTopology['inputs']): unknown => (refs.length === 1 ? historyOf(refs[0]!.ref) : refs.map(({ ref }) => historyOf(ref)));
  return {
    module: FUNCTIONAL_MODULE,
    class_name: 'Functional',
    config: {
      name: layer.name,
      trainable: true,
      layers: inner.layers.map((one) => keras3Layer(one, model, target)),
      input_layers: list(inner.inputs),
      output_layers: list(inner.outputs),
    },
    registered_name: 'Functional',
  };
}

function keras3Call(call: Call, model: ExportModel): Json {
  const convert = (value: unknown): unknown => {
    if (value instanceof TensorRef) {
      const { shape, dtype } = model.describe(value);
      return { class_name: '__keras_tensor__', config: { shape: nullShape(shape), dtype, keras_history: historyOf(value) } };
    }
    if (value instanceof ArrayArgument) return { class_name: '__numpy__', config: { value: value.value, dtype: value.dtype } };
    if (value instanceof SliceArgument) return { class_name: '__slice__', config: { start: value.start, stop: value.stop, step: value.step } };
    if (value === ELLIPSIS) return { class_name: '__ellipsis__', config: {} };
    if (Array.isArray(value)) return value.map(convert);
    if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, convert(item)]));
    return value;
  };
  return { args: call.args.map(convert), kwargs: convert(call.kwargs) };
}

export function keras2Model(model: ExportModel, target: Target): Json {
  const { topology } = model;
  return {
    class_name: 'Functional',
    config: {
      name: topology.name,
      trainable: true,
      layers: topology.layers.map((layer) => keras2Layer(layer, model, target)),
      input_layers: topology.inputs.map(({ ref }) => historyOf(ref)),
      output_layers: topology.outputs.map(({ ref }) => historyOf(ref)),
    },
  };
}

function keras2Layer(layer: LayerTopology, model: ExportModel, target: Target): Json {
  const { class_name, config } = keras2Object(layer, target);
  return { class_name, config, name: layer.name, inbound_nodes: layer.calls.map((call) => legacyCall(call, model, target)) };
}

function keras2Object(layer: LayerTopology, target: Target): { class_name: string; config: Json } {
  if (layer.model) return nestedKeras2Model(layer.model, layer, target);
  const write = (inner: LayerTopology): Json => {
    if (target.id !== 'keras-h5' || target.generation === 'keras2') return keras2Object(inner, target);
    // Keras 3 opens a model within a layer in its own form only, and finds a layer there by its module, which Keras 2 knows too.
    if (inner.model) return nestedModel(inner.model, inner, target);
    return { module: 'keras.layers', ...keras2Object(inner, target), registered_name: null };
  };
  const config = { ...ownConfig(layer, target, 'batch_input_shape'), ...innerConfig(layer, write) };
  return { class_name: publicName(layer.className), config };
}

/** Keras publishes one class under another name than its own. */
function publicName(className: string): string {
  return className === 'GroupedQueryAttention' ? 'GroupQueryAttention' : className;
}

function nestedKeras2Model(inner: ModelTopology, layer: LayerTopology, target: Target): { class_name: string; config: Json } {
  const topology = { ...inner, name: layer.name };
  const model = keras2Model({ topology, weights: new Map(), describe: () => ({ shape: null, dtype: 'float32' }) }, target);
  return { class_name: 'Functional', config: model.config as Json };
}

/** Keras 3 opens tensors among keyword arguments in its own form only, Keras 2 in its own. */
function legacyCall(call: Call, model: ExportModel, target: Target): unknown {
  const hasTensorKeywords = flattenArguments(call.kwargs).some((value) => value instanceof TensorRef);
  if (target.id === 'keras-h5' && target.generation === 'keras3' && (hasTensorKeywords || call.args.length > 1)) return keras3Call(call, model);
  const states = flattenArguments(call.kwargs.initial_state ?? []).filter((value) => value instanceof TensorRef);
  const { initial_state: _, ...others } = call.kwargs;
  const positional = call.args.slice(1).map((argument, i): [string, unknown] => [['value', 'key'][i]!, argument]);
  const kwargs = Object.fromEntries(
    [...positional, ...Object.entries(others)].map(([key, value]) => [key, value instanceof TensorRef ? historyOf(value) : value]),
  );
  const first = refsIn({ args: [call.args[0]], kwargs: {} });
  return [...first, ...states].map((ref) => [...historyOf(ref), kwargs]);
}

function historyOf(ref: TensorRef): [string, number, number] {
  return [ref.layer, ref.call, ref.index];
}

function ownConfig(layer: LayerTopology, target: Target, shapeKey: 'batch_shape' | 'batch_input_shape'): Json {
  if (layer.className === 'InputLayer') {
    const { batch_shape: shape, dtype } = layer.config;
    return { [shapeKey]: shape, dtype, sparse: false, ragged: false, name: layer.name };
  }
  if (isOperation(layer)) return { ...layer.config, name: layer.name };
  const { trainable, ...config } = layerConfig(layer, target);
  return { name: layer.name, ...(NEVER_TRAINABLE.test(layer.className) ? {} : { trainable: trainable ?? true }), dtype: DTYPE, ...config };
}

/** The layers that a wrapper carries. */
function innerConfig(layer: LayerTopology, write: (inner: LayerTopology) => unknown): Json {
  const [first, second] = layer.inner;
  if (!first) return {};
  switch (layer.className) {
    case 'TimeDistributed':
      return { layer: write(first) };
    case 'Bidirectional':
      return { layer: write(first), ...(second && { backward_layer: write(second) }) };
    case 'RNN':
      return { cell: layer.inner.length === 1 ? write(first) : write(stackOf(layer)) };
    case 'StackedRNNCells':
      return { cells: layer.inner.map(write) };
    default:
      return {};
  }
}

/** Several cells of an RNN are one cell to Keras. */
function stackOf(layer: LayerTopology): LayerTopology {
  return { ...layer, name: 'stacked_rnn_cells', className: 'StackedRNNCells', config: {}, inner: layer.inner };
}

/** A bare operation of `keras.ops` among the layers. */
export function isOperation(layer: LayerTopology): boolean {
  return layer.module.includes('.ops.');
}

function nullShape(shape: readonly number[] | null): (number | null)[] {
  return (shape ?? []).map((size) => (size < 0 ? null : size));
}
