/** A plane of results: smaller to the left, better at the top. Plain numbers in; knows nothing of models. */
import { memo } from 'react';
import { CartesianGrid, ErrorBar, ResponsiveContainer, Scatter, ScatterChart, Tooltip, XAxis, YAxis } from 'recharts';
import { paddedDomain, ticksOf, withoutTrailingZeros } from './axis';
import { PointMark, type ChartPoint } from './PointMark';
import { useSteps } from '../use-steps';
import styles from './TradeOffChart.module.css';

export interface TradeOffChartProps {
  points: readonly ChartPoint[];
  /** The front, from the smallest x on. */
  front: readonly { readonly x: number; readonly y: number }[];
  xName: string;
  yName: string;
  /** The largest y there can be; no mark stands above it. */
  yLimit: number;
  formatX(value: number): string;
  formatY(value: number): string;
  onSelect(id: string): void;
}

/** The library draws a whole chart at a stroke, which holds up the window; a part at a time does not. */
const LAST_STEP = 5;

function TradeOffChart({ points, front, xName, yName, yLimit, formatX, formatY, onSelect }: TradeOffChartProps) {
  const step = useSteps(LAST_STEP);
  const xDomain = paddedDomain(points.map((point) => point.x), 'log');
  const yDomain = paddedDomain(points.flatMap((point) => [point.low ?? point.y, point.high ?? point.y]), 'linear');
  const data = points.map((point) => ({
    ...point,
    spread: point.low === null || point.high === null ? [0, 0] : [point.y - point.low, point.high - point.y],
  }));
  const axis = { stroke: 'var(--line)', tick: { fill: 'var(--ink-2)', fontSize: 12 }, tickLine: false };
  return (
    <ResponsiveContainer width="100%" height="100%">
      <ScatterChart margin={{ top: 8, right: 24, bottom: 0, left: 0 }} accessibilityLayer={false}>
        {step >= 1 && <CartesianGrid stroke="var(--line)" vertical={false} />}
        {step >= 1 && <XAxis {...axis} type="number" dataKey="x" scale="log" domain={xDomain} ticks={ticksOf(xDomain, 'log')} tickFormatter={(value: number) => withoutTrailingZeros(formatX(value))} interval={0} allowDataOverflow />}
        {step >= 2 && <YAxis {...axis} type="number" dataKey="y" domain={yDomain} ticks={ticksOf(yDomain, 'linear').filter((tick) => tick <= yLimit)} tickFormatter={(value: number) => withoutTrailingZeros(formatY(value))} width={60} allowDataOverflow />}
        {step >= 4 && <Tooltip
          cursor={false}
          isAnimationActive={false}
          content={<PointTip xName={xName} yName={yName} formatX={formatX} formatY={formatY} />}
        />}
        {step >= 2 && <Scatter data={[...front]} line={{ stroke: 'var(--candidate)', strokeWidth: 1.5, strokeOpacity: 0.5 }} shape={NoMark} isAnimationActive={false} tooltipType="none" legendType="none" />}
        {step >= 3 && <Scatter
          data={data}
          shape={PointMark}
          isAnimationActive={false}
          onClick={(item: { payload?: ChartPoint }) => {
            if (item.payload) onSelect(item.payload.id);
          }}
          cursor="pointer"
        >
          {step >= 5 && <ErrorBar dataKey="spread" direction="y" width={0} stroke="var(--line-strong)" strokeWidth={1} isAnimationActive={false} />}
        </Scatter>}
      </ScatterChart>
    </ResponsiveContainer>
  );
}

/** Drawn again only when its numbers change. */
export default memo(TradeOffChart);

interface TipProps extends Pick<TradeOffChartProps, 'xName' | 'yName' | 'formatX' | 'formatY'> {
  /** Given by the chart: what lies under the pointer. */
  payload?: readonly { readonly payload?: ChartPoint }[];
}

function PointTip({ payload, xName, yName, formatX, formatY }: TipProps) {
  const point = payload?.[0]?.payload;
  if (!point?.label) return null;
  return (
    <div className={styles.tip}>
      <p className={styles.recipe}>{point.label}</p>
      <dl>
        <dt>{xName}</dt>
        <dd>{formatX(point.x)}</dd>
        <dt>{yName}</dt>
        <dd>{point.isJudged ? `≈ ${formatY(point.y)}` : formatY(point.y)}</dd>
      </dl>
    </div>
  );
}

/** The front is a line; its points are drawn with all others. */
function NoMark() {
  return <g />;
}
