/** Goals as a person types them: kilobytes, points, millions of multiplications. */

export const BYTES_PER_KB = 1000;
export const POINTS_PER_SHARE = 100;
export const MACS_PER_MILLION = 1e6;

/** A value in the unit that is typed, without the noise of dividing. */
export function inUnit(value: number | null, unit: number): number | null {
  return value === null ? null : Number((value * unit).toPrecision(9));
}
