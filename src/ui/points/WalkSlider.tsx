/** The line of the master slider: a place for every stop, marks for those with names, and a shade where the goals are met. */
import { useLayoutEffect, useRef } from 'react';
import { Slider as AriaSlider, SliderThumb, SliderTrack } from 'react-aria-components/Slider';
import type { Stop } from '../../state/front-stops';
import styles from './WalkSlider.module.css';

interface Props {
  label: string;
  stops: readonly Stop[];
  index: number;
  /** Places with a name. */
  named: readonly number[];
  /** Places that meet the goals; null: there are none to meet. */
  meets: readonly boolean[] | null;
  /** What the screen reader says of the place. */
  valueText: string;
  /** A pointer or the focus is there. */
  onReach(): void;
  onMove(index: number): void;
  onRelease(index: number): void;
}

export function WalkSlider({ label, stops, index, named, meets, valueText, onReach, onMove, onRelease }: Props) {
  const thumb = useRef<HTMLInputElement>(null);
  // The library says the bare number; after each of its drawings the words stand there again.
  useLayoutEffect(() => thumb.current?.setAttribute('aria-valuetext', valueText));
  const last = stops.length - 1;
  const share = (place: number) => (last > 0 ? place / last : 0) * 100;
  return (
    <AriaSlider aria-label={label} value={index} minValue={0} maxValue={last} step={1} onChange={(next) => onMove(next)} onChangeEnd={(next) => onRelease(next)} className={styles.slider!}>
      <SliderTrack className={styles.track!} onHoverStart={onReach}>
        <span className={styles.line} />
        {meets && rangesOf(meets).map(([from, to]) => <span key={from} className={styles.meets} style={{ left: `${share(Math.max(0, from - 0.5))}%`, width: `${share(Math.min(last, to + 0.5)) - share(Math.max(0, from - 0.5))}%` }} />)}
        {stops.map(({ key, kind }, place) => (
          <span key={key} className={styles.stop} data-kind={kind} data-named={named.includes(place) || undefined} style={{ left: `${share(place)}%` }} />
        ))}
        <SliderThumb className={styles.thumb!} data-kind={stops[index]?.kind} inputRef={thumb} onFocus={onReach} aria-label={label} />
      </SliderTrack>
    </AriaSlider>
  );
}

/** Runs of places that meet the goals, first and last of each. */
function rangesOf(meets: readonly boolean[]): readonly (readonly [number, number])[] {
  const ranges: [number, number][] = [];
  for (const [place, isMet] of meets.entries()) {
    if (!isMet) continue;
    const open = ranges.at(-1);
    if (open && open[1] === place - 1) open[1] = place;
    else ranges.push([place, place]);
  }
  return ranges;
}
