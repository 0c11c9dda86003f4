/** A layer's config as a target takes it: only keys that both say something and are known there. */
import { isObject } from '../json';
import { KERAS_2_HARD_SIGMOID } from '../keras-layers/normalize-config';
import type { LayerTopology } from '../keras-layers/topology';
import type { Target } from './target';

type Config = Record<string, unknown>;

/** Of other generations, of training only, or described elsewhere in the file. */
const DROPPED = new Set([
  'batch_shape', 'batch_input_shape', 'layer', 'backward_layer', 'cell', 'cells', 'seed', 'implementation', 'time_major', 'unit_forget_bias',
  'quantization_config', 'autocast', 'build_config', 'build_input_shape', 'renorm', 'renorm_clipping', 'renorm_momentum', 'synchronized', 'fused',
  'virtual_batch_size', 'adjustment', 'lora_rank', 'lora_alpha', 'flash_attention', 'input_length', 'input_spec', 'num_constants', 'activity_regularizer',
  'optional', 'sparse', 'ragged', 'dtype', 'name', 'rng_type', 'query_shape', 'key_shape', 'value_shape', 'softmax_robust_masking',
]);

/** Settings of one generation only, which say nothing at this value. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  use_gate: false,
  keepdims: false,
  rms_scaling: false,
  zero_output_for_mask: false,
  pad_to_aspect_ratio: false,
  crop_to_aspect_ratio: false,
  antialias: false,
  fill_value: 0,
  stateful: false,
  unroll: false,
  invert: false,
  // Keras 3 takes the name for that of an operation when it opens an .h5.
  score_mode: 'dot',
  dropout: 0,
  recurrent_dropout: 0,
};

/** Null is a setting here, and not the usual one. */
const MEANT_NULLS: Readonly<Record<string, readonly string[]>> = { Bidirectional: ['merge_mode'], Normalization: ['axis'] };
/** Keras 2's preprocessing has no data format. */
const NO_DATA_FORMAT = /^(Resizing|CenterCrop|Random\w+|Rescaling)$/;

/** The config without `name`, `dtype` and the layers within, which the writers add in their own way. */
export function layerConfig(layer: LayerTopology, target: Target): Config {
  const config: Config = {};
  for (const [key, value] of Object.entries(layer.config)) {
    if (DROPPED.has(key) || key.endsWith('_initializer') || value === undefined) continue;
    if (value === null && !MEANT_NULLS[layer.className]?.includes(key)) continue;
    if (key === 'groups' && value === 1 && layer.className.includes('Conv')) continue;
    if (key in DEFAULTS && DEFAULTS[key] === value) continue;
    if (key === 'data_format' && value === 'channels_last' && NO_DATA_FORMAT.test(layer.className)) continue;
    if (key.endsWith('_regularizer') || key.endsWith('_constraint')) {
      const plain = trainingPart(value, key, target);
      if (plain) config[key] = plain;
      continue;
    }
    config[key] = key === 'activation' || key === 'recurrent_activation' ? activationName(value, target) : value;
  }
  if (target.id !== 'keras') renameForKeras2(layer, config);
  return config;
}

/** Regularizers and constraints matter to those who train on in Python. */
function trainingPart(value: unknown, key: string, target: Target): Config | null {
  if (target.id === 'tfjs-layers' || !isObject(value) || typeof value.class_name !== 'string' || !isObject(value.config)) return null;
  if (typeof value.registered_name === 'string' && value.registered_name.includes('>')) return null;
  const plain = { class_name: value.class_name, config: value.config };
  const module = key.endsWith('_constraint') ? 'keras.constraints' : 'keras.regularizers';
  return target.id === 'keras' ? { module, ...plain, registered_name: null } : plain;
}

function activationName(value: unknown, target: Target): unknown {
  if (value === KERAS_2_HARD_SIGMOID) return 'hard_sigmoid';
  // Keras 2 and TensorFlow.js know it by its first name only.
  if (target.id !== 'keras' && value === 'silu') return 'swish';
  return value;
}

/** Settings that only Keras 3 has, at the values that change nothing. */
const ONLY_KERAS_3: Readonly<Record<string, Config>> = {
  ZeroPadding1D: { data_format: 'channels_last' },
  Resizing: { fill_mode: 'constant' },
  RandomContrast: { value_range: [0, 255] },
};

function renameForKeras2(layer: LayerTopology, config: Config): void {
  for (const [key, value] of Object.entries(ONLY_KERAS_3[layer.className] ?? {})) {
    if (JSON.stringify(config[key]) === JSON.stringify(value)) delete config[key];
  }
  if (layer.className === 'LeakyReLU' && 'negative_slope' in config) {
    config.alpha = config.negative_slope;
    delete config.negative_slope;
  }
}
