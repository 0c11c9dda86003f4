/**
 * Functions that builtins have no name for, from exp, log, sin, cos, atan2 and ELU (which is eˣ − 1 below zero, without cancelling).
 * Odd functions are computed of |x| and get the sign of x.
 * - expm1(x) = ELU(x) for x ≤ 0, −ELU(−x) · eˣ above
 * - log1p(x) = log(u) · x / (u − 1) with u = 1 + x for |x| < 1 (the rounding of u cancels; x itself where u = 1), log(u) elsewhere
 * - tan = sin / cos; asin(x) = atan2(x, √((1 − x)(1 + x))); acos(x) = atan2(√((1 − x)(1 + x)), x); atan(x) = atan2(x, 1)
 * - sinh(a) = −ELU(−2a) · eᵃ / 2; cosh(x) = (e^x + e^−x) / 2
 * - asinh(a) = log1p(a + a² / (1 + √(a² + 1))); acosh(x) = log1p(t + √(t (t + 2))), t = x − 1; atanh(a) = log1p(2a / (1 − a)) / 2
 * - erf: Abramowitz and Stegun 7.1.26, within 1.5e-7
 */
import type { ValueId } from '../../../../ir/graph';
import { algebra } from '../algebra';
import type { Algebra } from '../algebra';
import type { Build, Rule, Rules } from '../rule';
import type { OpName } from '../../../../ops/signatures';
import { floatsOnly } from '../types';

/** a₅ … a₁ and p of formula 7.1.26. */
const ERF = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592] as const;
const ERF_P = 0.3275911;

export const transcendentalRules: Rules = {
  expm1: ofFloats((x, { elu, neg, exp, mul, greater, select }) => select(greater(x, 0), mul(neg(elu(neg(x))), exp(x)), elu(x))),
  log1p: ofFloats((x, { add, sub, mul, div, log, equal, abs, less, select }) => {
    const u = add(x, 1);
    const rounded = sub(u, 1);
    const near = select(equal(rounded, 0), x, mul(log(u), div(x, rounded)));
    return select(less(abs(x), 1), near, log(u));
  }),
  tan: ofFloats((x, { sin, cos, div }) => div(sin(x), cos(x))),
  asin: ofFloats((x, a, build) => atan2(build, x, leg(x, a))),
  acos: ofFloats((x, a, build) => atan2(build, leg(x, a), x)),
  atan: ofFloats((x, _, build) => atan2(build, x, build.op('ones-like', [x], {} as never))),
  sinh: ofFloats(odd((a, { elu, mul, exp }) => mul(mul(elu(mul(a, -2)), exp(a)), -0.5))),
  cosh: ofFloats((x, { add, mul, exp, neg }) => mul(add(exp(x), exp(neg(x))), 0.5)),
  asinh: ofFloats(odd((a, { add, div, sqrt, square, log1p }) => log1p(add(a, div(square(a), add(sqrt(add(square(a), 1)), 1)))))),
  acosh: ofFloats((x, { add, sub, mul, sqrt, log1p }) => {
    const t = sub(x, 1);
    return log1p(add(t, sqrt(mul(t, add(t, 2)))));
  }),
  atanh: ofFloats(odd((a, { sub, mul, div, log1p }) => mul(log1p(div(mul(a, 2), sub(1, a))), 0.5))),
  erf: ofFloats(
    odd((a, { add, sub, mul, div, exp, neg, square }) => {
      const t = div(1, add(mul(a, ERF_P), 1));
      const [first, second, ...others] = ERF;
      const polynomial = others.reduce((sum, coefficient) => add(mul(sum, t), coefficient), add(mul(t, first), second));
      return sub(1, mul(mul(polynomial, t), exp(neg(square(a)))));
    }),
  ),
};

type Formula = (x: ValueId, algebra: Algebra, build: Build) => ValueId;

function ofFloats(formula: Formula): readonly Rule<OpName>[] {
  return [floatsOnly, (node, build) => [formula(node.inputs[0]!, algebra(build), build)]];
}

function odd(formula: Formula): Formula {
  return (x, words, build) => {
    const y = formula(words.abs(x), words, build);
    return words.select(words.less(x, 0), words.neg(y), y);
  };
}

function leg(x: ValueId, { sub, add, mul, sqrt }: Algebra): ValueId {
  return sqrt(mul(sub(1, x), add(x, 1)));
}

function atan2(build: Build, y: ValueId, x: ValueId): ValueId {
  return build.op('atan2', [y, x], {} as never);
}
