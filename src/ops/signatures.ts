/**
 * The operators of the intermediate representation: for each, its attributes and, in the comment, its inputs
 * ([x] optional) and outputs. Granularity of TensorFlow Lite, channels last. Keras layers and TF.js nodes map onto
 * these; `ops/table.ts` gives every operator its arity, shape rule and MACs, `runtime/tfjs` its kernel.
 *
 * Rules that hold for all:
 * - Layouts: activations NHWC (NWC, NDHWC); conv kernels [k…, I/groups, O]; depthwise [kh, kw, C, M] (output channel
 *   c·M + m); transposed conv [k…, O, I]; dense [I, O].
 * - Per-spatial-dimension arrays (strides, dilations, kernel) have one entry a spatial dimension.
 * - Axes are counted from the front or, negative, from the end.
 * - An attribute that is `null` is given at run time by the optional last input.
 * - `activation` is applied after the bias.
 */

export type FusedActivation = 'none' | 'relu' | 'relu6' | 'relu-n1-to-1' | 'elu' | 'sigmoid' | 'tanh';
/** SAME and VALID of TensorFlow, or [before, after] a spatial dimension, zeros for conv and ignored cells for pools. */
export type Padding = 'same' | 'valid' | readonly (readonly [number, number])[];
export type DType = 'float32' | 'int32' | 'bool' | 'string';

interface None {
  readonly [key: string]: never;
}
interface Fused {
  readonly activation: FusedActivation;
}
interface Conv extends Fused {
  readonly strides: readonly number[];
  readonly padding: Padding;
  readonly dilations: readonly number[];
  readonly groups: number;
}
interface DepthwiseConv extends Fused {
  readonly strides: readonly number[];
  readonly padding: Padding;
  readonly dilations: readonly number[];
}
interface TransposeConv extends Fused {
  readonly strides: readonly number[];
  readonly padding: 'same' | 'valid';
  readonly dilations: readonly number[];
  /** Keras's output_padding; null derives it from the strides. Ignored when the output shape is an input. */
  readonly outputPadding: readonly number[] | null;
}
interface Pool extends Fused {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly padding: Padding;
}
interface Reduce {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}
interface Axis {
  readonly axis: number;
}
interface Resize {
  /** [height, width]; null: the second input. */
  readonly size: readonly [number, number] | null;
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}
export type RecurrentActivation =
  | 'linear' | 'relu' | 'relu6' | 'sigmoid' | 'hard-sigmoid' | 'hard-sigmoid-keras2' | 'tanh' | 'softplus' | 'softsign'
  | 'elu' | 'selu' | 'exp' | 'silu' | 'gelu' | 'softmax';
interface Recurrent {
  readonly activation: RecurrentActivation;
  readonly returnSequences: boolean;
  readonly goBackwards: boolean;
  /** With a mask: give zeros instead of the last output at masked steps (sequences only). */
  readonly zeroOutputForMask: boolean;
}
interface Gated extends Recurrent {
  readonly recurrentActivation: RecurrentActivation;
}

export interface OpAttributes {
  // Linear. x, kernel, [bias] → y
  conv1d: Conv;
  conv2d: Conv;
  conv3d: Conv;
  'depthwise-conv2d': DepthwiseConv;
  /** x, kernel, [bias], [output shape int32: the whole shape] → y */
  'transpose-conv2d': TransposeConv;
  'transpose-conv3d': TransposeConv;
  /** x [… , I], kernel [I, O], [bias [O]] → y [… , O] */
  dense: Fused;
  /** a, b → a·b over the last two dimensions, the others broadcast */
  'batch-matmul': { readonly transposeA: boolean; readonly transposeB: boolean };
  /** x0 … xn → y, in NumPy's notation with explicit output, no ellipsis */
  einsum: { readonly equation: string };

  // Normalization
  /** x, mean, variance, [gamma], [beta] → y = (x − mean) / √(variance + epsilon) · gamma + beta, along `axis` */
  'batch-norm': { readonly epsilon: number; readonly axis: number } & Fused;
  /** x, [gamma], [beta] → y; moments over `axes`; gamma and beta have the sizes of `axes`. `rms`: no mean is taken off. */
  'layer-norm': { readonly axes: readonly number[]; readonly epsilon: number; readonly rms: boolean };
  /** x, [gamma], [beta] → y; moments within each of `groups` groups of the last axis, over all but the batch */
  'group-norm': { readonly groups: number; readonly epsilon: number };
  /** x → x / √max(Σ x² over axes, epsilon) */
  'l2-normalize': { readonly axes: readonly number[]; readonly epsilon: number };
  /** x → x / (bias + alpha · Σ x² over the 2·radius + 1 neighbouring channels)^beta */
  'local-response-norm': { readonly radius: number; readonly bias: number; readonly alpha: number; readonly beta: number };

  // Pooling. x → y. 1, 2 or 3 spatial dimensions, by the length of `kernel`. Averages leave padding out.
  'max-pool': Pool;
  'average-pool': Pool;

  // Elementwise with broadcast. a, b → y
  add: Fused;
  sub: Fused;
  mul: Fused;
  div: Fused;
  'div-no-nan': None;
  'floor-div': None;
  'floor-mod': None;
  /** C's remainder: the sign of a. */
  'truncate-mod': None;
  maximum: None;
  minimum: None;
  pow: None;
  'squared-difference': None;
  atan2: None;
  equal: None;
  'not-equal': None;
  less: None;
  'less-equal': None;
  greater: None;
  'greater-equal': None;
  'logical-and': None;
  'logical-or': None;
  'logical-xor': None;
  /** condition, a, b → y; all broadcast (a rank-1 condition of the legacy Select chooses rows: its reader reshapes it) */
  select: None;
  /** x0 … xn → Σ */
  'add-n': None;

  // Elementwise. x → y
  relu: None;
  relu6: None;
  'relu-n1-to-1': None;
  'leaky-relu': { readonly alpha: number };
  /** x, alpha (broadcast) → y */
  prelu: None;
  elu: { readonly alpha: number };
  selu: None;
  /** y = x for x > theta, else 0 */
  'thresholded-relu': { readonly theta: number };
  sigmoid: None;
  /** relu6(x + 3) / 6 */
  'hard-sigmoid': None;
  /** clip(0.2 x + 0.5, 0, 1), as Keras 2 */
  'hard-sigmoid-keras2': None;
  tanh: None;
  softplus: None;
  softsign: None;
  gelu: { readonly approximate: boolean };
  silu: None;
  /** x · relu6(x + 3) / 6 */
  'hard-swish': None;
  mish: None;
  exp: None;
  expm1: None;
  log: None;
  log1p: None;
  sqrt: None;
  rsqrt: None;
  square: None;
  reciprocal: None;
  abs: None;
  neg: None;
  sign: None;
  floor: None;
  ceil: None;
  round: None;
  sin: None;
  cos: None;
  tan: None;
  asin: None;
  acos: None;
  atan: None;
  sinh: None;
  cosh: None;
  asinh: None;
  acosh: None;
  atanh: None;
  erf: None;
  'is-nan': None;
  'logical-not': None;
  'zeros-like': None;
  'ones-like': None;
  clip: { readonly minimum: number; readonly maximum: number };
  cast: { readonly dtype: DType };
  identity: None;
  softmax: Axis;
  'log-softmax': Axis;

  // Reductions. x → y
  mean: Reduce;
  sum: Reduce;
  prod: Reduce;
  max: Reduce;
  min: Reduce;
  any: Reduce;
  all: Reduce;
  argmax: Axis;
  argmin: Axis;
  cumsum: Axis & { readonly exclusive: boolean; readonly reverse: boolean };
  cumprod: Axis & { readonly exclusive: boolean; readonly reverse: boolean };

  // Quantization
  /** x → the same numbers on the grid of y's `quantization`; y without one: off the grid, as floats. The only op that changes grids freely. */
  quantize: None;

  // Shape and movement
  /** x, [shape int32] → y; one −1 allowed; 0 is a size, not a copy */
  reshape: { readonly shape: readonly number[] | null };
  /** x → [batch, rest]: Keras's Flatten */
  flatten: None;
  squeeze: { readonly axes: readonly number[] };
  'expand-dims': Axis;
  transpose: { readonly permutation: readonly number[] };
  /** x0 … xn → y */
  concat: Axis & Fused;
  /** x0 … xn → y: TensorFlow's Pack */
  stack: Axis;
  /** x → y0 … yn: TensorFlow's Unpack */
  unstack: Axis;
  /** x → y0 … yn; sizes along the axis, one may be −1; a number n of equal parts is written as n sizes or as `count` */
  split: Axis & ({ readonly sizes: readonly number[] } | { readonly count: number });
  /** x, [begin int32], [size int32] → y; size −1: the rest */
  slice: { readonly begin: readonly number[] | null; readonly size: readonly number[] | null };
  /** x, [begin], [end], [strides] (all int32, all or none) → y, with TensorFlow's five bit masks */
  'strided-slice': {
    readonly begin: readonly number[] | null;
    readonly end: readonly number[] | null;
    readonly strides: readonly number[] | null;
    readonly beginMask: number;
    readonly endMask: number;
    readonly ellipsisMask: number;
    readonly newAxisMask: number;
    readonly shrinkAxisMask: number;
  };
  /** x, [paddings int32 [n, 2]] → y */
  pad: { readonly paddings: readonly (readonly [number, number])[] | null; readonly value: number };
  'mirror-pad': { readonly paddings: readonly (readonly [number, number])[]; readonly mode: 'reflect' | 'symmetric' };
  /** x, indices → y */
  gather: Axis & { readonly batchDims: number };
  'gather-nd': None;
  /** indices, updates, shape int32 → y */
  'scatter-nd': None;
  /** indices, shape int32, values, default → y: TensorFlow's SparseToDense */
  'sparse-to-dense': None;
  /** x, [multiples int32] → y */
  tile: { readonly multiples: readonly number[] | null };
  /** x, [shape int32] → y */
  'broadcast-to': { readonly shape: readonly number[] | null };
  /** shape int32, value → y */
  fill: None;
  /** start, limit, delta (scalars) → y */
  range: None;
  /** x → int32 */
  shape: None;
  size: None;
  rank: None;
  /** x → y along `axes` */
  reverse: { readonly axes: readonly number[] };
  /** indices int32 → float32 */
  'one-hot': Axis & { readonly depth: number; readonly onValue: number; readonly offValue: number };
  'depth-to-space': { readonly blockSize: number };
  'space-to-depth': { readonly blockSize: number };
  'space-to-batch': { readonly blockShape: readonly number[]; readonly paddings: readonly (readonly [number, number])[] };
  'batch-to-space': { readonly blockShape: readonly number[]; readonly crops: readonly (readonly [number, number])[] };
  'resize-bilinear': Resize;
  'resize-nearest': Resize;
  /** x → values, indices; k null: the second input */
  'top-k': { readonly k: number | null; readonly sorted: boolean };
  /** condition → coordinates int32 [n, rank] of the true cells */
  where: None;
  /** boxes, scores, max output size, IoU threshold, score threshold, [soft sigma] → indices, [scores], [valid count] */
  'non-max-suppression': { readonly outputs: 'indices' | 'indices-scores' | 'indices-count' };

  // Sequences. x [B, T, F], kernel, recurrent kernel, [bias], [mask bool [B, T]], [initial states …] → y, final states
  /** gates i, f, c, o; states h, c */
  lstm: Gated;
  /** gates z, r, h; state h; bias [2, 3U] when resetAfter, else [3U] */
  gru: Gated & { readonly resetAfter: boolean };
  /** state h */
  'simple-rnn': Recurrent;
  /** x [B, T, H, W, C]; strides, padding and dilations of the input convolution; states h, c */
  'conv-lstm2d': Gated & {
    readonly strides: readonly number[];
    readonly padding: 'same' | 'valid';
    readonly dilations: readonly number[];
  };

  // Spectra
  /**
   * x [… , n] → y [… , length / 2 + 1]: part of the discrete Fourier transform of each row, of which `length` numbers count (zeros
   * behind a shorter one). The other half of a real row's spectrum mirrors this one.
   */
  'real-fft': { readonly length: number; readonly part: 'real' | 'imaginary' | 'magnitude' };

  // Preprocessing
  /** x int32 → counts or flags per token; count takes optional weights as second input */
  'category-encode': { readonly tokens: number; readonly mode: 'multi-hot' | 'one-hot' | 'count' };
  /** x → int32 bucket index: the number of boundaries ≤ x */
  bucketize: { readonly boundaries: readonly number[] };
}

export type OpName = keyof OpAttributes;
