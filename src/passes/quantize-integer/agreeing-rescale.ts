/**
 * Factors by which all runtimes round alike. Sums become integers of the next grid by one factor M = s_x · s_w / s_y. XNNPACK rounds acc · M
 * once, halves to even. TensorFlow Lite's reference kernels, and those of microcontrollers, write M = m · 2^−n with m in [½, 1) and round
 * twice: acc · m to whole numbers, then by 2^n, halves away from zero (`MultiplyByQuantizedMultiplier` in tflite/kernels/internal/common.h).
 * The first rounding makes halves of what lay below them: one number in 2^(n+1) differs, half a per cent at M = 1/100, layer after layer.
 *
 * With M = (1 + lift) / D, D even and no power of two, nothing differs: the next sum below a half lies 1/D under it, and 1/D > 2^−(n+1);
 * exact halves are lifted over the half, so that there is no tie. A step of a grid moves by some 1/D of itself.
 *
 * Not for TensorFlow Lite's optimized kernels, which take 4-bit convolutions in Python: they round halves of negative sums up.
 */

/** Of |acc · M|: 8 bits. */
const LARGEST = 255.5;
/** What the lift must survive: three roundings of float32 in M, and one of the product. */
const SMALLEST_LIFT = 2 ** -22;
/** A coarser step costs more than the roundings that differ. */
const LARGEST_MOVE = 1 / 8;
/** Above, one number in 4,096 differs at most. */
const LARGEST_DIVISOR = 2048;

/** The nearest agreeing factor, or the nearest that is not smaller; `factor` itself where none is needed or none is near. */
export function agreeingRescale(factor: number, choice: 'nearest' | 'not-smaller'): number {
  const exact = 1 / factor;
  if (!(exact >= 2 && exact <= LARGEST_DIVISOR)) return factor;
  const divisor = evenDivisor(exact, choice);
  if (Math.abs(divisor / exact - 1) > LARGEST_MOVE) return factor;
  const places = 2 ** Math.floor(Math.log2(divisor));
  // Lifted further, the sum next below the half would reach it too; just below a power of two some large ones do.
  const room = places / divisor - 0.5;
  return (1 + Math.max(SMALLEST_LIFT, room / 2 / (LARGEST * places))) / divisor;
}

function evenDivisor(exact: number, choice: 'nearest' | 'not-smaller'): number {
  const below = 2 * Math.floor(exact / 2);
  const above = 2 * Math.ceil(exact / 2);
  const lower = isPowerOfTwo(below) ? below - 2 : below;
  const upper = isPowerOfTwo(above) ? above + 2 : above;
  switch (choice) {
    case 'not-smaller':
      return lower;
    case 'nearest':
      return exact - lower < upper - exact ? lower : upper;
    default: {
      const never: never = choice;
      return never;
    }
  }
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}
