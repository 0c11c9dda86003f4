/** A result on a chart. Shape and fill carry the meaning as well as the colour. */

export interface ChartPoint {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly low: number | null;
  readonly high: number | null;
  /** The recipe in words. */
  readonly label: string;
  readonly isOriginal: boolean;
  readonly isCurrent: boolean;
  readonly isPinned: boolean;
  /** No other point beats it. */
  readonly isOnFront: boolean;
  /** By a search: a triangle. */
  readonly isFound: boolean;
  /** Its y is about so: an outline. */
  readonly isJudged: boolean;
}

interface Props {
  cx?: number;
  cy?: number;
  payload?: ChartPoint;
}

export function PointMark({ cx, cy, payload }: Props) {
  if (cx === undefined || cy === undefined || !payload) return <g />;
  const { isOriginal, isCurrent, isPinned, isOnFront, isFound, isJudged } = payload;
  const colour = isOriginal ? 'var(--original)' : 'var(--candidate)';
  const mark = {
    fill: isOriginal || isJudged ? 'var(--paper)' : colour,
    fillOpacity: isOriginal || isOnFront || isCurrent ? 1 : 0.35,
    stroke: isOriginal || isJudged ? colour : 'var(--paper)',
    strokeOpacity: isJudged && !isOnFront && !isCurrent ? 0.45 : 1,
    strokeWidth: isOriginal ? 2 : 1.5,
  };
  return (
    <g>
      <circle cx={cx} cy={cy} r={14} fill="transparent" />
      {isCurrent && <circle cx={cx} cy={cy} r={10} fill="none" stroke={colour} strokeWidth={1.5} />}
      {isPinned ? (
        <rect {...mark} x={cx - 5} y={cy - 5} width={10} height={10} transform={`rotate(45 ${cx} ${cy})`} />
      ) : isFound ? (
        <path {...mark} d={`M${cx} ${cy - 6.5}l6 11h-12z`} strokeLinejoin="round" />
      ) : (
        <circle {...mark} cx={cx} cy={cy} r={6} />
      )}
    </g>
  );
}
