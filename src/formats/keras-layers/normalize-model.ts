/**
 * Turns the JSON of a model (Keras 2, Keras 3, TensorFlow.js) into a topology. Layers are only described here; which of
 * them Whittle can run is for `build-graph.ts` to say.
 */
import { WhittleError } from '../../lib/errors';
import { isObject, type JsonObject } from '../json';
import { normalizeCall, refOf } from './normalize-arguments';
import { normalizeClassName, normalizeConfig } from './normalize-config';
import { rebaseCalls } from './rebase-calls';
import { type Call, type Generation, type LayerTopology, type ModelTopology, type NamedRef, TensorRef } from './topology';

/** Models inside models; people nest two or three. */
const LARGEST_DEPTH = 32;

/** `model` is `{class_name, config}`. FormatError: it is no model, or its parts do not fit. UnsupportedError: a model class of someone's own. */
export function normalizeModel(model: unknown, generation: Generation): ModelTopology {
  if (!isObject(model) || typeof model.class_name !== 'string') {
    throw new WhittleError('FormatError', 'The topology names no model class, so it is no Keras model.');
  }
  return modelOf(model, generation, 0);
}

/** `layer` is `{class_name, config}` of a layer outside a model. */
export function normalizeLayer(layer: unknown, generation: Generation): LayerTopology {
  return layerOf(layer, generation, 0);
}

/** True for the JSON of a model, as against a layer's. */
export function isModelClass(className: unknown, config: unknown): boolean {
  const name = typeof className === 'string' ? normalizeClassName(className) : '';
  if (name === 'Sequential' || name === 'Functional') return true;
  return isObject(config) && Array.isArray(config.layers) && 'input_layers' in config && 'output_layers' in config;
}

function modelOf(model: JsonObject, generation: Generation, depth: number): ModelTopology {
  const className = normalizeClassName(String(model.class_name));
  if (depth > LARGEST_DEPTH) throw new WhittleError('FormatError', `Models are nested over ${LARGEST_DEPTH} deep.`);
  if (!isModelClass(className, model.config)) {
    throw new WhittleError(
      'UnsupportedError',
      `The model is of the class ${className}, whose code is not in the file. Whittle reads Sequential and Functional models; build the same layers with the functional API and save that.`,
    );
  }
  // Before TensorFlow 1.11 the config of a Sequential was the bare list of its layers.
  const config = Array.isArray(model.config) ? { layers: model.config } : isObject(model.config) ? model.config : {};
  const name = typeof config.name === 'string' ? config.name : className.toLowerCase();
  if (!Array.isArray(config.layers)) throw new WhittleError('FormatError', `The model "${name}" lists no layers.`);
  const layers = config.layers.map((layer: unknown) => layerOf(layer, generation, depth));
  const names = new Set(layers.map((layer) => layer.name));
  if (names.size !== layers.length) throw new WhittleError('FormatError', `The model "${name}" has two layers of one name.`);
  if (className === 'Sequential') return sequential(name, layers, config, model);
  const inputs = namedRefs(config.input_layers, name);
  const outputs = namedRefs(config.output_layers, name);
  return rebaseCalls({ name, className: 'Functional', layers, inputs, outputs }, generation);
}

function layerOf(layer: unknown, generation: Generation, depth: number): LayerTopology {
  if (!isObject(layer) || typeof layer.class_name !== 'string') {
    throw new WhittleError('FormatError', `A layer is described by ${JSON.stringify(layer)?.slice(0, 80)}, which names no class.`);
  }
  const className = normalizeClassName(layer.class_name);
  const raw = isObject(layer.config) ? layer.config : {};
  const name = [layer.name, raw.name].find((candidate) => typeof candidate === 'string') ?? className.toLowerCase();
  const isModel = isModelClass(className, layer.config);
  const config = isModel ? { name } : normalizeConfig(className, raw, generation);
  const calls = Array.isArray(layer.inbound_nodes) ? layer.inbound_nodes : [];
  return {
    name: String(name),
    className: isModel && className !== 'Sequential' ? 'Functional' : className,
    module: typeof layer.module === 'string' ? layer.module : '',
    registeredName: typeof layer.registered_name === 'string' ? layer.registered_name : null,
    config,
    calls: calls.map((call: unknown) => normalizeCall(call, `The layer "${name}"`)),
    model: isModel ? modelOf({ ...layer, class_name: className }, generation, depth + 1) : null,
    inner: innerLayers(className, raw, generation, depth + 1),
    sharedId: typeof layer.shared_object_id === 'number' ? layer.shared_object_id : null,
  };
}

/** The layers that a wrapper carries in its config. */
function innerLayers(className: string, config: JsonObject, generation: Generation, depth: number): LayerTopology[] {
  if (depth > LARGEST_DEPTH) throw new WhittleError('FormatError', `Layers are nested over ${LARGEST_DEPTH} deep.`);
  const described = innerConfigs(className, config);
  const inner = described.filter((layer) => layer !== undefined && layer !== null).map((layer) => layerOf(layer, generation, depth));
  return inner.flatMap((layer) => (layer.className === 'StackedRNNCells' ? layer.inner : [layer]));
}

function innerConfigs(className: string, config: JsonObject): readonly unknown[] {
  switch (className) {
    case 'TimeDistributed':
      return [config.layer];
    case 'Bidirectional':
      return [config.layer, config.backward_layer];
    case 'RNN':
      return [config.cell];
    case 'StackedRNNCells':
      return Array.isArray(config.cells) ? config.cells : [];
    default:
      return [];
  }
}

/** A chain: every layer is called once, on the one before it. */
function sequential(name: string, layers: readonly LayerTopology[], config: JsonObject, model: JsonObject): ModelTopology {
  const first = layers[0];
  if (!first) throw new WhittleError('FormatError', `The Sequential model "${name}" has no layers.`);
  const chain = first.className === 'InputLayer' ? [...layers] : [inputLayerFor(name, first, config, model), ...layers];
  const called = chain.map((layer, i) => {
    const calls: Call[] = i === 0 ? [] : [{ args: [new TensorRef(chain[i - 1]!.name, 0, 0)], kwargs: {} }];
    return { ...layer, calls };
  });
  const end = chain.at(-1)!.name;
  return {
    name,
    className: 'Sequential',
    layers: called,
    inputs: [{ name: chain[0]!.name, ref: new TensorRef(chain[0]!.name, 0, 0) }],
    outputs: [{ name: end, ref: new TensorRef(end, 0, 0) }],
  };
}

/** The first layer, or the model as built, tells the shape of the input that is not listed. */
function inputLayerFor(name: string, first: LayerTopology, config: JsonObject, model: JsonObject): LayerTopology {
  const build = isObject(model.build_config) ? model.build_config : {};
  const nested = first.model ? shapeOfInput(first.model) : undefined;
  const shape = first.config.batch_shape ?? nested?.batch_shape ?? config.build_input_shape ?? build.input_shape;
  if (!Array.isArray(shape)) {
    throw new WhittleError(
      'UnsupportedError',
      `The Sequential model "${name}" does not say the shape of its input. Call model.build(input_shape) before saving it.`,
    );
  }
  const dtype = nested?.dtype ?? (first.model ? 'float32' : first.config.dtype) ?? 'float32';
  const inputName = `${first.name}_input`;
  return {
    name: inputName,
    className: 'InputLayer',
    module: 'keras.layers',
    registeredName: null,
    config: { name: inputName, batch_shape: shape, dtype },
    calls: [],
    model: null,
    inner: [],
    sharedId: null,
  };
}

function shapeOfInput(model: ModelTopology): { batch_shape: unknown; dtype: unknown } | undefined {
  const layer = model.layers.find((candidate) => candidate.name === model.inputs[0]?.ref.layer);
  return layer && { batch_shape: layer.config.batch_shape, dtype: layer.config.dtype };
}

/** `["x", 0, 0]`, a list or a dictionary of them, nested; flattened in Keras's order. A dictionary's keys name its entries. */
function namedRefs(value: unknown, model: string): NamedRef[] {
  const convert = (entry: unknown, key: string | null): NamedRef[] => {
    const ref = refOf(entry);
    if (ref) return [{ name: key ?? ref.layer, ref }];
    if (Array.isArray(entry)) return entry.flatMap((item) => convert(item, null));
    if (isObject(entry)) return Object.keys(entry).sort().flatMap((name) => convert(entry[name], name));
    throw new WhittleError('FormatError', `The model "${model}" lists ${JSON.stringify(entry)?.slice(0, 60)} as an input or output.`);
  };
  const refs = convert(value, null);
  if (refs.length === 0) throw new WhittleError('FormatError', `The model "${model}" has no inputs or no outputs.`);
  return refs;
}

