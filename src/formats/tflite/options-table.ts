/**
 * The operators' options: number in the union BuiltinOptions, then each field's id, type, and default. null: a table with
 * 64-bit numbers, which options here do not hold; no operator that Whittle computes has one.
 * Schema: https://github.com/google-ai-edge/LiteRT/blob/main/tflite/converter/schema/schema.fbs
 */
import type { FlatOptions } from './flat-model';
import { operatorNames, type ReferenceField, type ScalarField } from './schema';

export type OptionField = ScalarField | ReferenceField<'[int32]' | '[float32]' | 'string'>;

export interface OptionsTable {
  readonly name: string;
  /** In the union BuiltinOptions, or BuiltinOptions2 when `isSecond`. */
  readonly number: number;
  readonly isSecond: boolean;
  /** null: not described. */
  readonly fields: Readonly<Record<string, OptionField>> | null;
}

const rows: Readonly<Record<string, readonly [number: number, fields: Readonly<Record<string, OptionField>> | null]>> = {
  Conv2DOptions: [1, {
    padding: [0, 'int8', 0], strideW: [1, 'int32', 0], strideH: [2, 'int32', 0], fusedActivationFunction: [3, 'int8', 0],
    dilationWFactor: [4, 'int32', 1], dilationHFactor: [5, 'int32', 1], quantizedBiasType: [6, 'int8', 0],
  }],
  DepthwiseConv2DOptions: [2, {
    padding: [0, 'int8', 0], strideW: [1, 'int32', 0], strideH: [2, 'int32', 0], depthMultiplier: [3, 'int32', 0],
    fusedActivationFunction: [4, 'int8', 0], dilationWFactor: [5, 'int32', 1], dilationHFactor: [6, 'int32', 1],
  }],
  ConcatEmbeddingsOptions: [3, {
    numChannels: [0, 'int32', 0], numColumnsPerChannel: [1, '[int32]'], embeddingDimPerChannel: [2, '[int32]'],
  }],
  LSHProjectionOptions: [4, { type: [0, 'int8', 0] }],
  Pool2DOptions: [5, {
    padding: [0, 'int8', 0], strideW: [1, 'int32', 0], strideH: [2, 'int32', 0], filterWidth: [3, 'int32', 0],
    filterHeight: [4, 'int32', 0], fusedActivationFunction: [5, 'int8', 0],
  }],
  SVDFOptions: [6, { rank: [0, 'int32', 0], fusedActivationFunction: [1, 'int8', 0], asymmetricQuantizeInputs: [2, 'bool', false] }],
  RNNOptions: [7, { fusedActivationFunction: [0, 'int8', 0], asymmetricQuantizeInputs: [1, 'bool', false] }],
  FullyConnectedOptions: [8, {
    fusedActivationFunction: [0, 'int8', 0], weightsFormat: [1, 'int8', 0], keepNumDims: [2, 'bool', false],
    asymmetricQuantizeInputs: [3, 'bool', false], quantizedBiasType: [4, 'int8', 0],
  }],
  SoftmaxOptions: [9, { beta: [0, 'float32', 0] }],
  ConcatenationOptions: [10, { axis: [0, 'int32', 0], fusedActivationFunction: [1, 'int8', 0] }],
  AddOptions: [11, { fusedActivationFunction: [0, 'int8', 0], potScaleInt16: [1, 'bool', true] }],
  L2NormOptions: [12, { fusedActivationFunction: [0, 'int8', 0] }],
  LocalResponseNormalizationOptions: [13, {
    radius: [0, 'int32', 0], bias: [1, 'float32', 0], alpha: [2, 'float32', 0], beta: [3, 'float32', 0],
  }],
  LSTMOptions: [14, {
    fusedActivationFunction: [0, 'int8', 0], cellClip: [1, 'float32', 0], projClip: [2, 'float32', 0], kernelType: [3, 'int8', 0],
    asymmetricQuantizeInputs: [4, 'bool', false],
  }],
  ResizeBilinearOptions: [15, { alignCorners: [2, 'bool', false], halfPixelCenters: [3, 'bool', false] }],
  CallOptions: [16, { subgraph: [0, 'uint32', 0] }],
  ReshapeOptions: [17, { newShape: [0, '[int32]'] }],
  SkipGramOptions: [18, { ngramSize: [0, 'int32', 0], maxSkipSize: [1, 'int32', 0], includeAllNgrams: [2, 'bool', false] }],
  SpaceToDepthOptions: [19, { blockSize: [0, 'int32', 0] }],
  EmbeddingLookupSparseOptions: [20, { combiner: [0, 'int8', 0] }],
  MulOptions: [21, { fusedActivationFunction: [0, 'int8', 0] }],
  PadOptions: [22, {}],
  GatherOptions: [23, { axis: [0, 'int32', 0], batchDims: [1, 'int32', 0] }],
  BatchToSpaceNDOptions: [24, {}],
  SpaceToBatchNDOptions: [25, {}],
  TransposeOptions: [26, {}],
  ReducerOptions: [27, { keepDims: [0, 'bool', false] }],
  SubOptions: [28, { fusedActivationFunction: [0, 'int8', 0], potScaleInt16: [1, 'bool', true] }],
  DivOptions: [29, { fusedActivationFunction: [0, 'int8', 0] }],
  SqueezeOptions: [30, { squeezeDims: [0, '[int32]'] }],
  SequenceRNNOptions: [31, {
    timeMajor: [0, 'bool', false], fusedActivationFunction: [1, 'int8', 0], asymmetricQuantizeInputs: [2, 'bool', false],
  }],
  StridedSliceOptions: [32, {
    beginMask: [0, 'int32', 0], endMask: [1, 'int32', 0], ellipsisMask: [2, 'int32', 0], newAxisMask: [3, 'int32', 0],
    shrinkAxisMask: [4, 'int32', 0], offset: [5, 'bool', false],
  }],
  ExpOptions: [33, {}],
  TopKV2Options: [34, {}],
  SplitOptions: [35, { numSplits: [0, 'int32', 0] }],
  LogSoftmaxOptions: [36, {}],
  CastOptions: [37, { inDataType: [0, 'int8', 0], outDataType: [1, 'int8', 0] }],
  DequantizeOptions: [38, {}],
  MaximumMinimumOptions: [39, {}],
  ArgMaxOptions: [40, { outputType: [0, 'int8', 0] }],
  LessOptions: [41, {}],
  NegOptions: [42, {}],
  PadV2Options: [43, {}],
  GreaterOptions: [44, {}],
  GreaterEqualOptions: [45, {}],
  LessEqualOptions: [46, {}],
  SelectOptions: [47, {}],
  SliceOptions: [48, {}],
  TransposeConvOptions: [49, {
    padding: [0, 'int8', 0], strideW: [1, 'int32', 0], strideH: [2, 'int32', 0], fusedActivationFunction: [3, 'int8', 0],
    quantizedBiasType: [4, 'int8', 0],
  }],
  SparseToDenseOptions: [50, { validateIndices: [0, 'bool', false] }],
  TileOptions: [51, {}],
  ExpandDimsOptions: [52, {}],
  EqualOptions: [53, {}],
  NotEqualOptions: [54, {}],
  ShapeOptions: [55, { outType: [0, 'int8', 0] }],
  PowOptions: [56, {}],
  ArgMinOptions: [57, { outputType: [0, 'int8', 0] }],
  FakeQuantOptions: [58, { min: [0, 'float32', 0], max: [1, 'float32', 0], numBits: [2, 'int32', 0], narrowRange: [3, 'bool', false] }],
  PackOptions: [59, { valuesCount: [0, 'int32', 0], axis: [1, 'int32', 0] }],
  LogicalOrOptions: [60, {}],
  OneHotOptions: [61, { axis: [0, 'int32', 0] }],
  LogicalAndOptions: [62, {}],
  LogicalNotOptions: [63, {}],
  UnpackOptions: [64, { num: [0, 'int32', 0], axis: [1, 'int32', 0] }],
  FloorDivOptions: [65, {}],
  SquareOptions: [66, {}],
  ZerosLikeOptions: [67, {}],
  FillOptions: [68, {}],
  BidirectionalSequenceLSTMOptions: [69, {
    fusedActivationFunction: [0, 'int8', 0], cellClip: [1, 'float32', 0], projClip: [2, 'float32', 0], mergeOutputs: [3, 'bool', false],
    timeMajor: [4, 'bool', true], asymmetricQuantizeInputs: [5, 'bool', false],
  }],
  BidirectionalSequenceRNNOptions: [70, {
    timeMajor: [0, 'bool', false], fusedActivationFunction: [1, 'int8', 0], mergeOutputs: [2, 'bool', false],
    asymmetricQuantizeInputs: [3, 'bool', false],
  }],
  UnidirectionalSequenceLSTMOptions: [71, {
    fusedActivationFunction: [0, 'int8', 0], cellClip: [1, 'float32', 0], projClip: [2, 'float32', 0], timeMajor: [3, 'bool', false],
    asymmetricQuantizeInputs: [4, 'bool', false], diagonalRecurrentTensors: [5, 'bool', false],
  }],
  FloorModOptions: [72, {}],
  RangeOptions: [73, {}],
  ResizeNearestNeighborOptions: [74, { alignCorners: [0, 'bool', false], halfPixelCenters: [1, 'bool', false] }],
  LeakyReluOptions: [75, { alpha: [0, 'float32', 0] }],
  SquaredDifferenceOptions: [76, {}],
  MirrorPadOptions: [77, { mode: [0, 'int8', 0] }],
  AbsOptions: [78, {}],
  SplitVOptions: [79, { numSplits: [0, 'int32', 0] }],
  UniqueOptions: [80, { idxOutType: [0, 'int8', 2] }],
  ReverseV2Options: [81, {}],
  AddNOptions: [82, {}],
  GatherNdOptions: [83, {}],
  CosOptions: [84, {}],
  WhereOptions: [85, {}],
  RankOptions: [86, {}],
  ReverseSequenceOptions: [87, { seqDim: [0, 'int32', 0], batchDim: [1, 'int32', 0] }],
  MatrixDiagOptions: [88, {}],
  QuantizeOptions: [89, {}],
  MatrixSetDiagOptions: [90, {}],
  HardSwishOptions: [91, {}],
  IfOptions: [92, { thenSubgraphIndex: [0, 'int32', 0], elseSubgraphIndex: [1, 'int32', 0] }],
  WhileOptions: [93, { condSubgraphIndex: [0, 'int32', 0], bodySubgraphIndex: [1, 'int32', 0] }],
  DepthToSpaceOptions: [94, { blockSize: [0, 'int32', 0] }],
  NonMaxSuppressionV4Options: [95, {}],
  NonMaxSuppressionV5Options: [96, {}],
  ScatterNdOptions: [97, {}],
  SelectV2Options: [98, {}],
  DensifyOptions: [99, {}],
  SegmentSumOptions: [100, {}],
  BatchMatMulOptions: [101, { adjX: [0, 'bool', false], adjY: [1, 'bool', false], asymmetricQuantizeInputs: [2, 'bool', false] }],
  CumsumOptions: [102, { exclusive: [0, 'bool', false], reverse: [1, 'bool', false] }],
  CallOnceOptions: [103, { initSubgraphIndex: [0, 'int32', 0] }],
  BroadcastToOptions: [104, {}],
  Rfft2dOptions: [105, {}],
  Conv3DOptions: [106, {
    padding: [0, 'int8', 0], strideD: [1, 'int32', 0], strideW: [2, 'int32', 0], strideH: [3, 'int32', 0],
    fusedActivationFunction: [4, 'int8', 0], dilationDFactor: [5, 'int32', 1], dilationWFactor: [6, 'int32', 1],
    dilationHFactor: [7, 'int32', 1],
  }],
  HashtableOptions: [107, { tableId: [0, 'int32', 0], keyDtype: [1, 'int8', 0], valueDtype: [2, 'int8', 0] }],
  HashtableFindOptions: [108, {}],
  HashtableImportOptions: [109, {}],
  HashtableSizeOptions: [110, {}],
  VarHandleOptions: [111, { container: [0, 'string'], sharedName: [1, 'string'] }],
  ReadVariableOptions: [112, {}],
  AssignVariableOptions: [113, {}],
  RandomOptions: [114, null],
  BucketizeOptions: [115, { boundaries: [0, '[float32]'] }],
  GeluOptions: [116, { approximate: [0, 'bool', false] }],
  DynamicUpdateSliceOptions: [117, {}],
  UnsortedSegmentProdOptions: [118, {}],
  UnsortedSegmentMaxOptions: [119, {}],
  UnsortedSegmentMinOptions: [120, {}],
  UnsortedSegmentSumOptions: [121, {}],
  ATan2Options: [122, {}],
  SignOptions: [123, {}],
  BitcastOptions: [124, {}],
  BitwiseXorOptions: [125, {}],
  RightShiftOptions: [126, {}],
};

/** BuiltinOptions2 in order of their numbers, from 1: those of StableHLO and of two newer operators; not described. */
const secondNames: readonly string[] = [
  'StablehloConcatenateOptions', 'StablehloBroadcastInDimOptions', 'StablehloSliceOptions', 'StablehloConvolutionOptions',
  'StablehloCustomCallOptions', 'StablehloReduceOptions', 'StablehloScatterOptions', 'StablehloCompareOptions',
  'StablehloDynamicSliceOptions', 'StablehloPadOptions', 'StablehloIotaOptions', 'StablehloDotGeneralOptions',
  'StablehloReduceWindowOptions', 'StablehloSortOptions', 'StablehloWhileOptions', 'StablehloGatherOptions', 'StablehloTransposeOptions',
  'DilateOptions', 'StablehloRngBitGeneratorOptions', 'ReduceWindowOptions', 'StableHLOCompositeOptions', 'StablehloShiftLeftOptions',
  'StablehloCaseOptions',
];

const optionTables: readonly OptionsTable[] = [
  ...Object.entries(rows).map(([name, [number, fields]]) => ({ name, number, isSecond: false, fields })),
  ...secondNames.map((name, index) => ({ name, number: index + 1, isSecond: true, fields: null })),
];

const byName: ReadonlyMap<string, OptionsTable> = new Map(optionTables.map((table) => [table.name, table]));
const byNumber: ReadonlyMap<string, OptionsTable> = new Map(optionTables.map((table) => [numberKey(table.number, table.isSecond), table]));

export function findOptionsTable(name: string): OptionsTable | undefined {
  return byName.get(name);
}

export function optionsTableOf(number: number, isSecond: boolean): OptionsTable | undefined {
  return byNumber.get(numberKey(number, isSecond));
}

/** The table that an operator's options are in; undefined: it has none, as RELU. */
export function optionsOfOperator(op: string): OptionsTable | undefined {
  return byOperator.get(op);
}

/** Every option with its default: what a file without them means. Vectors and texts: empty. */
export function defaultOptions(table: string): FlatOptions['fields'] {
  const fields = byName.get(table)?.fields ?? {};
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.length === 3 ? field[2] : field[1] === 'string' ? '' : []]));
}

/** Where an operator's options are not called as the operator is. */
const namedOtherwise: Readonly<Record<string, string>> = {
  AVERAGE_POOL_2D: 'Pool2DOptions', MAX_POOL_2D: 'Pool2DOptions', L2_POOL_2D: 'Pool2DOptions', L2_NORMALIZATION: 'L2NormOptions',
  MAXIMUM: 'MaximumMinimumOptions', MINIMUM: 'MaximumMinimumOptions', MEAN: 'ReducerOptions', SUM: 'ReducerOptions',
  REDUCE_MAX: 'ReducerOptions', REDUCE_MIN: 'ReducerOptions', REDUCE_PROD: 'ReducerOptions', REDUCE_ANY: 'ReducerOptions',
  REDUCE_ALL: 'ReducerOptions', UNIDIRECTIONAL_SEQUENCE_RNN: 'SequenceRNNOptions', CONV_3D_TRANSPOSE: 'Conv3DOptions',
  RANDOM_STANDARD_NORMAL: 'RandomOptions', RANDOM_UNIFORM: 'RandomOptions', MULTINOMIAL: 'RandomOptions',
};

const byOperator: ReadonlyMap<string, OptionsTable> = new Map(
  operatorNames.flatMap((op): readonly (readonly [string, OptionsTable])[] => {
    const words = op.replaceAll('_', '').toLowerCase();
    const table = byName.get(namedOtherwise[op] ?? '') ?? optionTables.find(({ name }) => name.toLowerCase() === `${words}options`);
    return table === undefined ? [] : [[op, table]];
  }),
);

function numberKey(number: number, isSecond: boolean): string {
  return `${isSecond ? 2 : 1}:${number}`;
}
