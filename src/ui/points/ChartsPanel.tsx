/** Every measured recipe as a point: download size, and latency or energy, against quality, with the front of the best. */
import { lazy, Suspense, useEffect, useState } from 'react';
import { energyPoints, latencyPoints, sizePoints, type ChartAxis, type RunPoint } from '../../state/chart-points';
import { paretoFront } from '../../state/pareto';
import { showOnChart } from '../../state/view-store';
import type { ChartPoint } from '../charts/PointMark';
import { formatBytes, formatJoules, formatMs } from '../format-number';
import { useText } from '../i18n/text';
import { Select } from '../kit/Select';
import styles from './ChartsPanel.module.css';
import { axisName, qualityFormats, qualityName, type Points } from './use-points';
import { useStable } from './use-stable';

const TradeOffChart = lazy(() => import('../charts/TradeOffChart'));

export function ChartsPanel({ points }: { points: Points }) {
  const t = useText();
  const { runs, metric, size, axis, profile, judged } = points;
  const isLater = useIsLater();
  return (
    <section className={styles.panel} aria-labelledby="points-title">
      <h2 id="points-title" className={styles.title}>
        {t('points.title')}
      </h2>
      <div className={styles.charts}>
        <Plane points={points} data={sizePoints(runs, metric, size, judged)} xName={t('points.size')} formatX={formatBytes} />
        {axis && isLater && (
          <Plane
            points={points}
            data={axis === 'energy' ? energyPoints(runs, metric, profile, judged) : latencyPoints(runs, metric, axis, judged)}
            xName={axisName(axis, t)}
            formatX={axis === 'energy' ? formatJoules : formatMs}
            axis={axis}
          />
        )}
      </div>
    </section>
  );
}

/** False in the first drawing: two charts at once would hold up the window. */
function useIsLater(): boolean {
  const [isLater, setIsLater] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsLater(true), 0);
    return () => clearTimeout(timer);
  }, []);
  return isLater;
}

interface PlaneProps {
  points: Points;
  data: readonly RunPoint[];
  xName: string;
  formatX(value: number): string;
  /** Where there are others to choose from. */
  axis?: ChartAxis;
}

function Plane({ points, data, xName, formatX, axis }: PlaneProps) {
  const t = useText();
  const yName = qualityName(points.metric, t);
  const front = useStable(paretoFront(data));
  // What matters most is drawn last, on top of what lies in the same place.
  const marks = useStable(
    data
      .map((point) => points.mark(point, front.some((other) => other.id === point.id), axis))
      .toSorted((a, b) => weightOf(a) - weightOf(b)),
  );
  return (
    <figure className={styles.plane}>
      <figcaption className={styles.caption}>
        {yName}{' '}
        {axis && points.axes.length > 1 ? (
          <>
            <span className={styles.versus}>{t('points.versusChoice')}</span>
            <AxisChoice axis={axis} axes={points.axes} />
          </>
        ) : (
          <span className={styles.versus}>{t('points.versus', { x: xName })}</span>
        )}
      </figcaption>
      <div className={styles.canvas} role="img" aria-label={t('points.chart', { y: yName, x: xName, count: data.length })}>
        {data.length === 0 ? (
          <p className={styles.empty}>{t('points.empty')}</p>
        ) : (
          <Suspense fallback={null}>
            <TradeOffChart
              points={marks}
              front={front}
              xName={xName}
              yName={yName}
              yLimit={points.metric === 'sqnr' ? Number.POSITIVE_INFINITY : 1}
              formatX={formatX}
              formatY={qualityFormats[points.metric]}
              onSelect={points.select}
            />
          </Suspense>
        )}
      </div>
    </figure>
  );
}

function AxisChoice({ axis, axes }: { axis: ChartAxis; axes: readonly ChartAxis[] }) {
  const t = useText();
  const choices = axes.map((value) => ({ value, label: axisName(value, t) }));
  return <Select label={t('points.axis')} value={axis} choices={choices} onChange={(value) => showOnChart(value as ChartAxis)} />;
}

function weightOf({ isCurrent, isOriginal, isPinned, isOnFront }: ChartPoint): number {
  return Number(isOnFront) + 2 * Number(isPinned) + 4 * Number(isOriginal) + 8 * Number(isCurrent);
}
