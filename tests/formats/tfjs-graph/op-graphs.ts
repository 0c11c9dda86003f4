/** Every TensorFlow op that the reader maps, at least once; more where attributes make a difference. */
import { b, bytes, f, given, i, ints, list, type OpGraph, type Operand, s, scalar, texts, type, weight, x } from './op-graph';

const image = x([1, 6, 5, 3]);
const SAME = s('SAME');
const VALID = s('VALID');
const NHWC = s('NHWC');
const unit = list([1, 1, 1, 1]);
const conv = { strides: unit, padding: SAME, dilations: unit, data_format: NHWC };

const unary = (ops: readonly string[], operand: Operand): OpGraph[] => ops.map((op) => ({ op, operands: [operand] }));
const binary = (ops: readonly string[], a: Operand, c: Operand): OpGraph[] => ops.map((op) => ({ op, operands: [a, c] }));
const reduce = (ops: readonly string[]): OpGraph[] =>
  ops.flatMap((op): OpGraph[] => [
    { op, operands: [x([2, 3, 4]), ints([1])], attr: { keep_dims: b(false) } },
    { op, note: 'keeps dimensions', operands: [x([2, 3, 4]), ints([0, -1])], attr: { keep_dims: b(true) } },
  ]);

const convolutions: OpGraph[] = [
  { op: 'Conv2D', operands: [image, weight([3, 2, 3, 4])], attr: { ...conv, strides: list([1, 2, 1, 1]) } },
  { op: 'Conv2D', note: 'valid, dilated, bytes', operands: [image, weight([3, 2, 3, 4])], attr: { ...conv, padding: bytes('VALID'), dilations: list([1, 2, 2, 1]) } },
  {
    op: 'Conv2D', note: 'explicit padding', operands: [image, weight([3, 3, 3, 2])],
    attr: { ...conv, padding: s('EXPLICIT'), explicit_paddings: list([0, 0, 1, 2, 0, 1, 0, 0]) },
  },
  ...['Relu', 'Relu6', 'Elu', 'Sigmoid'].map((activation): OpGraph => ({
    op: '_FusedConv2D', note: activation, operands: [image, weight([3, 3, 3, 4]), weight([4])],
    attr: { ...conv, fused_ops: texts(['BiasAdd', activation]), num_args: i(1), epsilon: f(0) },
  })),
  { op: '_FusedConv2D', note: 'bias', operands: [image, weight([1, 1, 3, 4]), weight([4])], attr: { ...conv, fused_ops: texts(['BiasAdd']), num_args: i(1) } },
  {
    op: '_FusedConv2D', note: 'Prelu', operands: [image, weight([3, 3, 3, 4]), weight([4]), weight([1, 1, 4])],
    attr: { ...conv, fused_ops: texts(['BiasAdd', 'Prelu']), num_args: i(2) },
  },
  {
    op: '_FusedConv2D', note: 'LeakyRelu', operands: [image, weight([3, 3, 3, 4]), weight([4])],
    attr: { ...conv, fused_ops: texts(['BiasAdd', 'LeakyRelu']), num_args: i(1), leakyrelu_alpha: f(0.3) },
  },
  { op: 'DepthwiseConv2dNative', operands: [image, weight([3, 3, 3, 2])], attr: { ...conv, strides: list([1, 2, 2, 1]) } },
  { op: 'DepthwiseConv2d', operands: [image, weight([2, 2, 3, 1])], attr: { ...conv, padding: VALID } },
  {
    op: 'FusedDepthwiseConv2dNative', operands: [image, weight([3, 3, 3, 1]), weight([3])],
    attr: { ...conv, fused_ops: texts(['BiasAdd', 'Relu6']), num_args: i(1) },
  },
  { op: 'Conv1D', operands: [x([2, 7, 3]), weight([3, 3, 2])], attr: { stride: i(2), padding: SAME, dilation: i(1), data_format: s('NWC') } },
  {
    op: 'Conv3D', operands: [x([1, 4, 5, 4, 2]), weight([2, 3, 2, 2, 3])],
    attr: { strides: list([1, 1, 2, 1, 1]), padding: SAME, dilations: list([1, 1, 1, 1, 1]), data_format: s('NDHWC') },
  },
  ...[SAME, VALID].map((padding, k): OpGraph => ({
    op: 'Conv2DBackpropInput', note: k === 0 ? 'same' : 'valid', operands: [ints(k === 0 ? [1, 8, 6, 4] : [1, 9, 7, 4]), weight([3, 3, 4, 3]), x([1, 4, 3, 3])],
    attr: { strides: list([1, 2, 2, 1]), padding, data_format: NHWC },
  })),
  ...['MaxPool', 'AvgPool'].flatMap((op): OpGraph[] => [
    { op, operands: [image], attr: { ksize: list([1, 3, 2, 1]), strides: list([1, 2, 1, 1]), padding: SAME, data_format: NHWC } },
    { op, note: 'valid', operands: [image], attr: { ksize: list([1, 2, 2, 1]), strides: list([1, 2, 2, 1]), padding: VALID } },
  ]),
  ...['MaxPool3D', 'AvgPool3D'].map((op): OpGraph => ({
    op, operands: [x([1, 4, 4, 6, 2])], attr: { ksize: list([1, 2, 2, 3, 1]), strides: list([1, 2, 2, 3, 1]), padding: VALID, data_format: s('NDHWC') },
  })),
  { op: 'MaxPoolWithArgmax', operands: [image], attr: { ksize: list([1, 2, 2, 1]), strides: list([1, 2, 2, 1]), padding: VALID, include_batch_in_index: b(false) } },
];

const matrices: OpGraph[] = [
  { op: 'MatMul', operands: [x([2, 3]), weight([3, 4])] },
  { op: 'MatMul', note: 'transposed constant', operands: [x([2, 3]), weight([4, 3])], attr: { transpose_b: b(true) } },
  { op: 'MatMul', note: 'both run', operands: [x([3, 2]), x([4, 3])], attr: { transpose_a: b(true), transpose_b: b(true) } },
  ...['Relu', 'Relu6', 'Elu', 'Sigmoid'].map((activation): OpGraph => ({
    op: '_FusedMatMul', note: activation, operands: [x([2, 3]), weight([3, 4]), weight([4])], attr: { fused_ops: texts(['BiasAdd', activation]), num_args: i(1) },
  })),
  {
    op: '_FusedMatMul', note: 'two activations, Elu', operands: [x([2, 3]), x([3, 4]), weight([4])], attr: { fused_ops: texts(['BiasAdd', 'Elu']), num_args: i(1) },
  },
  {
    op: '_FusedMatMul', note: 'Prelu', operands: [x([2, 3]), weight([3, 4]), weight([4]), weight([4])], attr: { fused_ops: texts(['BiasAdd', 'Prelu']), num_args: i(2) },
  },
  { op: 'BatchMatMul', operands: [x([2, 3, 4]), x([2, 4, 2])] },
  { op: 'BatchMatMulV2', operands: [x([2, 3, 4]), x([1, 2, 4])], attr: { adj_y: b(true) } },
  { op: 'BatchMatMulV2', note: 'constant', operands: [x([2, 3, 4]), weight([4, 5])] },
  { op: 'Einsum', operands: [x([2, 3, 4]), x([2, 4, 5])], attr: { equation: s('bij,bjk->bik'), N: i(2) } },
  { op: 'Transpose', operands: [x([2, 3, 4]), ints([2, 0, 1])] },
];

const elementwise: OpGraph[] = [
  ...unary(
    ['Relu', 'Relu6', 'Elu', 'Selu', 'Sigmoid', 'Tanh', 'Softplus', 'Exp', 'Expm1', 'Square', 'Abs', 'Neg', 'Sign', 'Floor', 'Ceil', 'Round', 'Sin', 'Cos', 'Tan',
      'Atan', 'Sinh', 'Cosh', 'Asinh', 'Erf', 'ZerosLike', 'OnesLike', 'Identity', 'StopGradient', 'Snapshot', 'FakeQuantWithMinMaxVars'],
    x([2, 5]),
  ),
  ...unary(['Log', 'Log1p', 'Sqrt', 'Rsqrt', 'Reciprocal'], x([2, 5], 0.1, 3)),
  ...unary(['Asin', 'Acos', 'Atanh'], x([2, 5], -0.9, 0.9)),
  ...unary(['Acosh'], x([2, 5], 1.1, 3)),
  ...unary(['IsNan', 'IsInf', 'IsFinite'], given([4], [1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])),
  ...unary(['LogicalNot'], given([3], [1, 0, 1], 'bool')),
  ...binary(['Add', 'AddV2', 'Sub', 'Mul', 'Maximum', 'Minimum', 'SquaredDifference', 'Atan2', 'FloorMod', 'Mod'], x([2, 3, 4]), x([3, 4], 0.5, 2)),
  ...binary(['BiasAdd'], x([2, 3, 4]), weight([4])),
  ...binary(['RealDiv', 'Div', 'Pow'], x([2, 3], 0.5, 3), x([3], 0.5, 2)),
  ...binary(['FloorDiv'], given([4], [7, -7, 6, 1], 'int32'), given([4], [2, 2, 3, 4], 'int32')),
  ...binary(['DivNoNan'], x([3]), given([3], [0, 2, -1])),
  ...binary(['Equal', 'NotEqual', 'Less', 'LessEqual', 'Greater', 'GreaterEqual'], given([4], [1, 2, 3, 4]), given([4], [1, 3, 3, 2])),
  ...binary(['LogicalAnd', 'LogicalOr'], given([4], [1, 1, 0, 0], 'bool'), given([4], [1, 0, 1, 0], 'bool')),
  ...['Select', 'SelectV2'].map((op): OpGraph => ({ op, operands: [given([2, 3], [1, 0, 1, 0, 1, 1], 'bool'), x([2, 3]), x([2, 3], 3, 4)] })),
  { op: 'AddN', operands: [x([2, 3]), x([2, 3], 1, 2), x([2, 3], 3, 4)] },
  { op: 'LeakyRelu', operands: [x([2, 5])], attr: { alpha: f(0.1) } },
  { op: 'LeakyRelu', note: 'default', operands: [x([2, 5])] },
  { op: 'Prelu', operands: [x([2, 5]), weight([5])] },
  { op: 'ClipByValue', operands: [x([2, 5]), scalar(-0.5), scalar(1)] },
  { op: 'Cast', operands: [x([2, 5])], attr: { DstT: type('DT_INT32') } },
  { op: 'Cast', note: 'type by number', operands: [given([3], [1, 0, 2], 'int32')], attr: { DstT: type(1) } },
  { op: 'Cast', note: 'half', operands: [given([3], [1, 0, 2], 'int32')], attr: { DstT: type('DT_HALF') } },
];

const reductions: OpGraph[] = [
  ...reduce(['Mean', 'Sum', 'Prod', 'Max', 'Min']),
  ...['Any', 'All'].map((op): OpGraph => ({ op, operands: [given([2, 2], [1, 0, 1, 1], 'bool'), ints([1])], attr: { keep_dims: b(false) } })),
  ...['ArgMax', 'ArgMin'].map((op): OpGraph => ({ op, operands: [x([3, 4]), ints(1)] })),
  ...['Cumsum', 'Cumprod'].map((op): OpGraph => ({ op, operands: [x([3, 4]), ints(1)], attr: { exclusive: b(true), reverse: b(true) } })),
  { op: 'EuclideanNorm', operands: [x([3, 4]), ints([1])], attr: { keep_dims: b(true) } },
  ...unary(['Softmax', 'LogSoftmax'], x([2, 5])),
  ...['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3'].map((op): OpGraph => ({
    op, operands: [image, weight([3]), weight([3]), weight([3]), weight([3], 0.2, 1)], attr: { epsilon: f(0.01), is_training: b(false), data_format: NHWC },
  })),
  { op: 'LRN', operands: [x([1, 2, 2, 6])], attr: { depth_radius: i(2), bias: f(1.5), alpha: f(0.5), beta: f(0.75) } },
  { op: 'TopKV2', operands: [x([2, 6]), ints(3)], attr: { sorted: b(true) }, outputs: 2 },
];

const passed: OpGraph[] = [
  { op: 'IdentityN', operands: [x([2, 3]), x([4])], outputs: 2 },
  { op: 'EnsureShape', operands: [x([2, 3]), ints([2, 3])] },
];

const masks = { begin_mask: i(0), end_mask: i(0), ellipsis_mask: i(0), new_axis_mask: i(0), shrink_axis_mask: i(0) };

const shapes: OpGraph[] = [
  { op: 'Reshape', operands: [x([2, 6]), ints([3, -1])] },
  { op: 'BroadcastTo', operands: [x([1, 3]), ints([2, 3])] },
  { op: 'Tile', operands: [x([2, 3]), ints([2, 1])] },
  { op: 'Squeeze', operands: [x([1, 3, 1])], attr: { squeeze_dims: list([2]) } },
  { op: 'Squeeze', note: 'all', operands: [x([1, 3, 1])], attr: {} },
  { op: 'ExpandDims', operands: [x([2, 3]), ints(-1)] },
  ...unary(['Shape', 'Size', 'Rank'], x([2, 3])),
  { op: 'ConcatV2', operands: [x([2, 3]), x([2, 2]), ints(1)], attr: { N: i(2) } },
  { op: 'Concat', operands: [ints(1), x([2, 3]), x([2, 2])], attr: { N: i(2) } },
  { op: 'Pack', operands: [x([2, 3]), x([2, 3], 1, 2)], attr: { N: i(2), axis: i(1) } },
  { op: 'Unpack', operands: [x([3, 2])], attr: { axis: i(0), num: i(3) }, outputs: 3 },
  { op: 'Split', operands: [ints(1), x([2, 6])], attr: { num_split: i(3) }, outputs: 3 },
  { op: 'SplitV', operands: [x([2, 6]), ints([1, 5]), ints(1)], attr: { num_split: i(2) }, outputs: 2 },
  { op: 'Slice', operands: [x([3, 4]), ints([1, 0]), ints([2, -1])] },
  { op: 'StridedSlice', operands: [x([4, 5]), ints([1, 0]), ints([4, 5]), ints([2, 2])], attr: masks },
  { op: 'StridedSlice', note: 'masks', operands: [x([4, 5]), ints([-1, 1]), ints([0, 0]), ints([1, 1])], attr: { ...masks, end_mask: i(2), shrink_axis_mask: i(1) } },
  { op: 'ReverseV2', operands: [x([3, 4]), ints([1])] },
  { op: 'Pad', operands: [x([2, 3]), ints([1, 0, 0, 2], [2, 2])] },
  { op: 'PadV2', operands: [x([2, 3]), ints([1, 0, 0, 2], [2, 2]), scalar(-1)] },
  ...['REFLECT', 'SYMMETRIC'].map((mode): OpGraph => ({ op: 'MirrorPad', note: mode, operands: [x([3, 4]), ints([1, 1, 2, 0], [2, 2])], attr: { mode: s(mode) } })),
  { op: 'SpaceToBatchND', operands: [x([1, 4, 4, 1]), ints([2, 2]), ints([0, 0, 0, 0], [2, 2])] },
  { op: 'BatchToSpaceND', operands: [x([4, 2, 2, 1]), ints([2, 2]), ints([0, 1, 0, 0], [2, 2])] },
  { op: 'DepthToSpace', operands: [x([1, 2, 3, 8])], attr: { block_size: i(2), data_format: NHWC } },
  { op: 'Gather', operands: [x([4, 3]), ints([2, 0])] },
  { op: 'GatherV2', operands: [x([4, 3]), ints([2, 0]), ints(1)], attr: { batch_dims: i(0) } },
  { op: 'GatherV2', note: 'float indices', operands: [x([4, 3]), given([2], [1, 3]), ints(0)] },
  { op: 'GatherNd', operands: [x([3, 4]), ints([0, 1, 2, 3], [2, 2])] },
  { op: 'ScatterNd', operands: [ints([0, 3], [2, 1]), x([2, 3]), ints([4, 3])] },
  { op: 'SparseToDense', operands: [ints([0, 3], [2, 1]), ints([5]), x([2]), scalar(0)] },
  { op: 'Fill', operands: [ints([2, 3]), given([], [1.5])], attr: { T: type('DT_FLOAT') } },
  { op: 'Range', operands: [ints(1), ints(9), ints(3)], attr: { Tidx: type('DT_INT32') } },
  { op: 'Zeros', operands: [ints([2, 2])], attr: { T: type('DT_FLOAT') } },
  { op: 'Ones', operands: [ints([2, 2])], attr: { T: type('DT_INT32') } },
  { op: 'LinSpace', operands: [scalar(0), scalar(1), ints(5)] },
  { op: 'OneHot', operands: [given([3], [0, 2, 1], 'int32'), ints(3), scalar(2), scalar(-1)], attr: { T: type('DT_FLOAT') } },
  { op: 'OneHot', note: 'int32', operands: [given([3], [0, 2, 1], 'int32'), ints(3), ints(1), ints(0)], attr: { T: type('DT_INT32') } },
];

const boxes = given([3, 4], [0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, 2, 1, 3]);
const scores = given([3], [0.9, 0.75, 0.6]);
const detection = [boxes, scores, ints(3), scalar(0.5)];

const images: OpGraph[] = [
  ...['ResizeBilinear', 'ResizeNearestNeighbor'].flatMap((op): OpGraph[] => [
    { op, operands: [x([1, 3, 4, 2]), ints([6, 5])], attr: { align_corners: b(false), half_pixel_centers: b(true) } },
    { op, note: 'corners', operands: [x([1, 3, 4, 2]), ints([6, 5])], attr: { align_corners: b(true), half_pixel_centers: b(false) } },
  ]),
  { op: 'NonMaxSuppressionV2', operands: detection },
  { op: 'NonMaxSuppressionV3', operands: [...detection, scalar(0.1)] },
  { op: 'NonMaxSuppressionV4', operands: [...detection, scalar(0.1)], attr: { pad_to_max_output_size: b(false) }, outputs: 2 },
  { op: 'NonMaxSuppressionV5', operands: [...detection, scalar(0.1), scalar(0.5)], outputs: 2 },
  { op: 'Where', operands: [given([2, 3], [1, 0, 1, 0, 0, 1], 'bool')] },
];

export const opGraphs: readonly OpGraph[] = [...convolutions, ...matrices, ...elementwise, ...reductions, ...shapes, ...images, ...passed];
