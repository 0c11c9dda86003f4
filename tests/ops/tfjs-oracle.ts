/**
 * What TensorFlow.js itself makes of an operator's case, on its CPU backend: the nearest function of its public API, a Keras layer of
 * tfjs-layers, or a composition of functions where it has none. Nothing here calls code of ours.
 */
import * as tf from '@tensorflow/tfjs';
import type { FusedActivation, OpAttributes, OpName, Padding } from '../../src/ops/signatures';
import type { CaseInput, OpCase } from './cases/op-case';
import { numbersOf } from './cases/op-case';

type Inputs = readonly tf.Tensor[];
type Result = tf.Tensor | readonly tf.Tensor[] | Promise<tf.Tensor | readonly tf.Tensor[]>;
type Oracle = { readonly [O in OpName]: (inputs: Inputs, attributes: OpAttributes[O]) => Result };

/** The outputs; absent inputs are given as undefined holes. */
export async function runWithTfjs(opCase: OpCase): Promise<readonly tf.Tensor[]> {
  await tf.setBackend('cpu');
  const inputs = opCase.inputs.map((input, i) => (input ? tensorOf(input, numbersOf(opCase, i)) : undefined)) as Inputs;
  const run = oracle[opCase.op] as (inputs: Inputs, attributes: unknown) => Result;
  const result = await run(inputs, opCase.attributes);
  return result instanceof tf.Tensor ? [result] : result;
}

function tensorOf(input: CaseInput, data: readonly number[]): tf.Tensor {
  return tf.tensor([...data], [...input.shape], input.dtype);
}

const oracle: Oracle = {
  conv1d: ([x, kernel, bias], attributes) => {
    const wide = { strides: [1, ...attributes.strides], padding: oneMore(attributes.padding), dilations: [1, ...attributes.dilations] };
    const y = convolve(tf.expandDims(x!, 1), tf.expandDims(kernel!, 0), { ...attributes, ...wide });
    return finish(tf.squeeze(y, [1]), bias, attributes.activation);
  },
  conv2d: ([x, kernel, bias], attributes) => finish(convolve(x!, kernel!, attributes), bias, attributes.activation),
  conv3d: ([x, kernel, bias], { strides, padding, activation }) =>
    finish(tf.conv3d(x as tf.Tensor5D, kernel as tf.Tensor5D, strides as [number, number, number], padding as 'same' | 'valid'), bias, activation),
  'depthwise-conv2d': ([x, kernel, bias], { strides, padding, dilations, activation }) => {
    const [padded, pad] = explicit(x!, padding);
    const y = tf.depthwiseConv2d(padded as tf.Tensor4D, kernel as tf.Tensor4D, pair(strides), pad, 'NHWC', pair(dilations));
    return finish(y, bias, activation);
  },
  'transpose-conv2d': ([x, kernel, bias, asked], { strides, padding, outputPadding, activation }) => {
    if (asked || outputPadding) {
      // Keras 3 gives 8 for a size of 4, kernel 3, stride 2, "same" and output padding 1.
      const shape = (asked ? numbers(asked) : [1, 8, 8, 2]) as [number, number, number, number];
      return tf.conv2dTranspose(x as tf.Tensor4D, kernel as tf.Tensor4D, shape, pair(strides), padding);
    }
    const layer = tf.layers.conv2dTranspose({
      filters: kernel!.shape[2]!, kernelSize: kernel!.shape.slice(0, 2), strides: pair(strides), padding, useBias: bias !== undefined,
    });
    return activate(applied(layer, [x!], [kernel!, bias]), activation);
  },
  'transpose-conv3d': ([x, kernel, bias], { strides, padding, activation }) => {
    const layer = tf.layers.conv3dTranspose({
      filters: kernel!.shape[3]!, kernelSize: kernel!.shape.slice(0, 3) as [number, number, number],
      strides: strides as [number, number, number], padding, useBias: bias !== undefined,
    });
    return activate(applied(layer, [x!], [kernel!, bias]), activation);
  },
  dense: ([x, kernel, bias], { activation }) => {
    const layer = tf.layers.dense({ units: kernel!.shape[1]!, useBias: bias !== undefined });
    return activate(applied(layer, [x!], [kernel!, bias]), activation);
  },
  'batch-matmul': ([a, b], { transposeA, transposeB }) => tf.matMul(a!, b!, transposeA, transposeB),
  einsum: (inputs, { equation }) => tf.einsum(equation, ...inputs),

  'batch-norm': ([x, mean, variance, gamma, beta], { epsilon, axis, activation }) => {
    const shape = x!.shape.map((size, i) => (i === fromFront(x!, axis) ? size : 1));
    const along = (value: tf.Tensor | undefined): tf.Tensor | undefined => value && tf.reshape(value, shape);
    const centred = tf.div(tf.sub(x!, along(mean)!), tf.sqrt(tf.add(along(variance)!, epsilon)));
    return activate(tf.add(tf.mul(centred, along(gamma) ?? 1), along(beta) ?? 0), activation);
  },
  'layer-norm': ([x, gamma, beta], { axes, epsilon, rms }) => {
    const { mean, variance } = tf.moments(x!, [...axes], true);
    const y = rms
      ? tf.div(x!, tf.sqrt(tf.add(tf.mean(tf.square(x!), [...axes], true), epsilon)))
      : tf.div(tf.sub(x!, mean), tf.sqrt(tf.add(variance, epsilon)));
    const positive = axes.map((axis) => fromFront(x!, axis));
    const shape = x!.shape.map((size, i) => (positive.includes(i) ? size : 1));
    return tf.add(tf.mul(y, gamma ? tf.reshape(gamma, shape) : 1), beta ? tf.reshape(beta, shape) : 0);
  },
  'group-norm': ([x, gamma, beta], { groups, epsilon }) => {
    const grouped = tf.reshape(x!, [x!.shape[0]!, -1, groups, x!.shape.at(-1)! / groups]);
    const { mean, variance } = tf.moments(grouped, [1, 3], true);
    const y = tf.reshape(tf.div(tf.sub(grouped, mean), tf.sqrt(tf.add(variance, epsilon))), x!.shape);
    return tf.add(tf.mul(y, gamma ?? 1), beta ?? 0);
  },
  'l2-normalize': ([x], { axes, epsilon }) => tf.div(x!, tf.sqrt(tf.maximum(tf.sum(tf.square(x!), [...axes], true), epsilon))),
  'local-response-norm': ([x], { radius, bias, alpha, beta }) => tf.localResponseNormalization(x as tf.Tensor4D, radius, bias, alpha, beta),

  'max-pool': ([x], attributes) => pooled(x!, attributes, 'max'),
  'average-pool': ([x], attributes) => pooled(x!, attributes, 'avg'),
  'resize-bilinear': ([x, size], { size: fixed, alignCorners, halfPixelCenters }) =>
    tf.image.resizeBilinear(x as tf.Tensor4D, pair(fixed ?? numbers(size!)), alignCorners, halfPixelCenters),
  'resize-nearest': ([x, size], { size: fixed, alignCorners, halfPixelCenters }) =>
    tf.image.resizeNearestNeighbor(x as tf.Tensor4D, pair(fixed ?? numbers(size!)), alignCorners, halfPixelCenters),

  add: ([a, b], { activation }) => activate(tf.add(a!, b!), activation),
  sub: ([a, b], { activation }) => activate(tf.sub(a!, b!), activation),
  mul: ([a, b], { activation }) => activate(tf.mul(a!, b!), activation),
  div: ([a, b], { activation }) => activate(tf.div(a!, b!), activation),
  'div-no-nan': ([a, b]) => tf.divNoNan(a!, b!),
  // TF.js gives whole numbers of floats as int32, TensorFlow as float32.
  'floor-div': ([a, b]) => tf.cast(tf.floorDiv(a!, b!), a!.dtype),
  'floor-mod': ([a, b]) => tf.mod(a!, b!),
  'truncate-mod': ([a, b]) => {
    const quotient = tf.div(tf.cast(a!, 'float32'), tf.cast(b!, 'float32'));
    const whole = tf.mul(tf.sign(quotient), tf.floor(tf.abs(quotient)));
    return tf.cast(tf.sub(a!, tf.mul(whole, b!)), a!.dtype);
  },
  maximum: ([a, b]) => tf.maximum(a!, b!),
  minimum: ([a, b]) => tf.minimum(a!, b!),
  pow: ([a, b]) => tf.pow(a!, b!),
  'squared-difference': ([a, b]) => tf.squaredDifference(a!, b!),
  atan2: ([a, b]) => tf.atan2(a!, b!),
  equal: ([a, b]) => tf.equal(a!, b!),
  'not-equal': ([a, b]) => tf.notEqual(a!, b!),
  less: ([a, b]) => tf.less(a!, b!),
  'less-equal': ([a, b]) => tf.lessEqual(a!, b!),
  greater: ([a, b]) => tf.greater(a!, b!),
  'greater-equal': ([a, b]) => tf.greaterEqual(a!, b!),
  'logical-and': ([a, b]) => tf.logicalAnd(a!, b!),
  'logical-or': ([a, b]) => tf.logicalOr(a!, b!),
  'logical-xor': ([a, b]) => tf.logicalXor(a!, b!),
  select: ([condition, a, b]) => tf.where(condition!, a!, b!),
  'add-n': (inputs) => tf.addN([...inputs]),

  relu: ([x]) => tf.relu(x!),
  relu6: ([x]) => tf.relu6(x!),
  'relu-n1-to-1': ([x]) => tf.clipByValue(x!, -1, 1),
  'leaky-relu': ([x], { alpha }) => tf.leakyRelu(x!, alpha),
  prelu: ([x, alpha]) => tf.prelu(x!, alpha!),
  elu: ([x], { alpha }) => tf.where(tf.greater(x!, 0), x!, tf.mul(alpha, tf.expm1(x!))),
  selu: ([x]) => tf.selu(x!),
  'thresholded-relu': ([x], { theta }) => tf.layers.thresholdedReLU({ theta }).apply(x!) as tf.Tensor,
  sigmoid: ([x]) => tf.sigmoid(x!),
  'hard-sigmoid': ([x]) => tf.div(tf.relu6(tf.add(x!, 3)), 6),
  'hard-sigmoid-keras2': ([x]) => tf.clipByValue(tf.add(tf.mul(x!, 0.2), 0.5), 0, 1),
  tanh: ([x]) => tf.tanh(x!),
  softplus: ([x]) => tf.softplus(x!),
  softsign: ([x]) => tf.div(x!, tf.add(tf.abs(x!), 1)),
  gelu: ([x], { approximate }) => {
    const inner = approximate
      ? tf.tanh(tf.mul(Math.sqrt(2 / Math.PI), tf.add(x!, tf.mul(0.044715, tf.mul(x!, tf.square(x!))))))
      : tf.erf(tf.div(x!, Math.SQRT2));
    return tf.mul(tf.mul(x!, 0.5), tf.add(inner, 1));
  },
  silu: ([x]) => tf.mul(x!, tf.sigmoid(x!)),
  'hard-swish': ([x]) => tf.mul(x!, tf.div(tf.relu6(tf.add(x!, 3)), 6)),
  mish: ([x]) => tf.mul(x!, tf.tanh(tf.softplus(x!))),
  exp: ([x]) => tf.exp(x!),
  expm1: ([x]) => tf.expm1(x!),
  log: ([x]) => tf.log(x!),
  log1p: ([x]) => tf.log1p(x!),
  sqrt: ([x]) => tf.sqrt(x!),
  rsqrt: ([x]) => tf.rsqrt(x!),
  square: ([x]) => tf.square(x!),
  reciprocal: ([x]) => tf.reciprocal(x!),
  abs: ([x]) => tf.abs(x!),
  neg: ([x]) => tf.neg(x!),
  sign: ([x]) => tf.sign(x!),
  floor: ([x]) => tf.floor(x!),
  ceil: ([x]) => tf.ceil(x!),
  round: ([x]) => tf.round(x!),
  quantize: ([x]) => x!, // the case's output has no grid
  sin: ([x]) => tf.sin(x!),
  cos: ([x]) => tf.cos(x!),
  tan: ([x]) => tf.tan(x!),
  asin: ([x]) => tf.asin(x!),
  acos: ([x]) => tf.acos(x!),
  atan: ([x]) => tf.atan(x!),
  sinh: ([x]) => tf.sinh(x!),
  cosh: ([x]) => tf.cosh(x!),
  asinh: ([x]) => tf.asinh(x!),
  acosh: ([x]) => tf.acosh(x!),
  atanh: ([x]) => tf.atanh(x!),
  erf: ([x]) => tf.erf(x!),
  'is-nan': ([x]) => tf.isNaN(x!),
  'logical-not': ([x]) => tf.logicalNot(x!),
  'zeros-like': ([x]) => tf.zerosLike(x!),
  'ones-like': ([x]) => tf.onesLike(x!),
  clip: ([x], { minimum, maximum }) => tf.clipByValue(x!, minimum, maximum),
  cast: ([x], { dtype }) => tf.cast(x!, dtype),
  identity: ([x]) => tf.clone(x!),
  softmax: ([x], { axis }) => alongLast(x!, axis, (value) => tf.softmax(value)),
  'log-softmax': ([x], { axis }) => alongLast(x!, axis, (value) => tf.logSoftmax(value)),

  mean: ([x], { axes, keepDims }) => tf.mean(x!, [...axes], keepDims),
  sum: ([x], { axes, keepDims }) => tf.sum(x!, [...axes], keepDims),
  prod: ([x], { axes, keepDims }) => tf.prod(x!, [...axes], keepDims),
  max: ([x], { axes, keepDims }) => tf.max(x!, [...axes], keepDims),
  min: ([x], { axes, keepDims }) => tf.min(x!, [...axes], keepDims),
  any: ([x], { axes, keepDims }) => tf.any(x!, [...axes], keepDims),
  all: ([x], { axes, keepDims }) => tf.all(x!, [...axes], keepDims),
  argmax: ([x], { axis }) => tf.argMax(x!, axis),
  argmin: ([x], { axis }) => tf.argMin(x!, axis),
  cumsum: ([x], { axis, exclusive, reverse }) => tf.cumsum(x!, fromFront(x!, axis), exclusive, reverse),
  cumprod: ([x], { axis, exclusive, reverse }) => tf.cumprod(x!, fromFront(x!, axis), exclusive, reverse),

  reshape: ([x, shape], attributes) => tf.reshape(x!, [...(attributes.shape ?? numbers(shape!))]),
  flatten: ([x]) => tf.reshape(x!, [x!.shape[0]!, -1]),
  squeeze: ([x], { axes }) => tf.squeeze(x!, axes.length > 0 ? [...axes] : undefined),
  'expand-dims': ([x], { axis }) => tf.expandDims(x!, axis),
  transpose: ([x], { permutation }) => tf.transpose(x!, [...permutation]),
  concat: (inputs, { axis, activation }) => activate(tf.concat([...inputs], axis), activation),
  stack: (inputs, { axis }) => tf.stack([...inputs], axis),
  unstack: ([x], { axis }) => tf.unstack(x!, axis),
  split: ([x], attributes) => tf.split(x!, 'sizes' in attributes ? [...attributes.sizes] : attributes.count, attributes.axis),
  slice: ([x, begin, size], attributes) => tf.slice(x!, [...(attributes.begin ?? numbers(begin!))], [...(attributes.size ?? numbers(size!))]),
  'strided-slice': ([x, begin, end, strides], attributes) =>
    tf.stridedSlice(
      x!,
      [...(attributes.begin ?? numbers(begin!))],
      [...(attributes.end ?? numbers(end!))],
      [...(attributes.strides ?? numbers(strides!))],
      attributes.beginMask, attributes.endMask, attributes.ellipsisMask, attributes.newAxisMask, attributes.shrinkAxisMask,
    ),
  pad: ([x, given], { paddings, value }) => tf.pad(x!, pairs(paddings ?? (given!.arraySync() as number[][])), value),
  'mirror-pad': ([x], { paddings, mode }) => tf.mirrorPad(x!, pairs(paddings), mode),
  gather: ([x, indices], { axis, batchDims }) => tf.gather(x!, indices as tf.Tensor1D, axis, batchDims),
  'gather-nd': ([x, indices]) => tf.gatherND(x!, indices!),
  'scatter-nd': ([indices, updates, shape]) => tf.scatterND(indices!, updates!, numbers(shape!)),
  'sparse-to-dense': ([indices, shape, values, fallback]) => tf.sparseToDense(indices!, values!, numbers(shape!), fallback as tf.Scalar),
  tile: ([x, given], { multiples }) => tf.tile(x!, [...(multiples ?? numbers(given!))]),
  'broadcast-to': ([x, given], { shape }) => tf.broadcastTo(x!, [...(shape ?? numbers(given!))]),
  fill: ([shape, value]) => tf.fill(numbers(shape!), numbers(value!)[0]!, value!.dtype as 'float32'),
  range: ([start, limit, step]) => tf.range(numbers(start!)[0]!, numbers(limit!)[0]!, numbers(step!)[0], start!.dtype as 'int32'),
  shape: ([x]) => tf.tensor1d(x!.shape, 'int32'),
  size: ([x]) => tf.scalar(x!.size, 'int32'),
  rank: ([x]) => tf.scalar(x!.rank, 'int32'),
  reverse: ([x], { axes }) => tf.reverse(x!, [...axes]),
  'one-hot': ([x], { depth, onValue, offValue }) => tf.oneHot(x!, depth, onValue, offValue, 'float32'),
  'depth-to-space': ([x], { blockSize }) => tf.depthToSpace(x as tf.Tensor4D, blockSize),
  'space-to-depth': ([x], { blockSize: b }) => {
    const [n, h, w, c] = x!.shape as [number, number, number, number];
    return tf.reshape(tf.transpose(tf.reshape(x!, [n, h / b, b, w / b, b, c]), [0, 1, 3, 2, 4, 5]), [n, h / b, w / b, b * b * c]);
  },
  'space-to-batch': ([x], { blockShape, paddings }) => tf.spaceToBatchND(x!, [...blockShape], paddings.map((entry) => [...entry])),
  'batch-to-space': ([x], { blockShape, crops }) => tf.batchToSpaceND(x!, [...blockShape], crops.map((entry) => [...entry])),
  'top-k': ([x, given], { k, sorted }) => {
    const { values, indices } = tf.topk(x!, k ?? numbers(given!)[0]!, sorted);
    return [values, indices];
  },
  where: ([condition]) => tf.whereAsync(condition!),
  'non-max-suppression': ([boxes, scores, ...rest], { outputs }) => {
    const [most, overlap, least, sigma] = rest.map((value) => numbers(value)[0]!);
    const [plane, line] = [boxes as tf.Tensor2D, scores as tf.Tensor1D];
    switch (outputs) {
      case 'indices':
        return tf.image.nonMaxSuppression(plane, line, most!, overlap, least);
      case 'indices-scores': {
        const found = tf.image.nonMaxSuppressionWithScore(plane, line, most!, overlap, least, sigma);
        return [found['selectedIndices']!, found['selectedScores']!];
      }
      case 'indices-count': {
        const found = tf.image.nonMaxSuppressionPadded(plane, line, most!, overlap, least);
        return [found['selectedIndices']!, found['validOutputs']!];
      }
      default: {
        const never: never = outputs;
        return never;
      }
    }
  },
  'real-fft': ([x], { length, part }) => {
    const spectrum = tf.spectral.rfft(x!, length);
    return { real: () => tf.real(spectrum), imaginary: () => tf.imag(spectrum), magnitude: () => tf.abs(spectrum) }[part]();
  },
  bucketize: ([x], { boundaries }) => tf.searchSorted(tf.tensor1d([...boundaries]), tf.reshape(x!, [-1]), 'right').reshape(x!.shape),
  'category-encode': ([x, weights], { tokens, mode }) => {
    const outputMode = { 'multi-hot': 'multiHot', 'one-hot': 'oneHot', count: 'count' }[mode];
    const layer = tf.layers.categoryEncoding({ numTokens: tokens, outputMode: outputMode as 'count' });
    return layer.apply(x!, weights ? { countWeights: weights } : {}) as tf.Tensor;
  },

  lstm: (inputs, attributes) => recurrent(tf.layers.lstm({ units: inputs[2]!.shape[0]!, ...rnn(attributes, inputs) }), inputs),
  gru: (inputs, attributes) => {
    if (attributes.resetAfter) return resetAfterGru(inputs);
    return recurrent(tf.layers.gru({ units: inputs[2]!.shape[0]!, ...rnn(attributes, inputs) }), inputs);
  },
  'simple-rnn': (inputs, attributes) =>
    recurrent(tf.layers.simpleRNN({ units: inputs[2]!.shape[0]!, ...rnn({ ...attributes, recurrentActivation: 'sigmoid' }, inputs) }), inputs),
  'conv-lstm2d': (inputs, attributes) => {
    const { strides, padding } = attributes;
    const [kernel, recurrentKernel] = [inputs[1]!, inputs[2]!];
    const layer = tf.layers.convLstm2d({
      ...rnn(attributes, inputs),
      filters: recurrentKernel.shape[2]!,
      kernelSize: kernel.shape.slice(0, 2),
      strides: pair(strides),
      padding,
    });
    return recurrent(layer, inputs);
  },
};

function numbers(value: tf.Tensor): number[] {
  return Array.from(value.dataSync());
}

function fromFront(x: tf.Tensor, axis: number): number {
  return (axis + x.rank) % x.rank;
}

/** TF.js's softmax knows the last axis only. */
function alongLast(x: tf.Tensor, axis: number, rule: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
  const order = x.shape.map((_, i) => i);
  [order[x.rank - 1], order[fromFront(x, axis)]] = [fromFront(x, axis), x.rank - 1];
  return tf.transpose(rule(tf.transpose(x, order)), order);
}

function pair(values: readonly number[]): [number, number] {
  return [values[0]!, values[1]!];
}

function pairs(paddings: readonly (readonly number[])[]): [number, number][] {
  return paddings.map(pair);
}

function oneMore(padding: Padding): Padding {
  return typeof padding === 'string' ? padding : [[0, 0], ...padding];
}

/** Explicit zero padding is put in front, which leaves a valid window. */
function explicit(x: tf.Tensor, padding: Padding, value = 0): [tf.Tensor, 'same' | 'valid'] {
  if (padding === 'same' || padding === 'valid') return [x, padding];
  return [tf.pad(x, [[0, 0], ...pairs(padding), [0, 0]], value), 'valid'];
}

/** TF.js has no groups: each is a convolution of its own. */
function convolve(x: tf.Tensor, kernel: tf.Tensor, attributes: OpAttributes['conv2d']): tf.Tensor {
  const [padded, pad] = explicit(x, attributes.padding);
  const { groups, strides, dilations } = attributes;
  const kernels = tf.split(kernel, groups, 3);
  const parts = tf.split(padded, groups, 3);
  const results = parts.map((part, i) =>
    tf.conv2d(part as tf.Tensor4D, kernels[i] as tf.Tensor4D, pair(strides), pad, 'NHWC', pair(dilations)),
  );
  return tf.concat(results, 3);
}

function pooled(x: tf.Tensor, { kernel, strides, padding, activation }: OpAttributes['max-pool'], kind: 'max' | 'avg'): tf.Tensor {
  if (kernel.length === 3) {
    const pool3d = kind === 'max' ? tf.maxPool3d : tf.avgPool3d;
    const sizes = kernel as [number, number, number];
    return activate(pool3d(x as tf.Tensor5D, sizes, strides as [number, number, number], padding as 'same'), activation);
  }
  if (kernel.length === 1) {
    const wide = { kernel: [1, ...kernel], strides: [1, ...strides], padding: oneMore(padding), activation };
    return tf.squeeze(pooled(tf.expandDims(x, 1), wide, kind), [1]);
  }
  if (padding === 'same' || padding === 'valid') return activate(tf.pool(x as tf.Tensor4D, pair(kernel), kind, padding, [1, 1], pair(strides)), activation);
  if (kind === 'max') {
    return activate(tf.maxPool(explicit(x, padding, -Infinity)[0] as tf.Tensor4D, pair(kernel), pair(strides), 'valid'), activation);
  }
  // An average that leaves padding out: of the numbers and of ones.
  const average = (value: tf.Tensor): tf.Tensor => tf.avgPool(explicit(value, padding)[0] as tf.Tensor4D, pair(kernel), pair(strides), 'valid');
  return activate(tf.div(average(x), average(tf.onesLike(x))), activation);
}

function finish(y: tf.Tensor, bias: tf.Tensor | undefined, activation: FusedActivation): tf.Tensor {
  return activate(bias ? tf.add(y, bias) : y, activation);
}

function activate(y: tf.Tensor, activation: FusedActivation): tf.Tensor {
  switch (activation) {
    case 'none':
      return y;
    case 'relu':
      return tf.relu(y);
    case 'relu6':
      return tf.relu6(y);
    case 'relu-n1-to-1':
      return tf.clipByValue(y, -1, 1);
    case 'elu':
      return tf.elu(y);
    case 'sigmoid':
      return tf.sigmoid(y);
    case 'tanh':
      return tf.tanh(y);
    default: {
      const never: never = activation;
      return never;
    }
  }
}

/** The layer's output with these weights. */
function applied(layer: tf.layers.Layer, inputs: Inputs, weights: readonly (tf.Tensor | undefined)[]): tf.Tensor {
  layer.build(inputs[0]!.shape);
  layer.setWeights(weights.filter((value) => value !== undefined));
  return layer.apply(inputs[0]!) as tf.Tensor;
}

const activationNames: Partial<Record<string, string>> = { 'hard-sigmoid-keras2': 'hardSigmoid' };

function rnn(attributes: Omit<OpAttributes['lstm'], 'zeroOutputForMask'>, inputs: Inputs) {
  const named = (activation: string): 'tanh' => (activationNames[activation] ?? activation) as 'tanh';
  return {
    activation: named(attributes.activation),
    recurrentActivation: named(attributes.recurrentActivation),
    returnSequences: attributes.returnSequences,
    goBackwards: attributes.goBackwards,
    returnState: true,
    useBias: inputs[3] !== undefined,
  };
}

function recurrent(layer: tf.layers.Layer, [x, kernel, recurrentKernel, bias, mask, ...states]: Inputs): readonly tf.Tensor[] {
  layer.build(x!.shape);
  layer.setWeights([kernel!, recurrentKernel!, bias].filter((value) => value !== undefined));
  return layer.call([x!], { mask: mask ?? undefined, ...(states.length > 0 ? { initialState: states } : {}) }) as tf.Tensor[];
}

/** Of Keras, not in tfjs-layers: the reset gate is applied to the recurrent product. */
function resetAfterGru([x, kernel, recurrentKernel, bias]: Inputs): readonly tf.Tensor[] {
  const [inputBias, recurrentBias] = tf.unstack(bias!) as [tf.Tensor, tf.Tensor];
  let state: tf.Tensor = tf.zeros([x!.shape[0]!, recurrentKernel!.shape[0]!]);
  for (const step of tf.unstack(x!, 1)) {
    const [inputZ, inputR, inputH] = tf.split(tf.add(tf.matMul(step, kernel!), inputBias), 3, 1);
    const [stateZ, stateR, stateH] = tf.split(tf.add(tf.matMul(state, recurrentKernel!), recurrentBias), 3, 1);
    const update = tf.sigmoid(tf.add(inputZ!, stateZ!));
    const reset = tf.sigmoid(tf.add(inputR!, stateR!));
    const candidate = tf.tanh(tf.add(inputH!, tf.mul(reset, stateH!)));
    state = tf.add(tf.mul(update, state), tf.mul(tf.sub(1, update), candidate));
  }
  return [state, state];
}
