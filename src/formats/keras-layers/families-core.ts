/** Dense, Embedding, EinsumDense, Masking, and layers that pass their input on. */
import { activationOf, applyActivation } from './activation-functions';
import { flagOf, malformed, numberOf, refuse, show } from './config';
import { type Flow, type GraphBuilder, NONE } from './graph-builder';
import { type FamilyTable, inputOf, type LayerCall, lazily, rankOf, weightOf, withMask } from './lowering';

export const coreLayers: FamilyTable = {
  Dense: { weights: kernelAndBias, lower: dense },
  Embedding: { weights: () => ['embeddings'], lower: embedding },
  EinsumDense: { weights: (owner) => (owner.config.bias_axes ? ['kernel', 'bias'] : ['kernel']), lower: einsumDense },
  Masking: { lower: masking },
  Activation: {
    lower: (call, builder) => {
      const x = inputOf(call);
      const y = applyActivation(call, builder, call.config.activation ?? 'linear', x);
      return [withMask(y.id === x.id ? builder.node('identity', [x], NONE) : y, x.mask)];
    },
  },
  Identity: { lower: passOn },
};

/** A node that does nothing, so that the layer is still there to be written back. */
export function passOn(call: LayerCall, builder: GraphBuilder): Flow[] {
  const x = inputOf(call);
  return [withMask(builder.node('identity', [x], NONE), x.mask)];
}

function kernelAndBias(owner: { readonly config: Readonly<Record<string, unknown>> }): string[] {
  return owner.config.use_bias === false ? ['kernel'] : ['kernel', 'bias'];
}

function dense(call: LayerCall, builder: GraphBuilder): Flow[] {
  const x = inputOf(call);
  const activation = activationOf(call, builder);
  const bias = flagOf(call, 'use_bias', true) ? weightOf(call, builder, 1, 'bias') : null;
  const y = builder.node('dense', [x, weightOf(call, builder, 0, 'kernel'), bias], { activation: activation.fused });
  return [withMask(activation.apply(y), x.mask)];
}

function embedding(call: LayerCall, builder: GraphBuilder): Flow[] {
  const x = inputOf(call);
  const indices = x.dtype === 'int32' ? x : builder.node('cast', [x], { dtype: 'int32' });
  const y = builder.node('gather', [weightOf(call, builder, 0, 'embeddings'), indices], { axis: 0, batchDims: 0 });
  if (!flagOf(call, 'mask_zero', false)) return [y];
  const zero = lazily(() =>
    builder.within(call.source, () => builder.node('not-equal', [indices, builder.integers('mask_value', [], [0])], NONE)),
  );
  return [{ ...y, mask: zero }];
}

function masking(call: LayerCall, builder: GraphBuilder): Flow[] {
  const x = inputOf(call);
  const value = builder.floats('mask_value', [], [numberOf(call, 'mask_value', 0)]);
  const differs = builder.node('not-equal', [x, value], NONE);
  const kept = builder.node('any', [differs], { axes: [-1], keepDims: true });
  const y = builder.node('mul', [x, builder.node('cast', [kept], { dtype: 'float32' })], { activation: 'none' });
  return [{ ...y, mask: lazily(() => builder.within(call.source, () => builder.node('squeeze', [kept], { axes: [-1] }))) }];
}

/** A Dense over chosen axes. The usual form, one contraction over the last axis, becomes a dense node. */
function einsumDense(call: LayerCall, builder: GraphBuilder): Flow[] {
  const x = inputOf(call);
  const activation = activationOf(call, builder);
  const equation = withoutEllipsis(call, rankOf(call, x));
  const [operands, output] = equation.split('->') as [string, string];
  const [left, right] = operands.split(',') as [string, string];
  const kernel = call.weights[0] ?? malformed(call, 'has no kernel in the file.');
  const biasShape = call.weights[1]?.shape;
  const isDense = right.length === 2 && left.endsWith(right[0]!) && output === left.slice(0, -1) + right[1];
  if (isDense && kernel.shape.length === 2 && (biasShape === undefined || biasShape.length === 1)) {
    const bias = call.weights[1] ? weightOf(call, builder, 1, 'bias') : null;
    const y = builder.node('dense', [x, weightOf(call, builder, 0, 'kernel'), bias], { activation: activation.fused });
    return [activation.apply(y)];
  }
  const product = builder.node('einsum', [x, weightOf(call, builder, 0, 'kernel')], { equation });
  const biased = call.weights[1]
    ? builder.node('add', [product, weightOf(call, builder, 1, 'bias')], { activation: activation.fused })
    : product;
  return [call.weights[1] ? activation.apply(biased) : applyActivation(call, builder, call.config.activation ?? 'linear', product)];
}

/** The equation with letters of its own for `...`, as many as the input's rank leaves. */
function withoutEllipsis(call: LayerCall, rank: number): string {
  const { equation } = call.config;
  if (typeof equation !== 'string' || !/^[A-Za-z.]+,[A-Za-z]+->[A-Za-z.]+$/.test(equation)) {
    return refuse(call, `has the equation ${show(equation)}; Whittle runs those of the form "ab,bc->ac".`);
  }
  if (!equation.includes('.')) return equation;
  const left = equation.slice(0, equation.indexOf(','));
  const count = rank - (left.length - 3);
  const free = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].filter((letter) => !equation.includes(letter));
  if (!left.includes('...') || count < 0 || count > free.length) return malformed(call, `has the equation ${equation} for an input of rank ${rank}.`);
  return equation.replaceAll('...', free.slice(0, count).join(''));
}

