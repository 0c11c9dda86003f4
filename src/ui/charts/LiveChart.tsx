/**
 * A small curve over seconds that moves while it is watched, alone or beside another. Plain lines instead of the chart library's: several of
 * these are drawn twice a second, and each must cost the window next to nothing. Plain numbers in; knows nothing of models.
 */
import { memo } from 'react';
import styles from './LiveChart.module.css';

export interface LivePlace {
  readonly x: number;
  /** null: nothing is known there, and the line stops. */
  readonly y: number | null;
}

export interface LiveLine {
  readonly points: readonly LivePlace[];
  readonly tone: 'candidate' | 'original' | 'estimate';
  /** Thin: a second value of the same thing. */
  readonly isThin?: boolean;
}

export interface LiveChartProps {
  lines: readonly LiveLine[];
  xDomain: readonly [number, number];
  /** The upper end grows with the numbers. */
  yDomain: readonly [number, number];
  scale?: 'linear' | 'log';
  /** A line across, and how far from it counts as on it. */
  target?: { readonly y: number; readonly band: number };
  /** Spans of x that were disturbed. */
  shaded: readonly (readonly [number, number])[];
  formatY(value: number): string;
}

/** Units of the drawing; it is stretched to its place. */
const WIDTH = 300;
const HEIGHT = 80;
/** Air above the highest point. */
const AIR = 1.08;

function LiveChart({ lines, xDomain: [left, right], yDomain, scale = 'linear', target, shaded, formatY }: LiveChartProps) {
  const values = lines.flatMap(({ points }) => points.flatMap(({ y }) => (y === null ? [] : [y])));
  const low = yDomain[0];
  const highest = Math.max(...values, yDomain[1]);
  const high = highest > yDomain[1] && scale === 'linear' ? highest * AIR : highest;
  const x = (value: number) => ((value - left) / (right - left)) * WIDTH;
  const y = (value: number) => HEIGHT * (1 - placeOf(value, low, high, scale));
  return (
    <div className={styles.chart}>
      <span className={styles.high}>{formatY(high)}</span>
      <span className={styles.low}>{formatY(low)}</span>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden>
        {shaded.map(([from, until]) => (
          <rect key={from} className={styles.shade} x={x(Math.max(left, from))} width={Math.max(0, x(until) - x(Math.max(left, from)))} y={0} height={HEIGHT} />
        ))}
        {target && <rect className={styles.band} x={0} width={WIDTH} y={y(target.y + target.band)} height={y(target.y - target.band) - y(target.y + target.band)} />}
        {target && <line className={styles.target} x1={0} x2={WIDTH} y1={y(target.y)} y2={y(target.y)} />}
        {lines.map(({ points, tone, isThin }, i) => (
          // A place in the list is what a line is known by.
          <path key={i} className={styles.line} data-tone={tone} data-thin={isThin || undefined} d={pathOf(points, left, x, y)} />
        ))}
      </svg>
    </div>
  );
}

/** Drawn again only when its numbers change. */
export default memo(LiveChart);

function placeOf(value: number, low: number, high: number, scale: 'linear' | 'log'): number {
  const share = scale === 'log' ? Math.log(Math.max(value, low) / low) / Math.log(high / low) : (value - low) / (high - low);
  return Math.min(1, Math.max(0, share));
}

function pathOf(points: readonly LivePlace[], left: number, x: (value: number) => number, y: (value: number) => number): string {
  let isDown = false;
  const parts: string[] = [];
  for (const point of points) {
    if (point.y === null || point.x < left) {
      isDown = false;
      continue;
    }
    parts.push(`${isDown ? 'L' : 'M'}${x(point.x).toFixed(1)} ${y(point.y).toFixed(1)}`);
    isDown = true;
  }
  return parts.join('');
}
