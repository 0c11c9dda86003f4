/** Matrix products. A product with a constant matrix is a dense layer, so that its weights can be compressed as such. */
import type { ValueId } from '../../../ir/graph';
import type { FusedActivation } from '../../../ops/signatures';
import type { GraphBuilder, Mappings, TfNode } from '../graph-builder';
import { transposeMatrix } from '../transpose-matrix';
import { withTail } from './convolution';

export const matrixMappings: Mappings = {
  MatMul: (node, builder) => [product(node, builder, flags(node, 'transpose_a', 'transpose_b'), 'none', null)],
  _FusedMatMul: (node, builder) =>
    withTail(node, builder, (activation, bias) =>
      product(node, builder, flags(node, 'transpose_a', 'transpose_b'), activation, bias),
    ),
  BatchMatMul: (node, builder) => [product(node, builder, flags(node, 'adj_x', 'adj_y'), 'none', null)],
  BatchMatMulV2: (node, builder) => [product(node, builder, flags(node, 'adj_x', 'adj_y'), 'none', null)],
  Einsum: (node, builder) => {
    const equation = node.attributes.text('equation', '').replaceAll(' ', '');
    if (!equation.includes('->') || equation.includes('.')) {
      node.refuse(`the equation "${equation}" must name its output and use no ellipsis`);
    }
    return [builder.emit(node, 'einsum', node.inputs, { equation })];
  },
  Transpose: (node, builder) => [
    builder.emit(node, 'transpose', [node.input(0)], { permutation: node.integers(1, 'permutation') }),
  ],
};

interface Flags {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

function flags(node: TfNode, a: string, b: string): Flags {
  return { transposeA: node.attributes.boolean(a, false), transposeB: node.attributes.boolean(b, false) };
}

function product(node: TfNode, builder: GraphBuilder, { transposeA, transposeB }: Flags, activation: FusedActivation, bias: ValueId | null): ValueId {
  const [a, b] = [node.input(0), node.input(1)];
  const tensor = builder.tensorOf(b);
  if (tensor?.dtype === 'float32' && tensor.shape.length === 2 && !transposeA) {
    const kernel = transposeB ? builder.derivedConstant(b, 'transposed', transposeMatrix) : b;
    return builder.emit(node, 'dense', bias === null ? [a, kernel] : [a, kernel, bias], { activation });
  }
  const y = builder.emit(node, 'batch-matmul', [a, b], { transposeA, transposeB });
  if (bias !== null) return builder.emit(node, 'add', [y, bias], { activation }, 'bias');
  if (activation === 'none') return y;
  return builder.emit(node, activation, [y], activation === 'elu' ? { alpha: 1 } : {}, 'activation');
}
