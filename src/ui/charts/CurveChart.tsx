/** One curve over steps, with dots where something was measured. Plain numbers in; knows nothing of models. */
import { memo } from 'react';
import { CartesianGrid, Line, LineChart, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import { useSteps } from '../use-steps';
import { paddedDomain, ticksOf, withoutTrailingZeros } from './axis';

interface Place {
  readonly x: number;
  readonly y: number;
}

export interface CurveChartProps {
  points: readonly Place[];
  /** Places of their own, drawn as dots; they may be those of the curve. */
  dots: readonly Place[];
  /** Where the curve will end. */
  end: number;
  xName: string;
  formatY(value: number): string;
}

/** The library draws a whole chart at a stroke, which holds up the window; a part at a time does not. */
const LAST_STEP = 3;
/** More than a small chart has pixels for. */
const LARGEST_COUNT = 160;

function CurveChart({ points, dots, end, xName, formatY }: CurveChartProps) {
  const step = useSteps(LAST_STEP);
  // A dot at the end is not cut in two.
  const xDomain: [number, number] = [0, Math.max(1, end) * 1.02];
  const yDomain = paddedDomain([...points, ...dots].map(({ y }) => y), 'linear');
  const axis = { stroke: 'var(--line)', tick: { fill: 'var(--ink-2)', fontSize: 12 }, tickLine: false };
  return (
    <ResponsiveContainer width="100%" height="100%">
      <LineChart margin={{ top: 8, right: 16, bottom: 0, left: 0 }} accessibilityLayer={false}>
        {step >= 1 && <CartesianGrid stroke="var(--line)" vertical={false} />}
        {step >= 1 && <XAxis {...axis} type="number" dataKey="x" domain={xDomain} ticks={ticksOf(xDomain, 'linear')} name={xName} allowDataOverflow />}
        {step >= 2 && <YAxis {...axis} type="number" dataKey="y" domain={yDomain} ticks={ticksOf(yDomain, 'linear')} tickFormatter={(value: number) => withoutTrailingZeros(formatY(value))} width={56} allowDataOverflow />}
        {step >= LAST_STEP && <Line data={thinned(points)} dataKey="y" stroke="var(--candidate)" strokeWidth={1.5} dot={false} isAnimationActive={false} />}
        {step >= LAST_STEP && dots.length > 0 && <Line data={thinned(dots)} dataKey="y" stroke="none" dot={{ r: 3, fill: 'var(--candidate)', stroke: 'var(--paper)', strokeWidth: 1 }} isAnimationActive={false} />}
      </LineChart>
    </ResponsiveContainer>
  );
}

/** Drawn again only when its numbers change. */
export default memo(CurveChart);

/** At most so many, the last one always. */
function thinned(places: readonly Place[]): Place[] {
  const step = Math.ceil(places.length / LARGEST_COUNT);
  return places.filter((_, i) => i % step === 0 || i === places.length - 1);
}
