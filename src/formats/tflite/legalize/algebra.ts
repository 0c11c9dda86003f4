/** Short words for the nodes that rules are written in. A number stands for a constant of the other operand's type. */
import type { ValueId } from '../../../ir/graph';
import type { Quantization } from '../../../ir/quantization';
import type { Shape } from '../../../ir/tensor';
import { decodeFloats, float32Tensor } from '../../../ir/tensor';
import type { DType, FusedActivation, OpAttributes, OpName } from '../../../ops/signatures';
import { reshaped, transposed } from './rearrange';
import type { Build } from './rule';

export type Operand = ValueId | number;

type WithoutAttributes = { [O in OpName]: OpAttributes[O] extends OpAttributes['exp'] ? (OpAttributes['exp'] extends OpAttributes[O] ? O : never) : never }[OpName];

export function algebra(build: Build) {
  const typed = (a: Operand, b: Operand): [ValueId, ValueId] => {
    const other = typeof a === 'string' ? a : typeof b === 'string' ? b : null;
    const dtype = other === null ? 'float32' : build.value(other).dtype;
    const id = (operand: Operand): ValueId => (typeof operand === 'string' ? operand : build.scalar(operand, dtype as Exclude<DType, 'string'>));
    return [id(a), id(b)];
  };
  const fused = (op: 'add' | 'sub' | 'mul' | 'div') => (a: Operand, b: Operand, activation: FusedActivation = 'none', grid?: Quantization) =>
    build.op(op, typed(a, b), { activation }, grid);
  const plain = (op: WithoutAttributes) => (a: Operand, b: Operand) => build.op(op, typed(a, b), {} as never);
  const unary = (op: WithoutAttributes) => (x: ValueId) => build.op(op, [x], {} as never);
  const reduce = (op: 'mean' | 'sum' | 'max' | 'min' | 'prod') => (x: ValueId, axes: readonly number[], keepDims = true) => build.op(op, [x], { axes, keepDims });
  return {
    add: fused('add'),
    sub: fused('sub'),
    mul: fused('mul'),
    div: fused('div'),
    maximum: plain('maximum'),
    minimum: plain('minimum'),
    floorMod: plain('floor-mod'),
    floorDiv: plain('floor-div'),
    squaredDifference: plain('squared-difference'),
    equal: plain('equal'),
    notEqual: plain('not-equal'),
    less: plain('less'),
    greater: plain('greater'),
    greaterEqual: plain('greater-equal'),
    select(condition: ValueId, a: Operand, b: Operand): ValueId {
      return build.op('select', [condition, ...typed(a, b)], {} as never);
    },
    exp: unary('exp'),
    log: unary('log'),
    sqrt: unary('sqrt'),
    rsqrt: unary('rsqrt'),
    square: unary('square'),
    abs: unary('abs'),
    neg: unary('neg'),
    sin: unary('sin'),
    cos: unary('cos'),
    relu: unary('relu'),
    sigmoid: unary('sigmoid'),
    log1p: unary('log1p'),
    /** x above zero, eˣ − 1 below: exact where eˣ − 1 would cancel. */
    elu: (x: ValueId) => build.op('elu', [x], { alpha: 1 }),
    mean: reduce('mean'),
    sum: reduce('sum'),
    max: reduce('max'),
    cast: (x: ValueId, dtype: DType) => (build.value(x).dtype === dtype ? x : build.op('cast', [x], { dtype })),
    /** A constant gets its new shape at once. One dimension may be −1. */
    reshape(x: ValueId, shape: Shape): ValueId {
      const value = build.value(x);
      if (value.shape && value.shape.join() === shape.join() && !shape.includes(-1)) return x;
      if (value.tensor && !shape.includes(-1)) return build.constant(x, `reshape[${shape.join()}]`, () => reshaped(value.tensor!, shape));
      if (shape.filter((size) => size < 0).length > 1) build.refuse('its shapes are not known before it runs');
      return build.op('reshape', [x], { shape });
    },
    transpose(x: ValueId, permutation: readonly number[]): ValueId {
      if (permutation.every((axis, i) => axis === i)) return x;
      const { tensor } = build.value(x);
      if (tensor) return build.constant(x, `transpose[${permutation.join()}]`, () => transposed(tensor, permutation));
      return build.op('transpose', [x], { permutation });
    },
    /** A constant of floats computed from others: of one size, or one number. Null where one of them is not constant. */
    folded(key: string, shape: Shape, sources: readonly (ValueId | null | undefined)[], rule: (...numbers: (number | undefined)[]) => number): ValueId | null {
      if (!sources.every((id) => id === null || id === undefined || build.isConstant(id))) return null;
      const arrays = sources.map((id) => (id === null || id === undefined ? undefined : decodeFloats(build.value(id).tensor!)));
      const length = Math.max(...arrays.map((array) => array?.length ?? 1));
      return build.constant(null, key, () => float32Tensor(shape, Float32Array.from({ length }, (_, i) => rule(...arrays.map((array) => array?.[i])))));
    },
  };
}

export type Algebra = ReturnType<typeof algebra>;
