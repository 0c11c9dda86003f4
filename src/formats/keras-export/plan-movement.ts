/** Reshaping, padding, pooling over everything, look-ups and resizing as single layers. */
import type { Node, NodeOf, ValueId } from '../../ir/graph';
import type { Shape } from '../../ir/tensor';
import { productOf } from '../../ops/dimensions';
import { activated, type Plan, type PlanContext, type PlanTable, reason, shapeOf, single, tensorOf, weight } from './plan';

export const movementPlans: PlanTable = {
  flatten: (node, context) =>
    shapeOf(context, node.inputs[0])?.length === 2 && context.target.id === 'tfjs-layers'
      ? { alias: node.inputs[0]! }
      : single({ className: 'Flatten', config: {}, inputs: [node.inputs[0]!] }),
  reshape: (node, context) => (node.attributes.shape === null ? reason('takes a shape that is computed at run time') : reshape(node, context)),
  squeeze: (node, context) => reshape(node, context),
  'expand-dims': (node, context) => reshape(node, context),
  transpose: (node) => {
    const [batch, ...dims] = node.attributes.permutation;
    return batch === 0 ? single({ className: 'Permute', config: { dims }, inputs: [node.inputs[0]!] }) : reason('moves the batch');
  },
  concat: (node, context) => {
    if (node.inputs.some((id) => tensorOf(context, id))) return reason('joins a constant, for which Keras has no layer');
    if (node.inputs.length === 1) return { alias: node.inputs[0]! };
    const { axis, activation } = node.attributes;
    if (axis === 0) return reason('joins batches');
    return activated([{ className: 'Concatenate', config: { axis }, inputs: node.inputs as readonly ValueId[], takesList: true }], activation);
  },
  pad: (node, context) => {
    const { paddings, value } = node.attributes;
    if (!paddings) return reason('takes paddings that are computed at run time');
    if (value !== 0) return reason('pads with another number than zero, for which Keras has no layer');
    const spatial = paddings.slice(1, -1);
    const outer = [paddings[0], paddings.at(-1)].flat();
    if (outer.some((size) => size !== 0)) return reason('pads the batch or the channels, for which Keras has no layer');
    if (spatial.length < 1 || spatial.length > 3) return reason(`pads a tensor of rank ${paddings.length}`);
    if (spatial.length !== 2 && context.target.id === 'tfjs-layers') return reason('pads another number of dimensions than two, for which TensorFlow.js has no layer');
    const pairs = spatial.map((pair) => [...pair]);
    const config = spatial.length === 1 ? { padding: pairs[0] } : { padding: pairs, data_format: 'channels_last' };
    return single({ className: `ZeroPadding${spatial.length}D`, config, inputs: [node.inputs[0]!] });
  },
  mean: (node, context) => globalPooling(node, context, 'GlobalAveragePooling'),
  max: (node, context) => globalPooling(node, context, 'GlobalMaxPooling'),
  gather: (node, context) => {
    const [tableId, indices] = node.inputs;
    const table = tensorOf(context, tableId);
    const { axis, batchDims } = node.attributes;
    if (!table || table.shape.length !== 2 || axis !== 0 || batchDims !== 0) return reason('picks out of a tensor in a way for which Keras has no layer');
    if (!indices || tensorOf(context, indices)) return reason('looks up constants');
    const config = { input_dim: table.shape[0]!, output_dim: table.shape[1]!, mask_zero: false };
    return single({ className: 'Embedding', config, weights: [weight(context, 'embeddings', tableId!)], inputs: [indices] });
  },
  'resize-nearest': (node, context) => resize(node, context, 'nearest'),
  'resize-bilinear': (node, context) => resize(node, context, 'bilinear'),
};

/** A reshape that leaves the batch alone, by the shapes that are known. */
function reshape(node: Node, context: PlanContext): Plan {
  const from = shapeOf(context, node.inputs[0]);
  const to = shapeOf(context, node.outputs[0]);
  if (!from || !to) return reason('has a shape that is not known');
  const target = batchKeepingShape(from, to);
  return target ? single({ className: 'Reshape', config: { target_shape: target }, inputs: [node.inputs[0]!] }) : reason('does not keep the batch in front');
}

/** The sizes behind the batch, or null when the batch may change or sizes are unknown. */
function batchKeepingShape(from: Shape, to: Shape): number[] | null {
  const [batch, ...rest] = to;
  if (batch === undefined || from.length === 0) return null;
  const known = (sizes: readonly number[]): boolean => sizes.every((size) => size >= 0);
  const inner = from.slice(1);
  if (known(inner) && known(rest)) return productOf(inner) === productOf(rest) ? rest : null;
  // One unknown size may stay where all others are the same.
  const same = inner.filter((size) => size !== 1).join() === rest.filter((size) => size !== 1).join();
  return same && rest.filter((size) => size < 0).length <= 1 && from[0] === batch ? rest : null;
}

function globalPooling(node: NodeOf<'mean'> | NodeOf<'max'>, context: PlanContext, kind: string): Plan {
  const shape = shapeOf(context, node.inputs[0]);
  const rank = shape?.length ?? 0;
  const axes = node.attributes.axes.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
  const isSpatial = rank >= 3 && rank <= 5 && axes.length === rank - 2 && axes.every((axis, i) => axis === i + 1);
  if (!shape || !isSpatial) return reason(`reduces the axes [${node.attributes.axes.join(', ')}], for which Keras has no layer`);
  const className = `${kind}${rank - 2}D`;
  const { keepDims } = node.attributes;
  const isTfjs = context.target.id === 'tfjs-layers';
  const pool = { className, config: { data_format: 'channels_last', ...(keepDims && !isTfjs ? { keepdims: true } : {}) }, inputs: [node.inputs[0]!] };
  if (!keepDims || !isTfjs) return single(pool);
  const channels = shape.at(-1)!;
  if (channels < 0) return reason('has an unknown number of channels');
  const target_shape = [...axes.map(() => 1), channels];
  return { steps: [{ ...pool, suffix: 'pool' }, { className: 'Reshape', config: { target_shape }, inputs: [0] }] };
}

function resize(node: NodeOf<'resize-nearest'> | NodeOf<'resize-bilinear'>, context: PlanContext, interpolation: 'nearest' | 'bilinear'): Plan {
  const { size, alignCorners, halfPixelCenters } = node.attributes;
  const shape = shapeOf(context, node.inputs[0]);
  if (!size || !shape) return reason('takes a size that is computed at run time');
  const factors = size.map((length, i) => length / shape[i + 1]!);
  const isWhole = factors.every((factor) => Number.isInteger(factor) && factor >= 1);
  if (alignCorners) return reason('aligns corners, which Keras does not');
  if (interpolation === 'bilinear' && !halfPixelCenters) return reason('takes its points at the corners of pixels, where Keras takes the middle');
  // At whole factors, nearest picks the same pixels from either point.
  if (isWhole) return single({ className: 'UpSampling2D', config: { size: factors, interpolation, data_format: 'channels_last' }, inputs: [node.inputs[0]!] });
  if (!halfPixelCenters) return reason('takes its points at the corners of pixels, where Keras takes the middle');
  return single({ className: 'Resizing', config: { height: size[0], width: size[1], interpolation }, inputs: [node.inputs[0]!] });
}
