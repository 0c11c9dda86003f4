/**
 * The schema's numbers and names: operators, enums, and the fields of the tables around them (those of options are in
 * `options-table.ts`). Schema: https://github.com/google-ai-edge/LiteRT/blob/main/tflite/converter/schema/schema.fbs
 */
import { tensorTypes, type TensorType } from './flat-model';

/** BuiltinOperator, by number. */
export const operatorNames: readonly string[] = [
  'ADD', 'AVERAGE_POOL_2D', 'CONCATENATION', 'CONV_2D', 'DEPTHWISE_CONV_2D', 'DEPTH_TO_SPACE', 'DEQUANTIZE', 'EMBEDDING_LOOKUP', 'FLOOR',
  'FULLY_CONNECTED', 'HASHTABLE_LOOKUP', 'L2_NORMALIZATION', 'L2_POOL_2D', 'LOCAL_RESPONSE_NORMALIZATION', 'LOGISTIC', 'LSH_PROJECTION',
  'LSTM', 'MAX_POOL_2D', 'MUL', 'RELU', 'RELU_N1_TO_1', 'RELU6', 'RESHAPE', 'RESIZE_BILINEAR', 'RNN', 'SOFTMAX', 'SPACE_TO_DEPTH', 'SVDF',
  'TANH', 'CONCAT_EMBEDDINGS', 'SKIP_GRAM', 'CALL', 'CUSTOM', 'EMBEDDING_LOOKUP_SPARSE', 'PAD', 'UNIDIRECTIONAL_SEQUENCE_RNN', 'GATHER',
  'BATCH_TO_SPACE_ND', 'SPACE_TO_BATCH_ND', 'TRANSPOSE', 'MEAN', 'SUB', 'DIV', 'SQUEEZE', 'UNIDIRECTIONAL_SEQUENCE_LSTM', 'STRIDED_SLICE',
  'BIDIRECTIONAL_SEQUENCE_RNN', 'EXP', 'TOPK_V2', 'SPLIT', 'LOG_SOFTMAX', 'DELEGATE', 'BIDIRECTIONAL_SEQUENCE_LSTM', 'CAST', 'PRELU',
  'MAXIMUM', 'ARG_MAX', 'MINIMUM', 'LESS', 'NEG', 'PADV2', 'GREATER', 'GREATER_EQUAL', 'LESS_EQUAL', 'SELECT', 'SLICE', 'SIN',
  'TRANSPOSE_CONV', 'SPARSE_TO_DENSE', 'TILE', 'EXPAND_DIMS', 'EQUAL', 'NOT_EQUAL', 'LOG', 'SUM', 'SQRT', 'RSQRT', 'SHAPE', 'POW',
  'ARG_MIN', 'FAKE_QUANT', 'REDUCE_PROD', 'REDUCE_MAX', 'PACK', 'LOGICAL_OR', 'ONE_HOT', 'LOGICAL_AND', 'LOGICAL_NOT', 'UNPACK',
  'REDUCE_MIN', 'FLOOR_DIV', 'REDUCE_ANY', 'SQUARE', 'ZEROS_LIKE', 'FILL', 'FLOOR_MOD', 'RANGE', 'RESIZE_NEAREST_NEIGHBOR', 'LEAKY_RELU',
  'SQUARED_DIFFERENCE', 'MIRROR_PAD', 'ABS', 'SPLIT_V', 'UNIQUE', 'CEIL', 'REVERSE_V2', 'ADD_N', 'GATHER_ND', 'COS', 'WHERE', 'RANK',
  'ELU', 'REVERSE_SEQUENCE', 'MATRIX_DIAG', 'QUANTIZE', 'MATRIX_SET_DIAG', 'ROUND', 'HARD_SWISH', 'IF', 'WHILE', 'NON_MAX_SUPPRESSION_V4',
  'NON_MAX_SUPPRESSION_V5', 'SCATTER_ND', 'SELECT_V2', 'DENSIFY', 'SEGMENT_SUM', 'BATCH_MATMUL', 'PLACEHOLDER_FOR_GREATER_OP_CODES',
  'CUMSUM', 'CALL_ONCE', 'BROADCAST_TO', 'RFFT2D', 'CONV_3D', 'IMAG', 'REAL', 'COMPLEX_ABS', 'HASHTABLE', 'HASHTABLE_FIND',
  'HASHTABLE_IMPORT', 'HASHTABLE_SIZE', 'REDUCE_ALL', 'CONV_3D_TRANSPOSE', 'VAR_HANDLE', 'READ_VARIABLE', 'ASSIGN_VARIABLE',
  'BROADCAST_ARGS', 'RANDOM_STANDARD_NORMAL', 'BUCKETIZE', 'RANDOM_UNIFORM', 'MULTINOMIAL', 'GELU', 'DYNAMIC_UPDATE_SLICE', 'RELU_0_TO_1',
  'UNSORTED_SEGMENT_PROD', 'UNSORTED_SEGMENT_MAX', 'UNSORTED_SEGMENT_SUM', 'ATAN2', 'UNSORTED_SEGMENT_MIN', 'SIGN', 'BITCAST',
  'BITWISE_XOR', 'RIGHT_SHIFT', 'STABLEHLO_LOGISTIC', 'STABLEHLO_ADD', 'STABLEHLO_DIVIDE', 'STABLEHLO_MULTIPLY', 'STABLEHLO_MAXIMUM',
  'STABLEHLO_RESHAPE', 'STABLEHLO_CLAMP', 'STABLEHLO_CONCATENATE', 'STABLEHLO_BROADCAST_IN_DIM', 'STABLEHLO_CONVOLUTION',
  'STABLEHLO_SLICE', 'STABLEHLO_CUSTOM_CALL', 'STABLEHLO_REDUCE', 'STABLEHLO_ABS', 'STABLEHLO_AND', 'STABLEHLO_COSINE',
  'STABLEHLO_EXPONENTIAL', 'STABLEHLO_FLOOR', 'STABLEHLO_LOG', 'STABLEHLO_MINIMUM', 'STABLEHLO_NEGATE', 'STABLEHLO_OR', 'STABLEHLO_POWER',
  'STABLEHLO_REMAINDER', 'STABLEHLO_RSQRT', 'STABLEHLO_SELECT', 'STABLEHLO_SUBTRACT', 'STABLEHLO_TANH', 'STABLEHLO_SCATTER',
  'STABLEHLO_COMPARE', 'STABLEHLO_CONVERT', 'STABLEHLO_DYNAMIC_SLICE', 'STABLEHLO_DYNAMIC_UPDATE_SLICE', 'STABLEHLO_PAD', 'STABLEHLO_IOTA',
  'STABLEHLO_DOT_GENERAL', 'STABLEHLO_REDUCE_WINDOW', 'STABLEHLO_SORT', 'STABLEHLO_WHILE', 'STABLEHLO_GATHER', 'STABLEHLO_TRANSPOSE',
  'DILATE', 'STABLEHLO_RNG_BIT_GENERATOR', 'REDUCE_WINDOW', 'STABLEHLO_COMPOSITE', 'STABLEHLO_SHIFT_LEFT', 'STABLEHLO_CBRT',
  'STABLEHLO_CASE',
];

const operatorCodes: ReadonlyMap<string, number> = new Map(operatorNames.map((name, code) => [name, code]));

/** undefined: the schema has no such operator. */
export function operatorCode(name: string): number | undefined {
  return operatorCodes.get(name);
}

const tensorTypeNames: ReadonlyMap<number, TensorType> = new Map(
  Object.entries(tensorTypes).map(([name, number]) => [number, name as TensorType]),
);

export function tensorTypeName(number: number): TensorType | undefined {
  return tensorTypeNames.get(number);
}

export const dimensionTypes = { DENSE: 0, SPARSE_CSR: 1 } as const;
export const quantizationDetails = { NONE: 0, CustomQuantization: 1, BlockwiseQuantization: 2 } as const;
/** The union SparseIndexVector, by number; 0: none. */
export const sparseIndexVectors = { Int32Vector: 1, Uint16Vector: 2, Uint8Vector: 3 } as const;

export type ScalarType = 'bool' | 'int8' | 'uint8' | 'int32' | 'uint32' | 'uint64' | 'float32';
export type VectorType = '[uint8]' | '[uint16]' | '[int32]' | '[int64]' | '[float32]';
export type ReferenceType = VectorType | 'string' | 'table' | '[table]';

/** The default of a scalar is what stands for a field that a file leaves out. */
export type ScalarField = readonly [id: number, type: ScalarType, absent: number | boolean];
export type ReferenceField<T extends ReferenceType = ReferenceType> = readonly [id: number, type: T];
export type Field = ScalarField | ReferenceField;

/** Fields by table; a union takes two, its number (...Type) and its value. */
export const fields = {
  Model: {
    version: [0, 'uint32', 0], operatorCodes: [1, '[table]'], subgraphs: [2, '[table]'], description: [3, 'string'],
    buffers: [4, '[table]'], metadata: [6, '[table]'], signatures: [7, '[table]'],
  },
  OperatorCode: { deprecatedCode: [0, 'int8', 0], customCode: [1, 'string'], version: [2, 'int32', 1], code: [3, 'int32', 0] },
  SubGraph: { tensors: [0, '[table]'], inputs: [1, '[int32]'], outputs: [2, '[int32]'], operators: [3, '[table]'], name: [4, 'string'] },
  Tensor: {
    shape: [0, '[int32]'], type: [1, 'int8', 0], buffer: [2, 'uint32', 0], name: [3, 'string'], quantization: [4, 'table'],
    isVariable: [5, 'bool', false], sparsity: [6, 'table'], shapeSignature: [7, '[int32]'], hasRank: [8, 'bool', false],
    externalBuffer: [10, 'uint32', 0],
  },
  QuantizationParameters: {
    min: [0, '[float32]'], max: [1, '[float32]'], scale: [2, '[float32]'], zeroPoint: [3, '[int64]'], detailsType: [4, 'uint8', 0],
    axis: [6, 'int32', 0],
  },
  Buffer: { data: [0, '[uint8]'], offset: [1, 'uint64', 0], size: [2, 'uint64', 0] },
  Operator: {
    opcode: [0, 'uint32', 0], inputs: [1, '[int32]'], outputs: [2, '[int32]'], optionsType: [3, 'uint8', 0], options: [4, 'table'],
    customOptions: [5, '[uint8]'], intermediates: [8, '[int32]'], largeCustomOffset: [9, 'uint64', 0], largeCustomSize: [10, 'uint64', 0],
    options2Type: [11, 'uint8', 0], options2: [12, 'table'],
  },
  Metadata: { name: [0, 'string'], buffer: [1, 'uint32', 0] },
  SignatureDef: { inputs: [0, '[table]'], outputs: [1, '[table]'], key: [2, 'string'], subgraph: [4, 'uint32', 0] },
  TensorMap: { name: [0, 'string'], tensor: [1, 'uint32', 0] },
  SparsityParameters: { traversalOrder: [0, '[int32]'], blockMap: [1, '[int32]'], dimensions: [2, '[table]'] },
  DimensionMetadata: {
    format: [0, 'int8', 0], denseSize: [1, 'int32', 0], segmentsType: [2, 'uint8', 0], segments: [3, 'table'], indicesType: [4, 'uint8', 0],
    indices: [5, 'table'],
  },
  Int32Vector: { values: [0, '[int32]'] },
  Uint16Vector: { values: [0, '[uint16]'] },
  Uint8Vector: { values: [0, '[uint8]'] },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Field>>>>;
