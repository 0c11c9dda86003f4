/** A layer's config with Keras 3's key names and plain values. */
import { isObject } from '../json';
import type { Generation } from './topology';

/**
 * What Keras 2 and TensorFlow.js mean by `hard_sigmoid`, clip(0.2 x + 0.5, 0, 1); Keras 3 means relu6(x + 3) / 6 by the
 * same name. A writer must translate it.
 */
export const KERAS_2_HARD_SIGMOID = 'hard_sigmoid_keras2';

const ACTIVATION_KEYS = ['activation', 'recurrent_activation'];

/** Other class names of a layer: older ones, and the class behind a public name. */
const CLASS_NAMES: Readonly<Record<string, string>> = {
  BatchNormalizationV1: 'BatchNormalization',
  BatchNormalizationV2: 'BatchNormalization',
  SyncBatchNormalization: 'BatchNormalization',
  LayerNormalizationV1: 'LayerNormalization',
  LSTMV2: 'LSTM',
  LSTMV1: 'LSTM',
  GRUV2: 'GRU',
  GRUV1: 'GRU',
  Convolution1D: 'Conv1D',
  Convolution2D: 'Conv2D',
  Convolution3D: 'Conv3D',
  Convolution2DTranspose: 'Conv2DTranspose',
  Deconvolution2D: 'Conv2DTranspose',
  SeparableConvolution1D: 'SeparableConv1D',
  SeparableConvolution2D: 'SeparableConv2D',
  GlobalAvgPool1D: 'GlobalAveragePooling1D',
  GlobalAvgPool2D: 'GlobalAveragePooling2D',
  GlobalMaxPool1D: 'GlobalMaxPooling1D',
  GlobalMaxPool2D: 'GlobalMaxPooling2D',
  AvgPool2D: 'AveragePooling2D',
  MaxPool1D: 'MaxPooling1D',
  MaxPool2D: 'MaxPooling2D',
  GroupQueryAttention: 'GroupedQueryAttention',
  Model: 'Functional',
  Network: 'Functional',
};

export function normalizeClassName(className: string): string {
  return Object.hasOwn(CLASS_NAMES, className) ? CLASS_NAMES[className]! : className;
}

export function normalizeConfig(
  className: string,
  config: Readonly<Record<string, unknown>>,
  generation: Generation,
): Record<string, unknown> {
  const normal: Record<string, unknown> = { ...config };
  if ('batch_input_shape' in normal) {
    normal.batch_shape ??= normal.batch_input_shape;
    delete normal.batch_input_shape;
  }
  if ('dtype' in normal) normal.dtype = dtypeName(normal.dtype);
  if (className === 'LeakyReLU' && 'alpha' in normal) {
    normal.negative_slope ??= normal.alpha;
    delete normal.alpha;
  }
  if (Array.isArray(normal.axis) && normal.axis.length === 1 && className === 'BatchNormalization') normal.axis = normal.axis[0];
  for (const key of ACTIVATION_KEYS) {
    if (!(key in normal)) continue;
    const plain = activationName(normal[key]);
    normal[key] = plain === 'hard_sigmoid' && generation === 'keras2' ? KERAS_2_HARD_SIGMOID : plain;
  }
  return normal;
}

/** The name of a policy: `float32`, `mixed_float16`. Quantized policies keep their class name in front. */
export function dtypeName(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!isObject(value)) return 'float32';
  const name = isObject(value.config) ? value.config.name : undefined;
  const plain = typeof name === 'string' ? name : 'float32';
  return typeof value.class_name === 'string' && value.class_name.startsWith('Quantized') ? `${value.class_name}:${plain}` : plain;
}

/** `relu` for a name or for one of Keras's own functions; anything else stays as it is. */
function activationName(value: unknown): unknown {
  if (value === null || value === undefined) return 'linear';
  if (!isObject(value)) return value;
  const isBuiltIn = typeof value.registered_name !== 'string' || !value.registered_name.includes('>');
  if (value.class_name === 'function' && typeof value.config === 'string' && isBuiltIn) return value.config;
  return value;
}
