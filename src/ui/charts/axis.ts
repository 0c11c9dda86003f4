/** Axis ranges with air around the points, and round marks on them. */

export type AxisScale = 'log' | 'linear';
export type Domain = [number, number];

/** More labels than these run into each other on a narrow chart. */
const MOST_LOG_TICKS = 4;
/** Points never sit on the frame: this share of the range is added on both sides. */
const AIR = 0.12;
/** The least range: a single point still gets an axis that means something. */
const LEAST_FACTOR = 1.5;
const LEAST_SHARE = 0.01;

export function paddedDomain(values: readonly number[], scale: AxisScale): Domain {
  const finite = values.filter((value) => Number.isFinite(value) && (scale === 'linear' || value > 0));
  if (finite.length === 0) return scale === 'log' ? [1, 10] : [0, 1];
  const low = Math.min(...finite);
  const high = Math.max(...finite);
  if (scale === 'log') {
    const factor = Math.max(high / low, LEAST_FACTOR) ** AIR;
    const extra = high / low < LEAST_FACTOR ? Math.sqrt(LEAST_FACTOR) : 1;
    return [low / factor / extra, high * factor * extra];
  }
  const range = Math.max(high - low, Math.abs(high) * LEAST_SHARE, Number.MIN_VALUE);
  const middle = (low + high) / 2;
  const half = (range / 2) * (1 + 2 * AIR);
  return [middle - half, middle + half];
}

/** Four to seven round numbers inside the range. */
export function ticksOf([low, high]: Domain, scale: AxisScale): number[] {
  return scale === 'log' ? logTicks(low, high) : linearTicks(low, high);
}

function linearTicks(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? power;
  const ticks: number[] = [];
  for (let place = Math.ceil(low / step); place * step <= high; place++) ticks.push(Number((place * step).toPrecision(12)));
  return ticks;
}

/** 1-2-5 steps while they are few, whole powers of ten when the range is wide. */
function logTicks(low: number, high: number): number[] {
  for (const factors of [[1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8], [1, 2, 3, 5], [1, 2, 5], [1, 3], [1]]) {
    const ticks: number[] = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
      for (const factor of factors) {
        const tick = Number((factor * 10 ** power).toPrecision(6));
        if (tick >= low && tick <= high) ticks.push(tick);
      }
    }
    if (ticks.length <= MOST_LOG_TICKS) return ticks;
  }
  return [low, high];
}

/** 1.00 MB on a tip is 1 MB on an axis. */
export function withoutTrailingZeros(text: string): string {
  return text.replace(/(\.\d*?)0+(?!\d)/, '$1').replace(/\.(?!\d)/, '');
}
