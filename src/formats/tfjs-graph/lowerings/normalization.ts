/** Normalizations. Only batch norm and local response norm are TensorFlow.js ops; the others are composed. */
import type { NodeOf } from '../../../ir/graph';
import { arithmetic } from '../arithmetic';
import { boolean, float, integer, text } from '../attribute-json';
import type { LoweringContext, Lowerings, Ref } from '../lowering';

/** Ranks that TensorFlow.js's own batch norm takes. */
const FUSED_RANKS: readonly (number | undefined)[] = [2, 3, 4];

export const normalizationLowerings = {
  'batch-norm'(node, context) {
    const { epsilon, axis, activation } = node.attributes;
    const rank = context.shape(0)?.length;
    const isLast = axis === -1 || axis === (rank ?? 0) - 1;
    if (isLast && (rank === undefined || FUSED_RANKS.includes(rank))) {
      const channels = context.shape(1)?.[0] ?? -1;
      const filled = (value: number): Ref =>
        channels < 0 ? context.refuse('the number of its channels is not known') : context.tf.floats(new Array<number>(channels).fill(value));
      const scale = context.has(3) ? context.ref(3) : filled(1);
      const offset = context.has(4) ? context.ref(4) : filled(0);
      const y = context.emit('FusedBatchNormV3', [context.ref(0), scale, offset, context.ref(1), context.ref(2)], {
        epsilon: float(epsilon),
        is_training: boolean(false),
        data_format: text('NHWC'),
      });
      return [context.activate(y, activation)];
    }
    return [context.activate(composedBatchNorm(node, context), activation)];
  },
  'layer-norm'(node, context) {
    const { axes, epsilon, rms } = node.attributes;
    const math = arithmetic(context);
    const x = context.ref(0);
    const [gamma, beta] = [1, 2].map((index) => (context.has(index) ? alongAxes(context, index, axes) : null));
    if (rms) {
      const scale = math.unary('Rsqrt', math.add(math.reduce('Mean', math.unary('Square', x), axes), epsilon));
      return [withScaleAndOffset(context, math.mul(x, scale), gamma, beta)];
    }
    const mean = math.reduce('Mean', x, axes);
    const variance = math.reduce('Mean', math.op('SquaredDifference', [x, mean]), axes);
    const scale = math.unary('Rsqrt', math.add(variance, epsilon));
    return [withScaleAndOffset(context, math.mul(math.sub(x, mean), scale), gamma, beta)];
  },
  'group-norm'(node, context) {
    const { groups, epsilon } = node.attributes;
    const shape = context.shape(0);
    if (!shape || shape.slice(1).includes(-1)) return context.refuse('group normalization needs a known size of its input');
    const math = arithmetic(context);
    const channels = shape.at(-1)!;
    const places = shape.slice(1, -1).reduce((product, size) => product * size, 1);
    const grouped = context.inner('Reshape', [context.ref(0), context.tf.integers([-1, places, groups, channels / groups])]);
    const mean = math.reduce('Mean', grouped, [1, 3]);
    const variance = math.reduce('Mean', math.op('SquaredDifference', [grouped, mean]), [1, 3]);
    const normal = math.mul(math.sub(grouped, mean), math.unary('Rsqrt', math.add(variance, epsilon)));
    const back = context.inner('Reshape', [normal, context.tf.integers([-1, ...shape.slice(1)])]);
    const [gamma, beta] = [1, 2].map((index) => (context.has(index) ? context.ref(index) : null));
    return [withScaleAndOffset(context, back, gamma ?? null, beta ?? null)];
  },
  'l2-normalize'(node, context) {
    const math = arithmetic(context);
    const x = context.ref(0);
    const sum = math.reduce('Sum', math.unary('Square', x), node.attributes.axes);
    return [math.mul(x, math.unary('Rsqrt', math.op('Maximum', [sum, node.attributes.epsilon])))];
  },
  'local-response-norm': (node, context) => [
    context.emit('LRN', [context.ref(0)], {
      depth_radius: integer(node.attributes.radius),
      bias: float(node.attributes.bias),
      alpha: float(node.attributes.alpha),
      beta: float(node.attributes.beta),
    }),
  ],
} satisfies Partial<Lowerings>;

function composedBatchNorm(node: NodeOf<'batch-norm'>, context: LoweringContext): Ref {
  const math = arithmetic(context);
  const { axis, epsilon } = node.attributes;
  const along = (index: number): Ref => alongAxes(context, index, [axis]);
  const scale = math.unary('Rsqrt', math.add(along(2), epsilon));
  const normal = math.mul(math.sub(context.ref(0), along(1)), scale);
  return withScaleAndOffset(context, normal, context.has(3) ? along(3) : null, context.has(4) ? along(4) : null);
}

function withScaleAndOffset(context: LoweringContext, x: Ref, gamma: Ref | null | undefined, beta: Ref | null | undefined): Ref {
  const math = arithmetic(context);
  const scaled = gamma ? math.mul(x, gamma) : x;
  return beta ? math.add(scaled, beta) : scaled;
}

/** A parameter with one number for each index of `axes`, so shaped that it broadcasts over the others. */
function alongAxes(context: LoweringContext, index: number, axes: readonly number[]): Ref {
  const rank = context.knownRank(0, 'it normalizes along an axis');
  const wanted = axes.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
  const isTrailing = wanted.every((axis, i) => axis === rank - wanted.length + i);
  if (isTrailing) return context.ref(index);
  const sizes = context.knownShape(index, 'it normalizes along an inner axis');
  const shape = new Array<number>(rank).fill(1);
  wanted.forEach((axis, i) => (shape[axis] = sizes[i]!));
  return context.inner('Reshape', [context.ref(index), context.tf.integers(shape)]);
}
