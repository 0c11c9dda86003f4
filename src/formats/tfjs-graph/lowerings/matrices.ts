/** Dense layers and matrix products. */
import { boolean, integer, text } from '../attribute-json';
import type { LoweringContext, Lowerings, Ref } from '../lowering';
import { fused } from './convolution';

const NOT_TRANSPOSED = { transpose_a: boolean(false), transpose_b: boolean(false) };

export const matrixLowerings = {
  dense(node, context) {
    const { activation } = node.attributes;
    const rank = context.shape(0)?.length;
    const product = (x: Ref): Ref => fused(context, '_FusedMatMul', 'MatMul', [x, context.ref(1)], NOT_TRANSPOSED, activation);
    if (rank === 2) return [product(context.ref(0))];
    const output = context.outputShape(0);
    const inputs = context.shape(1)?.[0] ?? -1;
    const unknown = output?.filter((size) => size < 0).length ?? Number.POSITIVE_INFINITY;
    if (inputs > 0 && unknown <= 1) {
      // The leading dimensions as one, and back.
      const flat = context.inner('Reshape', [context.ref(0), context.tf.integers([-1, inputs])]);
      return [context.inner('Reshape', [product(flat), context.tf.integers(output!)])];
    }
    return [batchedDense(context, activation)];
  },
  'batch-matmul': (node, context) => [
    context.emit('BatchMatMulV2', [context.ref(0), context.ref(1)], {
      adj_x: boolean(node.attributes.transposeA),
      adj_y: boolean(node.attributes.transposeB),
    }),
  ],
  'real-fft': (_, context) => context.refuse('Whittle writes no spectra to TensorFlow.js graph models; a TensorFlow Lite file keeps them'),
  einsum(node, context) {
    if (node.inputs.length > 2) context.refuse(`TensorFlow.js takes at most two inputs for an einsum, and this has ${node.inputs.length}`);
    const inputs = node.inputs.map((_, index) => context.ref(index));
    return [context.emit('Einsum', inputs, { equation: text(lowerCased(node.attributes.equation)), N: integer(inputs.length) })];
  },
} satisfies Partial<Lowerings>;

function batchedDense(context: LoweringContext, activation: Parameters<LoweringContext['activate']>[1]): Ref {
  const y = context.inner('BatchMatMulV2', [context.ref(0), context.ref(1)], { adj_x: boolean(false), adj_y: boolean(false) });
  const biased = context.has(2) ? context.inner('BiasAdd', [y, context.ref(2)]) : y;
  const tail = context.tail?.node;
  if (!tail) return context.activate(biased, activation);
  // A following activation was to be fused; here it stands for itself.
  switch (tail.op) {
    case 'prelu':
      return context.inner('Prelu', [biased, context.refOf(tail.inputs[1]!)]);
    case 'leaky-relu':
      return context.inner('LeakyRelu', [biased], { alpha: { f: tail.attributes.alpha } });
    default:
      return context.activate(biased, tail.op);
  }
}

/** TensorFlow.js reads the equation in lower case, so that A and a would be one dimension. */
function lowerCased(equation: string): string {
  const names = new Map<string, string>();
  const free = [...'abcdefghijklmnopqrstuvwxyz'].filter((letter) => !equation.includes(letter));
  return equation.replaceAll(/[A-Z]/g, (letter) => {
    if (!names.has(letter)) names.set(letter, free.shift() ?? letter);
    return names.get(letter)!;
  });
}
