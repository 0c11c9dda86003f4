/** Numbers as the page prints them: SI units, three digits, a real minus sign, and a space that does not break. */

const SPACE = '\u00a0';
const MINUS = '\u2212';
const UNKNOWN = '–';
const siPrefixes = ['', 'k', 'M', 'G', 'T', 'P'];
const joulePrefixes = [[1, 'J'], [1e-3, 'mJ'], [1e-6, 'µJ'], [1e-9, 'nJ']] as const;

/** 972 kB, 61.3 kB, 1.03 MB */
export function formatBytes(nbytes: number): string {
  return formatSi(nbytes, 'B');
}

/** The exact number, for a title and for the screen reader: 971,620 bytes */
export function formatExactBytes(nbytes: number, unit: string): string {
  return `${groupDigits(nbytes)}${SPACE}${unit}`;
}

/** 243 k, 1.2 M: counts of parameters and operations */
export function formatCount(count: number): string {
  return formatSi(count, '');
}

export function groupDigits(count: number): string {
  return signed(Math.round(count).toLocaleString('en-US'));
}

/** 1.84 ms, 61 µs, 2.1 s */
export function formatMs(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return UNKNOWN;
  const size = Math.abs(milliseconds);
  if (size > 0 && size < 0.1) return `${significant(milliseconds * 1000)}${SPACE}µs`;
  if (size >= 1000) return `${significant(milliseconds / 1000)}${SPACE}s`;
  return `${significant(milliseconds)}${SPACE}ms`;
}

/** 20 mJ, 340 µJ, 1.2 J: two digits, for nobody knows estimates better. */
export function formatJoules(joules: number): string {
  if (!Number.isFinite(joules)) return UNKNOWN;
  const rounded = Number(joules.toPrecision(2));
  const [scale, unit] = joulePrefixes.find(([least]) => Math.abs(rounded) >= least) ?? joulePrefixes.at(-1)!;
  return `${significant(rounded / scale, 2)}${SPACE}${unit}`;
}

/** As `formatMs`, for numbers that are exact: 5 µs, 0.1 ms */
export function formatExactMs(milliseconds: number): string {
  const [value, unit] = milliseconds > 0 && milliseconds < 0.1 ? [milliseconds * 1000, 'µs'] : [milliseconds, 'ms'];
  return `${signed(String(Number(value.toPrecision(3))))}${SPACE}${unit}`;
}

/** A share of one as per cent with two decimals: 92.09 % */
export function formatShare(share: number, decimals = 2): string {
  return Number.isFinite(share) ? `${signed((share * 100).toFixed(decimals))}${SPACE}%` : UNKNOWN;
}

/** By how much b is below a, without a sign: 93.7 % */
export function formatReduction(before: number, after: number): string {
  return `${significant(Math.abs(1 - after / before) * 100)}${SPACE}%`;
}

/** A change of a share in points: −0.05 pt */
export function formatPoints(change: number, unit: string): string {
  return `${formatPointValue(change)}${SPACE}${unit}`;
}

/** The number of a change in points alone, always with its sign: −0.05, +0.20, 0.00 */
export function formatPointValue(change: number): string {
  const text = (change * 100).toFixed(2);
  if (Number(text) === 0) return '0.00';
  return change > 0 ? `+${text}` : signed(text);
}

/** 3.01 × */
export function formatFactor(factor: number): string {
  return Number.isFinite(factor) ? `${significant(factor)}${SPACE}×` : UNKNOWN;
}

/** 41.2 dB; ∞ for equal outputs */
export function formatDecibels(decibels: number): string {
  return decibels === Number.POSITIVE_INFINITY ? `∞${SPACE}dB` : `${significant(decibels)}${SPACE}dB`;
}

/** A small difference: 3.1e−7 */
export function formatDifference(difference: number): string {
  return difference === 0 ? '0' : signed(difference.toExponential(1));
}

/** Three significant digits, without an exponent. */
export function significant(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return UNKNOWN;
  if (value === 0) return '0';
  const magnitude = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(digits)))));
  return signed(value.toFixed(Math.min(Math.max(0, digits - 1 - magnitude), 6)));
}

function formatSi(value: number, unit: string): string {
  if (!Number.isFinite(value)) return UNKNOWN;
  let scaled = value;
  let step = 0;
  // 999.6 prints as 1000 with three digits, so it belongs to the next unit.
  while (Math.abs(Number(scaled.toPrecision(3))) >= 1000 && step < siPrefixes.length - 1) {
    scaled /= 1000;
    step += 1;
  }
  const number = step === 0 && Number.isInteger(value) ? signed(String(value)) : significant(scaled);
  const suffix = `${siPrefixes[step]}${unit}`;
  return suffix ? `${number}${SPACE}${suffix}` : number;
}

function signed(text: string): string {
  return text.replace('-', MINUS);
}
