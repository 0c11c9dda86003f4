/** Every layer as a plain rectangle, in one path for each level: for a drawing too small to read, and for the strip below. */
import { memo } from 'react';
import styles from './GraphCanvas.module.css';
import type { Looks } from './GraphBoxes';
import { rectanglePath, type Stop } from './places';

export const FarBoxes = memo(function FarBoxes({ stops, marks }: { stops: readonly Stop[]; marks: Looks['marks'] }) {
  const byLevel = new Map<number | undefined, string[]>();
  for (const { id, place } of stops) {
    const level = marks.get(id)?.level;
    const paths = byLevel.get(level);
    if (paths) paths.push(rectanglePath(place));
    else byLevel.set(level, [rectanglePath(place)]);
  }
  return (
    <>
      {[...byLevel].map(([level, paths]) => (
        <path key={level ?? 'none'} className={styles.far} data-level={level} d={paths.join('')} />
      ))}
    </>
  );
});
