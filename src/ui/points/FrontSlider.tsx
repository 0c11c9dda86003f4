/**
 * The master slider: walks along the front of what was measured, and of what is predicted between and beyond it. While it moves it answers from
 * what is known; let go, it takes the recipe, which is measured where it never was.
 */
import { useState } from 'react';
import { takeStop } from '../../state/front-actions';
import type { Stop } from '../../state/front-stops';
import { useSearchWishes } from '../../state/search-store';
import { useText } from '../i18n/text';
import { Segmented } from '../kit/Segmented';
import { FindBest } from '../search/FindBest';
import { SearchStatus } from '../search/SearchStatus';
import { AxisGoal, DropGoal } from './FrontGoals';
import styles from './FrontSlider.module.css';
import { meetsOf } from './meets';
import { NamedPlaces } from './NamedPlaces';
import { PredictionNote } from './PredictionNote';
import { stopText, StopReadout } from './StopReadout';
import { useFrontWalk, type WalkAxis } from './use-front-walk';
import type { Points } from './use-points';
import { WalkSlider } from './WalkSlider';

/** A hand on the slider: the stops stay where they were when it came, whatever is measured meanwhile. */
interface Hand {
  readonly stops: readonly Stop[];
  readonly index: number;
  /** Let go while this was on screen: until it no longer is, the slider stays where it was let go. null: not let go. */
  readonly releasedFrom: string | null;
}

export function FrontSlider({ points }: { points: Points }) {
  const t = useText();
  const { axis, axes, latency, choose } = useAxis(points);
  const walk = useFrontWalk(points, axis, latency);
  const [held, setHand] = useState<Hand | null>(null);
  const isGone = held !== null && held.releasedFrom !== null && held.releasedFrom !== points.currentKey;
  // For good: an undo brings back what it was let go from, and not the hand.
  if (isGone) setHand(null);
  const hand = isGone ? null : held;
  const form = useSearchWishes((wishes) => wishes.form);
  const stops = hand?.stops ?? walk.stops;
  const index = Math.min(hand?.index ?? walk.index, stops.length - 1);
  const stop = stops[index];
  const release = (place: number): void => {
    const released = stops[place];
    if (!released) return;
    setHand(released.key === points.currentKey ? null : { stops, index: place, releasedFrom: points.currentKey });
    takeStop(released, points.metric);
  };
  const names = { metric: points.metric, axis };
  return (
    <section className={styles.front} aria-labelledby="front-title">
      <div className={styles.head}>
        <h2 id="front-title" className={styles.title}>
          {t('front.title')}
        </h2>
        {axes.length > 1 && <Segmented label={t('front.axis')} value={axis} choices={axes.map((value) => ({ value, label: t(`front.axis.${value}`) }))} onChange={(value) => {
          setHand(null);
          choose(value as WalkAxis);
        }} />}
        {stop && stops.length > 1 && <StopReadout stop={stop} points={points} axis={axis} />}
        <FindBest />
      </div>
      <SearchStatus points={points} />
      {stop && stops.length > 1 && (
        <>
          <div className={styles.line}>
            <AxisGoal axis={axis} form={form} latency={latency} />
            <WalkSlider
              label={t(axis === 'size' ? 'front.label' : 'front.labelLatency')}
              stops={stops}
              index={index}
              named={hand ? [] : walk.detents.map((detent) => detent.index)}
              meets={meetsOf(stops, points, axis, form)}
              valueText={stopText(stop, names, points.describe(stop), t)}
              onReach={walk.weigh}
              onMove={(next) => setHand({ stops, index: next, releasedFrom: null })}
              onRelease={release}
            />
            <DropGoal form={form} metric={points.metric} />
          </div>
          <div className={styles.foot}>
            <NamedPlaces detents={walk.detents} index={hand ? -1 : index} onChoose={release} />
            <PredictionNote predictions={walk.predictions} currentKey={points.currentKey} metric={points.metric} />
          </div>
        </>
      )}
    </section>
  );
}

/** By size, and by latency once it is measured of two results. */
function useAxis({ axis: charted, runs }: Points) {
  const [wanted, choose] = useState<WalkAxis>('size');
  const latency = charted === 'energy' ? null : charted;
  const isTimed = latency !== null && runs.filter((run) => (latency === 'fastest' ? Object.keys(run.latency).length > 0 : run.latency[latency])).length > 1;
  const axes: readonly WalkAxis[] = isTimed ? ['size', 'latency'] : ['size'];
  return { axis: isTimed ? wanted : ('size' as const), axes, latency, choose };
}
