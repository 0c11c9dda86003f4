/**
 * The version of an operator that a file must name: the lowest whose kernel takes these types, shapes and options. After
 * TensorFlow Lite's op_version.cc and op_signature.cc, whose rules stand here in the order in which they are tried:
 * https://github.com/google-ai-edge/LiteRT/blob/main/tflite/converter/tools/versioning/op_version.cc
 */
import type { FlatOperator, FlatOptionValue, FlatTensor, TensorType } from './flat-model';
import { defaultOptions, optionsOfOperator } from './options-table';

/** Tensors are those of the operator's subgraph. */
export function versionOf(operator: Omit<FlatOperator, 'version'>, tensors: readonly FlatTensor[]): number {
  const rule = rules[operator.op];
  return rule === undefined ? 1 : rule(callOf(operator, tensors));
}

/** undefined: an optional input left out, or past the last. */
type Slot = FlatTensor | undefined;

interface Call {
  readonly inputs: readonly Slot[];
  readonly outputs: readonly Slot[];
  /** With defaults where the operator leaves an option out. */
  readonly option: (name: string) => FlatOptionValue | undefined;
}

type Rule = (call: Call) => number;
type Versions = Partial<Readonly<Record<TensorType, number>>>;

function callOf({ op, inputs, outputs, options }: Omit<FlatOperator, 'version'>, tensors: readonly FlatTensor[]): Call {
  const defaults = defaultOptions(optionsOfOperator(op)?.name ?? '');
  return {
    inputs: inputs.map((index) => tensors[index]),
    outputs: outputs.map((index) => tensors[index]),
    option: (name) => options?.fields[name] ?? defaults[name],
  };
}

const rankOf = (tensor: Slot): number => tensor?.shape?.length ?? 0;
const sizeOf = (tensor: Slot, axis: number): number | undefined => tensor?.shape?.[axis];
const scaleCount = (tensor: Slot): number => tensor?.quantization?.scale.length ?? 0;

/** By the type of one input; other types: 1. */
function byInput(versions: Versions, index = 0, otherwise = 1): Rule {
  return ({ inputs }) => versions[inputs[index]?.type ?? 'VARIANT'] ?? otherwise;
}

function typesAre({ inputs, outputs }: Call, first: TensorType, second: TensorType, output: TensorType): boolean {
  return inputs[0]?.type === first && inputs[1]?.type === second && outputs[0]?.type === output;
}

const isInt16Throughout = ({ inputs, outputs }: Call): boolean => inputs[0]?.type === 'INT16' && outputs[0]?.type === 'INT16';

/** Float activations over int8 weights, quantized while it runs. */
const isHybrid = (call: Call): boolean => typesAre(call, 'FLOAT32', 'INT8', 'FLOAT32');

/** Inputs of different shapes, one of them with more than 4 dimensions. */
function isWideBroadcast({ inputs }: Call): boolean {
  const [a, b] = inputs;
  return inputs.length >= 2 && a?.shape?.join() !== b?.shape?.join() && Math.max(...inputs.map(rankOf)) > 4;
}

const convolution: Rule = (call) => {
  const [input, weights] = call.inputs;
  if (typesAre(call, 'INT16', 'INT8', 'INT16') && call.option('quantizedBiasType')) return 8;
  if (rankOf(input) > 0 && sizeOf(input, 3) !== sizeOf(weights, 3)) return 6;
  if (typesAre(call, 'INT16', 'INT16', 'INT16')) return 4;
  if (typesAre(call, 'INT8', 'INT8', 'INT8')) return 3;
  if (typesAre(call, 'INT8', 'INT4', 'INT8')) return 7;
  if (isHybrid(call)) return scaleCount(weights) === sizeOf(weights, 0) ? 5 : 2;
  return 1;
};

const depthwiseConvolution: Rule = (call) => {
  const weights = call.inputs[1];
  if (typesAre(call, 'INT16', 'INT16', 'INT16')) return 5;
  if (isHybrid(call)) return scaleCount(weights) === sizeOf(weights, 3) ? 6 : 4;
  if (typesAre(call, 'INT8', 'INT8', 'INT8')) return 3;
  if (typesAre(call, 'INT8', 'INT4', 'INT8')) return 7;
  return call.option('dilationWFactor') !== 1 || call.option('dilationHFactor') !== 1 ? 2 : 1;
};

const fullyConnected: Rule = (call) => {
  const weights = call.inputs[1];
  if (weights?.type === 'INT2') return 14;
  if (typesAre(call, 'INT16', 'INT4', 'INT16')) return 13;
  if (isHybrid(call) && scaleCount(weights) === sizeOf(weights, 0)) return 12;
  if (typesAre(call, 'INT16', 'INT8', 'INT16') && call.option('quantizedBiasType')) return 11;
  if (weights?.sparsity) return 8;
  if (typesAre(call, 'INT16', 'INT16', 'INT16')) return 7;
  if (call.inputs.length === 2) return 6;
  if (call.option('keepNumDims')) return 5;
  if (typesAre(call, 'INT8', 'INT8', 'INT8')) return 4;
  if (typesAre(call, 'INT8', 'INT4', 'INT8')) return 10;
  if (isHybrid(call)) return call.option('asymmetricQuantizeInputs') ? 9 : 3;
  return call.option('weightsFormat') === 1 ? 2 : 1;
};

/** Inputs: output shape, weights, input, and perhaps a bias. */
const transposeConvolution: Rule = (call) => {
  if (typesAre(call, 'INT16', 'INT8', 'INT16') && call.option('quantizedBiasType')) return 5;
  if (call.option('fusedActivationFunction')) return 4;
  if (call.inputs.length === 4 && call.inputs[3]) return 3;
  return call.inputs[1]?.type === 'INT8' ? 2 : 1;
};

const addition: Rule = (call) => {
  const [input] = call.inputs;
  if (input?.type === 'FLOAT16') return 6;
  if (input?.type === 'INT16' && !input.quantization) return 5;
  if (input?.type === 'INT64') return 4;
  if (isInt16Throughout(call) && !call.option('potScaleInt16')) return 3;
  return input?.type === 'INT8' ? 2 : 1;
};

const subtraction: Rule = (call) => {
  const [input] = call.inputs;
  if (isInt16Throughout(call) && !call.option('potScaleInt16')) return 5;
  if (input?.type === 'INT64') return 4;
  if (isWideBroadcast(call)) return 3;
  return input?.type === 'INT8' ? 2 : 1;
};

const multiplication: Rule = ({ inputs, outputs }) => {
  const [a, b] = inputs;
  if (a?.type === 'FLOAT16') return 8;
  if ((a?.type === 'INT16' && !a.quantization && !b?.quantization) || a?.type === 'UINT32') return 7;
  if (a?.type === 'COMPLEX64') return 6;
  if (a?.type === 'INT64') return 5;
  if (a?.type === 'INT16') return 4;
  const [scaleA, scaleB, scale] = [a, b, outputs[0]].map((tensor) => tensor?.quantization?.scale[0]);
  // In single precision, as the converter divides.
  if (scaleA && scaleB && scale && Math.fround(Math.fround(scaleA * scaleB) / scale) >= 1) return 3;
  return a?.type === 'INT8' ? 2 : 1;
};

const extremum: Rule = (call) => {
  if (isInt16Throughout(call)) return 4;
  if (isWideBroadcast(call)) return 3;
  return call.inputs[0]?.type === 'INT8' ? 2 : 1;
};

const pooling: Rule = (call) => (isInt16Throughout(call) ? 3 : byInput({ INT8: 2 })(call));

const transpose: Rule = (call) => {
  const [input] = call.inputs;
  if (input?.type === 'FLOAT16') return 9;
  if (rankOf(input) > 6 || input?.type === 'BFLOAT16') return 8;
  if (input?.type === 'INT4') return 7;
  if (rankOf(input) > 5) return 6;
  if (input?.type === 'INT16') return 5;
  return rankOf(input) > 4 ? 4 : byInput({ BOOL: 3, INT8: 2 })(call);
};

const slice: Rule = (call) => {
  const early = byInput({ FLOAT16: 8, INT4: 7, UINT32: 6 }, 0, 0)(call);
  if (early > 0) return early;
  return rankOf(call.inputs[0]) > 4 ? 5 : byInput({ INT16: 4, STRING: 3, INT8: 2 })(call);
};

const stridedSlice: Rule = (call) => {
  const [input] = call.inputs;
  if (call.option('offset')) return 8;
  if (input?.type === 'UINT32') return 7;
  if (call.option('ellipsisMask') || call.option('newAxisMask')) return 6;
  if (input?.type === 'STRING') return 5;
  return rankOf(input) > 4 ? 4 : byInput({ BOOL: 3, INT8: 2 })(call);
};

const padding: Rule = (call) => {
  const [input] = call.inputs;
  if (input?.type === 'BOOL') return 5;
  return rankOf(input) > 4 ? 4 : byInput({ INT16: 3, INT8: 2 })(call);
};

const spaceAndBatch: Rule = (call) => {
  const [input] = call.inputs;
  if (input?.type === 'INT16') return 4;
  return rankOf(input) === 4 ? byInput({ INT8: 2 })(call) : 3;
};

const gather: Rule = (call) => {
  const [input, indices] = call.inputs;
  if (input?.type === 'INT4') return 7;
  if (indices?.type === 'INT16') return 6;
  return call.option('batchDims') ? 5 : byInput({ INT16: 4, BOOL: 3, INT8: 2 })(call);
};

const resizing = (options: readonly string[]): Rule => (call) => {
  if (call.inputs[0]?.type === 'INT16') return 4;
  return options.some((name) => call.option(name)) ? 3 : byInput({ INT8: 2 })(call);
};

const cast: Rule = ({ inputs, outputs }) => {
  const [from, to] = [inputs[0]?.type, outputs[0]?.type];
  const has = (...types: readonly TensorType[]): boolean => types.some((type) => type === from || type === to);
  if (has('INT2', 'UINT4')) return 8;
  if (has('BFLOAT16')) return 7;
  if (from === 'INT4' && to === 'FLOAT32') return 6;
  if (has('FLOAT64', 'FLOAT16')) return 5;
  if (has('UINT16')) return 4;
  if (has('INT8')) return 3;
  return has('UINT32') ? 2 : 1;
};

const isPerChannel = (tensor: Slot): boolean =>
  scaleCount(tensor) > 1 && scaleCount(tensor) === sizeOf(tensor, tensor?.quantization?.axis ?? 0);

const quantize: Rule = ({ inputs, outputs }) => {
  const has = (type: TensorType): boolean => inputs[0]?.type === type || outputs[0]?.type === type;
  if (has('UINT4')) return 5;
  if (has('INT4')) return 4;
  if (isPerChannel(outputs[0])) return 3;
  return outputs[0]?.type === 'INT16' ? 2 : 1;
};

const dequantize: Rule = (call) => {
  const [input] = call.inputs;
  if (input?.type === 'INT8') return isPerChannel(input) ? 5 : 2;
  return byInput({ UINT4: 8, INT2: 7, INT4: 6, INT16: 3, FLOAT16: 3 })(call);
};

const batchMatMul: Rule = (call) =>
  isHybrid(call) && call.option('asymmetricQuantizeInputs') ? 4 : byInput({ INT16: 3, INT8: 2 })(call);

const embeddingLookup: Rule = ({ inputs }) => {
  const table = inputs[1];
  if (table?.type === 'INT4' || (scaleCount(table) > 1 && scaleCount(table) === sizeOf(table, 0))) return 4;
  return table?.type === 'INT2' ? 5 : 1;
};

const sequenceLstm: Rule = (call) => {
  const [input, , weights] = call.inputs;
  const [output] = call.outputs;
  if (input?.type === 'INT16' && weights?.type === 'INT8' && output?.type === 'INT16') return 5;
  if (call.option('diagonalRecurrentTensors')) return 4;
  if (input?.type === 'FLOAT32' && weights?.type === 'INT8' && output?.type === 'FLOAT32') {
    return call.option('asymmetricQuantizeInputs') ? 3 : 2;
  }
  return 1;
};

const int8 = byInput({ INT8: 2 });
const int8AndInt16 = byInput({ INT8: 2, INT16: 3 });

/** An operator without a rule has version 1 alone. */
const rules: Readonly<Record<string, Rule>> = {
  CONV_2D: convolution, DEPTHWISE_CONV_2D: depthwiseConvolution, FULLY_CONNECTED: fullyConnected, TRANSPOSE_CONV: transposeConvolution,
  ADD: addition, SUB: subtraction, MUL: multiplication, DIV: (call) => (isWideBroadcast(call) ? 2 : 1), MAXIMUM: extremum, MINIMUM: extremum,
  AVERAGE_POOL_2D: pooling, MAX_POOL_2D: pooling, TRANSPOSE: transpose, SLICE: slice, STRIDED_SLICE: stridedSlice,
  PAD: padding, PADV2: padding, SPACE_TO_BATCH_ND: spaceAndBatch, BATCH_TO_SPACE_ND: spaceAndBatch, GATHER: gather,
  RESIZE_BILINEAR: resizing(['halfPixelCenters']), RESIZE_NEAREST_NEIGHBOR: resizing(['halfPixelCenters', 'alignCorners']),
  CAST: cast, QUANTIZE: quantize, DEQUANTIZE: dequantize, BATCH_MATMUL: batchMatMul, EMBEDDING_LOOKUP: embeddingLookup,
  UNIDIRECTIONAL_SEQUENCE_LSTM: sequenceLstm,
  TANH: (call) => (isInt16Throughout(call) ? 3 : int8(call)), LOGISTIC: (call) => (isInt16Throughout(call) ? 3 : int8(call)),
  RELU: byInput({ INT16: 3, INT8: 2, UINT8: 2 }),
  ABS: (call) => (call.inputs[0]?.type === 'INT16' && !call.inputs[0].quantization ? 4 : byInput({ INT32: 5, INT16: 3, INT8: 2, UINT8: 2 })(call)),
  MEAN: int8AndInt16, MIRROR_PAD: int8AndInt16, REDUCE_MAX: int8AndInt16, REDUCE_MIN: int8AndInt16, RELU6: int8AndInt16, RSQRT: int8AndInt16,
  SOFTMAX: byInput({ FLOAT16: 4, INT16: 3, INT8: 2 }), CONCATENATION: byInput({ FLOAT16: 6, INT4: 5, UINT32: 4, INT16: 3, INT8: 2 }),
  LEAKY_RELU: byInput({ INT16: 2 }), L2_NORMALIZATION: ({ outputs }) => (outputs[0]?.type === 'INT8' ? 2 : 1),
  PACK: byInput({ INT8: 2, INT16: 3, UINT32: 4 }), UNPACK: byInput({ INT8: 2, UINT8: 2, BOOL: 3, INT16: 4, FLOAT16: 5, BFLOAT16: 5 }),
  SPLIT: byInput({ INT16: 4, INT32: 3, INT8: 2 }, 1), SPLIT_V: int8, TILE: byInput({ INT8: 3, STRING: 2 }),
  SQUEEZE: byInput({ STRING: 2 }), BROADCAST_TO: byInput({ INT8: 3, INT16: 3 }, 0, 2), GELU: byInput({ FLOAT16: 3, INT8: 2, UINT8: 2 }),
  GATHER_ND: (call) => (call.inputs[1]?.type === 'INT16' ? 4 : byInput({ BOOL: 5, INT16: 3, STRING: 2 })(call)),
  FILL: byInput({ FLOAT16: 4, INT8: 3, INT16: 3, BOOL: 2, STRING: 2 }, 1), RANGE: byInput({ INT64: 2 }),
  ARG_MAX: byInput({ BOOL: 3, INT8: 2 }), ARG_MIN: byInput({ BOOL: 3, INT8: 2 }), REVERSE_V2: byInput({ INT8: 3, BOOL: 2 }),
  EQUAL: byInput({ INT16: 5, STRING: 3, INT8: 2 }), NOT_EQUAL: byInput({ INT16: 4, STRING: 3, INT8: 2 }),
  LESS: byInput({ INT16: 3, INT8: 2 }), GREATER_EQUAL: byInput({ INT16: 3, INT8: 2 }), GREATER: int8, LESS_EQUAL: int8,
  SELECT_V2: byInput({ UINT32: 2 }), SPACE_TO_DEPTH: int8, DEPTH_TO_SPACE: int8, SUM: int8, LOG_SOFTMAX: int8, SQUARED_DIFFERENCE: int8,
  EXP: byInput({ INT8: 2, INT16: 2 }), LOG: byInput({ INT8: 2, INT16: 2 }), SQRT: byInput({ INT8: 2, INT16: 2 }),
  REDUCE_PROD: byInput({ INT8: 2, INT16: 2 }), SIN: byInput({ FLOAT16: 2 }), COS: byInput({ FLOAT16: 2 }), SIGN: byInput({ INT32: 2 }),
  FLOOR_DIV: byInput({ INT16: 3, INT8: 3, FLOAT32: 2 }), FLOOR_MOD: byInput({ INT16: 2, INT8: 2 }), WHERE: byInput({ BOOL: 1 }, 0, 2),
};
