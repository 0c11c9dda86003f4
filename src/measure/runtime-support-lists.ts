/**
 * The operators that each runtime has kernels for, and where its makers say so. As of August 2026; newer
 * releases add some.
 */
export interface RuntimeList {
  readonly label: string;
  readonly source: string;
  readonly operators: ReadonlySet<string>;
}

/** What AllOpsResolver's parts register. */
export const microRuntime: RuntimeList = {
  label: 'TensorFlow Lite Micro',
  source: 'https://github.com/tensorflow/tflite-micro/blob/main/tensorflow/lite/micro/micro_mutable_op_resolver.h',
  operators: new Set([
    'ABS', 'ADD', 'ADD_N', 'ARG_MAX', 'ARG_MIN', 'ASSIGN_VARIABLE', 'AVERAGE_POOL_2D', 'BATCH_MATMUL', 'BATCH_TO_SPACE_ND',
    'BROADCAST_ARGS', 'BROADCAST_TO', 'CALL_ONCE', 'CAST', 'CEIL', 'CONCATENATION', 'CONV_2D', 'COS', 'CUMSUM', 'DEPTHWISE_CONV_2D',
    'DEPTH_TO_SPACE', 'DEQUANTIZE', 'DIV', 'DYNAMIC_UPDATE_SLICE', 'ELU', 'EMBEDDING_LOOKUP', 'EQUAL', 'EXP', 'EXPAND_DIMS', 'FILL',
    'FLOOR', 'FLOOR_DIV', 'FLOOR_MOD', 'FULLY_CONNECTED', 'GATHER', 'GATHER_ND', 'GREATER', 'GREATER_EQUAL', 'HARD_SWISH', 'IF',
    'L2_NORMALIZATION', 'L2_POOL_2D', 'LEAKY_RELU', 'LESS', 'LESS_EQUAL', 'LOG', 'LOGICAL_AND', 'LOGICAL_NOT', 'LOGICAL_OR', 'LOGISTIC',
    'LOG_SOFTMAX', 'MAXIMUM', 'MAX_POOL_2D', 'MEAN', 'MINIMUM', 'MIRROR_PAD', 'MUL', 'NEG', 'NOT_EQUAL', 'PACK', 'PAD', 'PADV2', 'PRELU',
    'QUANTIZE', 'READ_VARIABLE', 'REDUCE_ALL', 'REDUCE_MAX', 'REDUCE_MIN', 'RELU', 'RELU6', 'RESHAPE', 'RESIZE_BILINEAR',
    'RESIZE_NEAREST_NEIGHBOR', 'REVERSE_V2', 'ROUND', 'RSQRT', 'SELECT_V2', 'SHAPE', 'SIN', 'SLICE', 'SOFTMAX', 'SPACE_TO_BATCH_ND',
    'SPACE_TO_DEPTH', 'SPLIT', 'SPLIT_V', 'SQRT', 'SQUARE', 'SQUARED_DIFFERENCE', 'SQUEEZE', 'STRIDED_SLICE', 'SUB', 'SUM', 'SVDF', 'TANH',
    'TRANSPOSE', 'TRANSPOSE_CONV', 'UNIDIRECTIONAL_SEQUENCE_LSTM', 'UNPACK', 'VAR_HANDLE', 'WHILE', 'ZEROS_LIKE',
  ]),
};

/** What the compiler may map; what it leaves, and all behind it, runs on the processor. */
export const edgeTpuRuntime: RuntimeList = {
  label: 'Coral Edge TPU',
  source: 'https://coral.ai/docs/edgetpu/models-intro/#supported-operations',
  operators: new Set([
    'ADD', 'AVERAGE_POOL_2D', 'CONCATENATION', 'CONV_2D', 'DEPTHWISE_CONV_2D', 'EXPAND_DIMS', 'FULLY_CONNECTED', 'L2_NORMALIZATION',
    'LOGISTIC', 'UNIDIRECTIONAL_SEQUENCE_LSTM', 'MAXIMUM', 'MAX_POOL_2D', 'MEAN', 'MINIMUM', 'MUL', 'PACK', 'PAD', 'PRELU', 'QUANTIZE',
    'REDUCE_MAX', 'REDUCE_MIN', 'RELU', 'RELU6', 'RELU_N1_TO_1', 'RESHAPE', 'RESIZE_BILINEAR', 'RESIZE_NEAREST_NEIGHBOR', 'RSQRT', 'SLICE',
    'SOFTMAX', 'SPACE_TO_DEPTH', 'SPLIT', 'SQUARED_DIFFERENCE', 'SQUEEZE', 'STRIDED_SLICE', 'SUB', 'SUM', 'TANH', 'TRANSPOSE',
    'TRANSPOSE_CONV',
  ]),
};

/** What CheckGpuDelegateCompatibility knows; each has conditions of its own that only the delegate can tell. */
export const gpuRuntime: RuntimeList = {
  label: 'LiteRT on the GPU',
  source: 'https://github.com/google-ai-edge/LiteRT/blob/main/tflite/tools/versioning/gpu_compatibility.cc',
  operators: new Set([
    'ABS', 'ADD', 'ADD_N', 'ATAN2', 'AVERAGE_POOL_2D', 'BATCH_MATMUL', 'BITCAST', 'CAST', 'CEIL', 'CONCATENATION', 'CONV_2D', 'COS',
    'CUMSUM', 'DENSIFY', 'DEPTHWISE_CONV_2D', 'DEPTH_TO_SPACE', 'DEQUANTIZE', 'DIV', 'DYNAMIC_UPDATE_SLICE', 'ELU', 'EMBEDDING_LOOKUP',
    'EQUAL', 'EXP', 'FLOOR', 'FLOOR_DIV', 'FLOOR_MOD', 'FULLY_CONNECTED', 'GATHER', 'GELU', 'GREATER', 'GREATER_EQUAL', 'HARD_SWISH',
    'LEAKY_RELU', 'LESS', 'LESS_EQUAL', 'LOG', 'LOGICAL_AND', 'LOGICAL_NOT', 'LOGICAL_OR', 'LOGISTIC', 'LSTM', 'MAXIMUM', 'MAX_POOL_2D',
    'MEAN', 'MINIMUM', 'MIRROR_PAD', 'MUL', 'NEG', 'NOT_EQUAL', 'ONE_HOT', 'PACK', 'PAD', 'PADV2', 'POW', 'PRELU', 'QUANTIZE',
    'REDUCE_ALL', 'REDUCE_ANY', 'REDUCE_MAX', 'REDUCE_MIN', 'REDUCE_PROD', 'RELU', 'RELU6', 'RELU_N1_TO_1', 'RESHAPE', 'RESIZE_BILINEAR',
    'RESIZE_NEAREST_NEIGHBOR', 'REVERSE_V2', 'RIGHT_SHIFT', 'ROUND', 'RSQRT', 'SELECT', 'SELECT_V2', 'SIGN', 'SIN', 'SLICE', 'SOFTMAX',
    'SPACE_TO_DEPTH', 'SPLIT', 'SPLIT_V', 'SQRT', 'SQUARE', 'SQUARED_DIFFERENCE', 'STRIDED_SLICE', 'SUB', 'SUM', 'TANH', 'TILE', 'TOPK_V2',
    'TRANSPOSE', 'TRANSPOSE_CONV',
  ]),
};
