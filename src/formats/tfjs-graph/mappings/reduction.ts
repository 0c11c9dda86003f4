/** Reductions, running sums, and the normalizations that are operators of their own. */
import type { ValueId } from '../../../ir/graph';
import type { GraphBuilder, Mapping, Mappings, TfNode } from '../graph-builder';

export const reductionMappings: Mappings = {
  Mean: reduce('mean'),
  Sum: reduce('sum'),
  Prod: reduce('prod'),
  Max: reduce('max'),
  Min: reduce('min'),
  Any: reduce('any'),
  All: reduce('all'),
  ArgMax: (node, builder) => [builder.emit(node, 'argmax', [node.input(0)], { axis: axisInput(node) })],
  ArgMin: (node, builder) => [builder.emit(node, 'argmin', [node.input(0)], { axis: axisInput(node) })],
  Cumsum: (node, builder) => [builder.emit(node, 'cumsum', [node.input(0)], running(node))],
  Cumprod: (node, builder) => [builder.emit(node, 'cumprod', [node.input(0)], running(node))],
  EuclideanNorm: (node, builder) => {
    const squares = builder.emit(node, 'square', [node.input(0)], {}, 'square');
    const sum = builder.emit(node, 'sum', [squares], reduction(node), 'sum');
    return [builder.emit(node, 'sqrt', [sum], {})];
  },
  Softmax: (node, builder) => [builder.emit(node, 'softmax', [node.input(0)], { axis: -1 })],
  LogSoftmax: (node, builder) => [builder.emit(node, 'log-softmax', [node.input(0)], { axis: -1 })],
  FusedBatchNorm: batchNorm,
  FusedBatchNormV2: batchNorm,
  FusedBatchNormV3: batchNorm,
  LRN: (node, builder) => [
    builder.emit(node, 'local-response-norm', [node.input(0)], {
      radius: node.attributes.integer('depth_radius', 5),
      bias: node.attributes.float('bias', 1),
      alpha: node.attributes.float('alpha', 1),
      beta: node.attributes.float('beta', 0.5),
    }),
  ],
  TopKV2: (node, builder) => {
    const k = node.integersOrNull(1)?.[0] ?? null;
    const inputs = k === null ? [node.input(0), node.input(1)] : [node.input(0)];
    return builder.emitAll(node, 'top-k', inputs, { k, sorted: node.attributes.boolean('sorted', true) }, { outputs: 2 });
  },
};

function reduce(op: 'mean' | 'sum' | 'prod' | 'max' | 'min' | 'any' | 'all'): Mapping {
  return (node, builder) => [builder.emit(node, op, [node.input(0)], reduction(node))];
}

function reduction(node: TfNode): { readonly axes: readonly number[]; readonly keepDims: boolean } {
  const absent = node.attributes.boolean('keepdims', false);
  return { axes: node.integers(1, 'axis'), keepDims: node.attributes.boolean('keep_dims', absent) };
}

function axisInput(node: TfNode): number {
  return node.inputs.length > 1 ? node.integer(1, 'axis') : 0;
}

function running(node: TfNode): { readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean } {
  return {
    axis: node.integer(1, 'axis'),
    exclusive: node.attributes.boolean('exclusive', false),
    reverse: node.attributes.boolean('reverse', false),
  };
}

/** Inputs: x, scale, offset, mean, variance. TensorFlow.js takes the statistics as given, training or not. */
function batchNorm(node: TfNode, builder: GraphBuilder): readonly ValueId[] {
  if (node.usedOutputs > 1) node.refuse('the statistics that it computes are used; export the model for inference');
  const format = node.attributes.text('data_format', 'NHWC').toUpperCase();
  if (!format.endsWith('C')) node.refuse(`its data format is ${format}; convert the model with channels last (NHWC)`);
  const [x, gamma, beta, mean, variance] = [0, 1, 2, 3, 4].map((index) => node.input(index));
  return [
    builder.emit(node, 'batch-norm', [x!, mean!, variance!, gamma!, beta!], {
      epsilon: node.attributes.float('epsilon', 0.001),
      axis: -1,
      activation: 'none',
    }),
  ];
}
