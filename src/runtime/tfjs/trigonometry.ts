/**
 * Sine, cosine, tangent and arc cosine. Graphics hardware computes them to about 1e-4 only. There the angle is reduced
 * to [−π/4, π/4] in three steps (Cody and Waite), and sine and cosine are the polynomials of Cephes, good to float32;
 * the arc cosine is 2 · atan2(√(1 − x), √(1 + x)).
 */
import type { Execute, KernelContext, Tensor } from './kernel';
import { acos, add, atan2, cos, div, equal, mod, mul, neg, notEqual, round, sin, sqrt, square, sub, tan, tidy, where } from '@tensorflow/tfjs-core';

/** π/2 in three parts; the first two have so few bits that their products with small whole numbers are exact. */
const HALF_PI_PARTS = [1.5703125, 4.837512969970703e-4, 7.54978995489188e-8] as const;
const SINE = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1] as const;
const COSINE = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2] as const;

export const trigonometryKernels = {
  sin: (_node: unknown, context: KernelContext): Execute =>
    isGraphics(context) ? (x: Tensor) => tidy(() => sineAndCosine(x).sine) : (x: Tensor) => sin(x),
  cos: (_node: unknown, context: KernelContext): Execute =>
    isGraphics(context) ? (x: Tensor) => tidy(() => sineAndCosine(x).cosine) : (x: Tensor) => cos(x),
  tan: (_node: unknown, context: KernelContext): Execute =>
    isGraphics(context)
      ? (x: Tensor) =>
          tidy(() => {
            const { sine, cosine } = sineAndCosine(x);
            return div(sine, cosine);
          })
      : (x: Tensor) => tan(x),
  acos: (_node: unknown, context: KernelContext): Execute =>
    isGraphics(context) ? (x: Tensor) => tidy(() => mul(atan2(sqrt(sub(1, x)), sqrt(add(x, 1))), 2)) : (x: Tensor) => acos(x),
};

function isGraphics({ backend }: KernelContext): boolean {
  return backend === 'webgl' || backend === 'webgpu';
}

function sineAndCosine(x: Tensor): { sine: Tensor; cosine: Tensor } {
  const turns = round(mul(x, 2 / Math.PI));
  const angle = HALF_PI_PARTS.reduce((rest, part) => sub(rest, mul(turns, part)), x);
  const squared = square(angle);
  // sin r = r + r³ · p(r²), cos r = 1 − r²/2 + r⁴ · q(r²)
  const nearSine = add(angle, mul(mul(angle, squared), polynomial(squared, SINE)));
  const nearCosine = add(sub(1, mul(squared, 0.5)), mul(square(squared), polynomial(squared, COSINE)));
  const quarter = mod(turns, 4);
  const isOdd = notEqual(mod(quarter, 2), 0);
  const sine = where(isOdd, nearCosine, nearSine);
  const cosine = where(isOdd, nearSine, nearCosine);
  const isThird = equal(quarter, 2);
  const isFourth = equal(quarter, 3);
  const isSecond = equal(quarter, 1);
  return {
    sine: where(isThird, neg(sine), where(isFourth, neg(sine), sine)),
    cosine: where(isSecond, neg(cosine), where(isThird, neg(cosine), cosine)),
  };
}

function polynomial(x: Tensor, [first, ...rest]: readonly [number, ...number[]]): Tensor {
  return rest.reduce<Tensor>((sum, coefficient, i) => add(i === 0 ? mul(x, first) : mul(sum, x), coefficient), x);
}
