/** What is measured while a run goes on, as small curves with their last numbers; the run without control is drawn into them. */
import { memo, useDeferredValue } from 'react';
import { useLive, type LivePoint, type Trace } from '../../state/live-store';
import LiveChart, { type LiveLine } from '../charts/LiveChart';
import { useText } from '../i18n/text';
import { liveMeasures, type LiveMeasure } from './measures';
import unseen from '../kit/unseen.module.css';
import styles from './LivePanel.module.css';

const MS_PER_SECOND = 1000;
/** The least time that a chart shows: the first points are no curve yet. */
const LEAST_SECONDS = 30;
const BAND = 0.05;

export function LiveCharts() {
  const trace = useDeferredValue(useLive((live) => live.trace));
  const beside = useDeferredValue(useLive((live) => live.beside));
  const target = useLive((live) => live.settings.targetLoad);
  const rungs = useLive((live) => live.ladder?.rungs.length ?? 1);
  const t = useText();
  if (!trace) return null;
  // Compared from the start on; watched alone, what came last.
  const own = beside ? trace.first : trace.recent;
  const other = beside?.first ?? [];
  const all = [...own, ...other];
  const from = beside ? 0 : secondsOf(own[0]);
  const until = Math.max(from + (beside ? 1 : LEAST_SECONDS), secondsOf(own.at(-1)), secondsOf(other.at(-1)));
  const measures = liveMeasures({ target, rungs, t });
  return (
    <div className={styles.charts}>
      {measures
        .filter(({ valueOf }) => own.some((point) => valueOf(point) !== null))
        .map((measure) => (
          <Figure key={measure.id} measure={measure} own={own} other={other} xDomain={[from, until]} isControlled={trace.startedControlled} target={measure.id === 'load' ? { y: target, band: BAND } : null} />
        ))}
      <p className={styles.legend}>
        <span data-tone={trace.startedControlled ? 'candidate' : 'original'}>{t(trace.startedControlled ? 'live.with' : 'live.without')}</span>
        {beside && <span data-tone="original">{t('live.without')}</span>}
        {all.some(({ disturbance }) => disturbance > 0) && <span data-tone="shade">{t('live.disturbed')}</span>}
        <span>{t('live.lastSeconds', { from: Math.round(from), until: Math.round(until) })}</span>
      </p>
    </div>
  );
}

interface FigureProps {
  measure: LiveMeasure;
  own: readonly LivePoint[];
  other: readonly LivePoint[];
  xDomain: readonly [number, number];
  isControlled: Trace['startedControlled'];
  target: { readonly y: number; readonly band: number } | null;
}

const Figure = memo(function Figure({ measure, own, other, xDomain, isControlled, target }: FigureProps) {
  const t = useText();
  const { label, valueOf, secondOf, format, yDomain, scale, isEstimate } = measure;
  const line = (points: readonly LivePoint[], of: LiveMeasure['valueOf'], tone: LiveLine['tone']) => ({ points: points.map((point) => ({ x: secondsOf(point), y: of(point) })), tone });
  const tone = isControlled ? (isEstimate ? 'estimate' : 'candidate') : 'original';
  const lines: LiveLine[] = [
    ...(other.length > 0 ? [line(other, valueOf, 'original')] : []),
    ...(secondOf ? [{ ...line(own, secondOf, tone), isThin: true }] : []),
    line(own, valueOf, tone),
  ];
  const last = own.at(-1);
  const print = (point: LivePoint | undefined): string => (point ? format(point) : '–');
  return (
    <figure className={styles.figure}>
      <figcaption>
        <span>{label}</span>
        <strong>{print(last)}</strong>
        {other.length > 0 && (
          <span className={styles.other}>
            <span className={unseen.unseen}>{t('live.without')}: </span>
            {(measure.formatOther ?? format)(other.at(-1)!)}
          </span>
        )}
      </figcaption>
      <LiveChart lines={lines} xDomain={xDomain} yDomain={yDomain} {...(scale ? { scale } : {})} {...(target ? { target } : {})} shaded={disturbedSpans(own)} formatY={measure.formatAxis} />
    </figure>
  );
});

function secondsOf(point: LivePoint | undefined): number {
  return (point?.elapsedMs ?? 0) / MS_PER_SECOND;
}

/** From the point before the first disturbed one to the last. */
export function disturbedSpans(points: readonly LivePoint[]): readonly (readonly [number, number])[] {
  const spans: [number, number][] = [];
  points.forEach((point, i) => {
    if (!(point.disturbance > 0)) return;
    const [from, until] = [secondsOf(points[i - 1] ?? point), secondsOf(point)];
    const last = spans.at(-1);
    if (last && last[1] === from) last[1] = until;
    else spans.push([from, until]);
  });
  return spans;
}
