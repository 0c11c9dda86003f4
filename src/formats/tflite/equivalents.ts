/** What stands for what: names of the graph beside numbers, types and layouts of the format, for the reader and the writer alike. */
import type { Quantization } from '../../ir/quantization';
import type { FusedActivation, OpAttributes } from '../../ops/signatures';
import type { TensorType } from './flat-model';

/** ActivationFunctionType. SIGN_BIT (5) is computed by no kernel that is in use. */
export const activationCodes = { none: 0, relu: 1, 'relu-n1-to-1': 2, relu6: 3, tanh: 4 } as const satisfies Partial<Record<FusedActivation, number>>;

/** Padding. */
export const paddingCodes = { same: 0, valid: 1 } as const;

/** MirrorPadMode. */
export const mirrorModeCodes = { reflect: 0, symmetric: 1 } as const satisfies Record<OpAttributes['mirror-pad']['mode'], number>;

/** Types of tensors on an integer grid. */
export const gridTypes = { int8: 'INT8', uint8: 'UINT8', int16: 'INT16' } as const satisfies Record<Quantization['dtype'], TensorType>;

/**
 * Dimension i of a filter in the file is dimension `order[i]` of it in the graph: [O, kh, kw, I] of [kh, kw, I, O], of a transposed
 * convolution's [kh, kw, O, I], and [O, I] of [I, O].
 */
export const filterOrders = { CONV_2D: [3, 0, 1, 2], TRANSPOSE_CONV: [2, 0, 1, 3], FULLY_CONNECTED: [1, 0] } as const satisfies Record<string, readonly number[]>;

/** The kernel of L2_NORMALIZATION divides by no less than 1e-6; the graph's epsilon stands under the root. */
export const L2_EPSILON = 1e-12;

/** From the graph's layout to the file's is one order, back the inverse. */
export function inverseOrder(order: readonly number[]): readonly number[] {
  return order.map((_, axis) => order.indexOf(axis));
}

/** The graph's name of a number or type of the format; undefined: it has none. */
export function nameOf<N extends string, C extends number | string>(codes: Readonly<Record<N, C>>, code: number | string): N | undefined {
  return (Object.keys(codes) as N[]).find((name) => codes[name] === code);
}
