/** Arithmetic, comparison and mathematics, element by element. Most are the same operator by another name. */
import type { OpAttributes, OpName } from '../../../ops/signatures';
import type { FlatLowering, FlatLowerings } from '../lower-builder';
import { fusedActivation } from '../lower-fused';

/** The operators that take no attributes. */
type Plain = { [O in OpName]: Record<string, never> extends OpAttributes[O] ? O : never }[OpName];

export const elementwiseLowerings: FlatLowerings = {
  // a, b → y
  ADD: fusable('add'),
  SUB: fusable('sub'),
  MUL: fusable('mul'),
  DIV: (node, builder) => {
    if (node.typeOf(0).dtype === 'float32') return fusable('div')(node, builder);
    // Whole numbers: the quotient without its fraction.
    const [a, b] = [0, 1].map((index) => builder.inner(node, 'cast', [node.value(index)], { dtype: 'float32' }, 'float'));
    const quotient = builder.inner(node, 'div', [a!, b!], { activation: fusedActivation(node) }, 'quotient');
    return builder.emit(node, 'cast', [quotient], { dtype: 'int32' });
  },
  FLOOR_DIV: plain('floor-div', 2),
  FLOOR_MOD: plain('floor-mod', 2),
  MAXIMUM: plain('maximum', 2),
  MINIMUM: plain('minimum', 2),
  POW: plain('pow', 2),
  SQUARED_DIFFERENCE: plain('squared-difference', 2),
  ATAN2: plain('atan2', 2),
  EQUAL: plain('equal', 2),
  NOT_EQUAL: plain('not-equal', 2),
  LESS: plain('less', 2),
  LESS_EQUAL: plain('less-equal', 2),
  GREATER: plain('greater', 2),
  GREATER_EQUAL: plain('greater-equal', 2),
  LOGICAL_AND: plain('logical-and', 2),
  LOGICAL_OR: plain('logical-or', 2),
  ADD_N: (node, builder) => builder.emit(node, 'add-n', node.values(), {}),
  PRELU: plain('prelu', 2),

  // x → y
  RELU: plain('relu'),
  RELU6: plain('relu6'),
  RELU_N1_TO_1: plain('relu-n1-to-1'),
  RELU_0_TO_1: (node, builder) => builder.emit(node, 'clip', [node.value(0)], { minimum: 0, maximum: 1 }),
  LEAKY_RELU: (node, builder) => builder.emit(node, 'leaky-relu', [node.value(0)], { alpha: node.option('alpha', 0) }),
  ELU: (node, builder) => builder.emit(node, 'elu', [node.value(0)], { alpha: 1 }),
  LOGISTIC: plain('sigmoid'),
  TANH: plain('tanh'),
  HARD_SWISH: plain('hard-swish'),
  GELU: (node, builder) => builder.emit(node, 'gelu', [node.value(0)], { approximate: node.flag('approximate') }),
  EXP: plain('exp'),
  LOG: plain('log'),
  SQRT: plain('sqrt'),
  RSQRT: plain('rsqrt'),
  SQUARE: plain('square'),
  ABS: plain('abs'),
  NEG: (node, builder) => {
    const grid = node.gridOf(0);
    const output = builder.emit(node, 'neg', [node.value(0)], {});
    const made = builder.gridOf(output[0]);
    // The integer kernel turns the sign of the stored numbers and knows nothing of their grid.
    if (grid && (grid.zeroPoint !== 0 || made?.scale !== grid.scale || made.zeroPoint !== 0)) {
      node.refuse('it negates stored integers whose grid is not symmetric, which is no negation of the numbers');
    }
    return output;
  },
  SIGN: plain('sign'),
  FLOOR: plain('floor'),
  CEIL: plain('ceil'),
  ROUND: plain('round'),
  SIN: plain('sin'),
  COS: plain('cos'),
  LOGICAL_NOT: plain('logical-not'),
  ZEROS_LIKE: plain('zeros-like'),
};

function plain(op: Plain, arity = 1): FlatLowering {
  return (node, builder) => builder.emit(node, op, Array.from({ length: arity }, (_, i) => node.value(i)), {});
}

function fusable(op: 'add' | 'sub' | 'mul' | 'div'): FlatLowering {
  return (node, builder) => builder.emit(node, op, [node.value(0), node.value(1)], { activation: fusedActivation(node) });
}
