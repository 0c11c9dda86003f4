/** Layers that take several tensors: sums, products, extremes, concatenation, dot products. */
import { axesOf, flagOf, integerOf, malformed, refuse } from './config';
import { type Flow, type GraphBuilder, NONE } from './graph-builder';
import { type FamilyTable, type LayerCall, lazily, positiveAxis, rankOf, withMask } from './lowering';

/** What Keras 2 and 3 add under the root when Dot normalizes. */
const DOT_EPSILON = { keras3: 1e-24, keras2: 1e-12 };

type Merge = (builder: GraphBuilder, a: Flow, b: Flow) => Flow;

const add: Merge = (builder, a, b) => builder.node('add', [a, b], { activation: 'none' });

export const mergingLayers: FamilyTable = {
  Add: { lower: (call, builder) => merge(call, builder, add) },
  Subtract: {
    lower: (call, builder) => {
      if (call.inputs.length !== 2) return malformed(call, `takes two tensors and is given ${call.inputs.length}.`);
      return merge(call, builder, (_, a, b) => builder.node('sub', [a, b], { activation: 'none' }));
    },
  },
  Multiply: { lower: (call, builder) => merge(call, builder, (_, a, b) => builder.node('mul', [a, b], { activation: 'none' })) },
  Maximum: { lower: (call, builder) => merge(call, builder, (_, a, b) => builder.node('maximum', [a, b], NONE)) },
  Minimum: { lower: (call, builder) => merge(call, builder, (_, a, b) => builder.node('minimum', [a, b], NONE)) },
  Average: {
    lower: (call, builder) => {
      const [sum] = merge(call, builder, add);
      const mean = builder.node('div', [sum!, builder.floats('count', [], [call.inputs.length])], { activation: 'none' });
      return [withMask(mean, sum!.mask)];
    },
  },
  Concatenate: { lower: concatenate },
  Dot: { lower: dot },
};

function merge(call: LayerCall, builder: GraphBuilder, combine: Merge): Flow[] {
  if (call.inputs.length === 0) return malformed(call, 'is called on nothing.');
  const rank = Math.max(...call.inputs.map((input) => rankOf(call, input)));
  const raised = call.inputs.map((input) => raise(call, builder, input, rank));
  const y = raised.length === 1 ? builder.node('identity', [raised[0]!], NONE) : raised.reduce((a, b) => combine(builder, a, b));
  return [withMask(y, anyMask(call, builder))];
}

/** Keras lines lower ranks up behind the batch. */
function raise(call: LayerCall, builder: GraphBuilder, x: Flow, rank: number): Flow {
  let raised = x;
  while (rankOf(call, raised) < rank) raised = builder.node('expand-dims', [raised], { axis: 1 });
  return raised;
}

/** A step counts when any input counts it; unmasked inputs leave no mask. */
function anyMask(call: LayerCall, builder: GraphBuilder): Flow['mask'] {
  const masks = call.inputs.map((input) => input.mask);
  if (masks.length === 0 || masks.some((mask) => mask === null)) return null;
  return lazily(() =>
    builder.within(call.source, () => masks.map((mask) => mask!()).reduce((a, b) => (a.id === b.id ? a : builder.node('logical-or', [a, b], NONE)))),
  );
}

function concatenate(call: LayerCall, builder: GraphBuilder): Flow[] {
  const first = call.inputs[0] ?? malformed(call, 'is called on nothing.');
  const axis = positiveAxis(call, integerOf(call, 'axis', -1), rankOf(call, first));
  const y = call.inputs.length === 1 ? builder.node('identity', [first], NONE) : builder.node('concat', call.inputs, { axis, activation: 'none' });
  return [withMask(y, concatenatedMask(call, builder, axis))];
}

/** Joined along time where time is joined; otherwise a step counts when all inputs count it. */
function concatenatedMask(call: LayerCall, builder: GraphBuilder, axis: number): Flow['mask'] {
  if (call.inputs.every((input) => input.mask === null)) return null;
  const maskOf = (input: Flow): Flow => {
    if (input.mask) return input.mask();
    const rest = Array.from({ length: rankOf(call, input) - 2 }, (_, i) => i + 2);
    const steps = rest.length === 0 ? input : builder.node('any', [builder.node('cast', [input], { dtype: 'bool' })], { axes: rest, keepDims: false });
    return builder.node('ones-like', [steps], NONE);
  };
  return lazily(() =>
    builder.within(call.source, () => {
      const masks = call.inputs.map(maskOf);
      if (axis === 1) return builder.node('concat', masks, { axis: 1, activation: 'none' });
      return masks.reduce((a, b) => (a.id === b.id ? a : builder.node('logical-and', [a, b], NONE)));
    }),
  );
}

/** Keras's batch_dot: one axis of each is summed over, the batch is shared, the other axes stand side by side. */
function dot(call: LayerCall, builder: GraphBuilder): Flow[] {
  const [a, b] = call.inputs;
  if (!a || !b || call.inputs.length !== 2) return malformed(call, `takes two tensors and is given ${call.inputs.length}.`);
  const ranks = [rankOf(call, a), rankOf(call, b)] as const;
  const given = axesOf(call, 'axes', -1);
  if (given.length > 2) return malformed(call, `has ${given.length} axes.`);
  const axisA = positiveAxis(call, given[0]!, ranks[0]);
  const axisB = positiveAxis(call, given[1] ?? given[0]!, ranks[1]);
  if (axisA === 0 || axisB === 0) return refuse(call, 'sums over the batch.');
  const epsilon = DOT_EPSILON[call.generation];
  const isUnit = flagOf(call, 'normalize', false);
  const left = isUnit ? builder.node('l2-normalize', [a], { axes: [axisA], epsilon }) : a;
  const right = isUnit ? builder.node('l2-normalize', [b], { axes: [axisB], epsilon }) : b;
  if (ranks[0] === 2 && ranks[1] === 2) {
    return [builder.node('sum', [builder.node('mul', [left, right], { activation: 'none' })], { axes: [1], keepDims: true })];
  }
  if (ranks[0] === 3 && ranks[1] === 3) {
    return [builder.node('batch-matmul', [left, right], { transposeA: axisA === 1, transposeB: axisB === 2 })];
  }
  const letters = [...'cdefghijklmnopqrstuvwxyz'];
  const spell = (rank: number, axis: number): string =>
    Array.from({ length: rank }, (_, i) => (i === 0 ? 'b' : i === axis ? 's' : nextLetter(letters))).join('');
  const spellings = [spell(ranks[0], axisA), spell(ranks[1], axisB)] as const;
  const rest = [...spellings[0], ...spellings[1]].filter((letter) => letter !== 'b' && letter !== 's').join('');
  return [builder.node('einsum', [left, right], { equation: `${spellings.join(',')}->b${rest}` })];
}

function nextLetter(letters: string[]): string {
  let letter = letters.shift();
  while (letter === 's') letter = letters.shift();
  return letter ?? '';
}
