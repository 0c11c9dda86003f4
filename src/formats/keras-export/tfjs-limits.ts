/** What TensorFlow.js's layers (tfjs-layers 4.22) lack of Keras's: by class, by setting, by value. */
import type { LayerTopology } from '../keras-layers/topology';

const CLASSES = new Set([
  'InputLayer', 'Dense', 'Activation', 'Embedding', 'Masking', 'Flatten', 'Reshape', 'RepeatVector', 'Permute', 'Dropout', 'SpatialDropout1D',
  'GaussianNoise', 'GaussianDropout', 'AlphaDropout', 'Conv1D', 'Conv2D', 'Conv3D', 'Conv2DTranspose', 'Conv3DTranspose', 'SeparableConv2D',
  'DepthwiseConv2D', 'Cropping2D', 'UpSampling2D', 'ZeroPadding2D', 'AveragePooling1D', 'AveragePooling2D', 'AveragePooling3D', 'MaxPooling1D',
  'MaxPooling2D', 'MaxPooling3D', 'GlobalAveragePooling1D', 'GlobalAveragePooling2D', 'GlobalMaxPooling1D', 'GlobalMaxPooling2D', 'SimpleRNN', 'GRU',
  'LSTM', 'ConvLSTM2D', 'Bidirectional', 'TimeDistributed', 'BatchNormalization', 'LayerNormalization', 'Add', 'Multiply', 'Average', 'Maximum',
  'Minimum', 'Concatenate', 'Dot', 'ReLU', 'LeakyReLU', 'PReLU', 'ELU', 'Softmax', 'ThresholdedReLU', 'Rescaling',
]);

const ACTIVATIONS = new Set([
  'linear', 'elu', 'selu', 'relu', 'relu6', 'sigmoid', 'hard_sigmoid_keras2', 'softplus', 'softsign', 'tanh', 'softmax', 'log_softmax', 'gelu', 'mish',
  'swish', 'silu',
]);

/** What a layer is called on. */
export interface CallFacts {
  /** Dimensions of its first input; null when unknown. */
  readonly rank: number | null;
}

/** The end of a sentence that begins with the layer; null: TensorFlow.js has it. */
export function tfjsLimit(layer: LayerTopology, call: CallFacts): string | null {
  const { className, config } = layer;
  if (!CLASSES.has(className)) return 'is a layer that TensorFlow.js does not have';
  for (const key of ['activation', 'recurrent_activation']) {
    const activation = config[key];
    if (activation !== undefined && !(typeof activation === 'string' && ACTIVATIONS.has(activation))) {
      return `uses the activation ${JSON.stringify(activation)}, which TensorFlow.js's layers do not have`;
    }
  }
  if (config.data_format === 'channels_first') return 'has its channels first, which TensorFlow.js\'s layers do not run';
  const own = settingLimit(layer, call);
  if (own) return own;
  for (const inner of layer.inner) {
    const limit = tfjsLimit(inner, { rank: null });
    if (limit) return limit;
  }
  if (layer.inner.some((inner) => inner.model)) return 'wraps a model, which Whittle does not write for TensorFlow.js';
  return null;
}

function settingLimit(layer: LayerTopology, { rank }: CallFacts): string | null {
  const { className, config } = layer;
  const isAll = (value: unknown, wanted: number): boolean => [value].flat().every((item) => item === undefined || item === wanted);
  switch (className) {
    case 'Conv1D':
      if (config.padding === 'causal') return 'pads the past only, which TensorFlow.js does not run';
      return isAll(config.groups, 1) ? null : 'has groups, which TensorFlow.js\'s convolutions do not have';
    case 'DepthwiseConv2D':
      return isAll(config.dilation_rate, 1) ? null : 'is dilated, which TensorFlow.js leaves out in depthwise convolutions';
    case 'Flatten':
      return rank !== null && rank < 3 ? 'has nothing to flatten, which TensorFlow.js refuses' : null;
    case 'Concatenate':
      return typeof config.axis === 'number' && config.axis < -1 ? 'counts its axis from the end, which TensorFlow.js gets wrong' : null;
    case 'ELU':
      return isAll(config.alpha, 1) ? null : 'has another alpha than 1, which the ELU of TensorFlow.js has not';
    case 'Bidirectional':
      return turnsOneLayer(layer) ? null : 'has a backward layer of its own, which TensorFlow.js does not have';
    case 'Conv2D':
    case 'Conv3D':
      if (!isAll(config.groups, 1)) return 'has groups, which TensorFlow.js\'s convolutions do not have';
      return className === 'Conv3D' && !isAll(config.dilation_rate, 1) ? 'is dilated in three dimensions, which TensorFlow.js does not run' : null;
    case 'Conv2DTranspose':
    case 'Conv3DTranspose':
      if (!isAll(config.dilation_rate, 1)) return 'is dilated, which TensorFlow.js\'s transposed convolutions are not';
      return config.output_padding === undefined || config.output_padding === null ? null : 'has output padding, which TensorFlow.js does not have';
    case 'GRU':
      return config.reset_after === false ? null : 'resets after the product (reset_after), which the GRU of TensorFlow.js does not do';
    case 'GlobalAveragePooling1D':
    case 'GlobalAveragePooling2D':
    case 'GlobalMaxPooling1D':
    case 'GlobalMaxPooling2D':
      return config.keepdims === true ? 'keeps the dimensions, which TensorFlow.js\'s global pooling does not' : null;
    case 'UpSampling2D':
      return config.interpolation === 'bilinear' ? 'interpolates, which TensorFlow.js does at other points than Keras' : null;
    case 'Rescaling':
      return typeof config.scale === 'number' && (config.offset === undefined || typeof config.offset === 'number')
        ? null
        : 'scales each channel by its own number; TensorFlow.js takes one for all';
    case 'ReLU':
      return isAll(config.negative_slope ?? 0, 0) && isAll(config.threshold ?? 0, 0) ? null : 'has a slope or a threshold, which the ReLU of TensorFlow.js has not';
    case 'Softmax':
      return isLastAxis(config.axis, rank) ? null : 'runs over another axis than the last, which TensorFlow.js does not';
    case 'BatchNormalization':
      if (rank !== null && rank > 4) return `normalizes ${rank} dimensions, of which TensorFlow.js takes four`;
      return isLastAxis(config.axis, rank) ? null : 'normalizes another axis than the last, which TensorFlow.js gets wrong';
    case 'LayerNormalization':
      return config.rms_scaling === true ? 'takes no mean off, which TensorFlow.js always does' : null;
    case 'LSTM':
    case 'SimpleRNN':
    case 'ConvLSTM2D':
      return config.zero_output_for_mask === true ? 'gives zeros at masked steps, which TensorFlow.js does not' : null;
    default:
      return null;
  }
}

function isLastAxis(axis: unknown, rank: number | null): boolean {
  return axis === undefined || axis === -1 || (rank !== null && axis === rank - 1);
}

/** TensorFlow.js makes the backward layer of the forward one; Keras 3 always writes both. */
function turnsOneLayer({ inner }: LayerTopology): boolean {
  const [forward, backward] = inner;
  if (!backward) return true;
  const comparable = (layer: LayerTopology): string => {
    const { name: _name, go_backwards: _direction, ...config } = layer.config;
    return `${layer.className} ${JSON.stringify(Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1)))}`;
  };
  return comparable(forward!) === comparable(backward) && (forward!.config.go_backwards === true) !== (backward.config.go_backwards === true);
}

/** Layers that TensorFlow.js hands a mask to, and that then do as Keras does. */
const MASKED = new Set(['LSTM', 'GRU', 'SimpleRNN']);

/** The same for a layer that reads the mask of its input. */
export function tfjsMaskLimit(layer: LayerTopology): string | null {
  return MASKED.has(layer.className) ? null : 'reads the mask of its input, which TensorFlow.js handles in another way';
}
