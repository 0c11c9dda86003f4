/** The whole drawing in one line, and what of it is seen: a press or a drag goes there. A pointer's tool; keys walk the drawing itself. */
import { memo, useEffect, useRef, type PointerEvent } from 'react';
import type { Size, Viewport } from './viewport';
import { seenOf } from './viewport';
import { FarBoxes } from './FarBoxes';
import type { Looks } from './GraphBoxes';
import styles from './OverviewStrip.module.css';
import type { Stop } from './places';

interface Props {
  viewport: Viewport;
  size: Size;
  stops: readonly Stop[];
  marks: Looks['marks'];
}

export const OverviewStrip = memo(function OverviewStrip({ viewport, size, stops, marks }: Props) {
  const strip = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const show = (): void => {
      const seen = seenOf(viewport);
      const { width, height } = size;
      if (!frame.current || !strip.current) return;
      const [left, right] = [Math.max(0, seen.x / width), Math.min(1, (seen.x + seen.width) / width)];
      // All of it is seen: nothing to find.
      strip.current.hidden = right - left >= 1 && seen.height >= height;
      frame.current.style.left = `${left * 100}%`;
      frame.current.style.width = `${Math.max(0, right - left) * 100}%`;
    };
    show();
    return viewport.subscribe(show);
  }, [viewport, size]);
  const go = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.buttons !== 1) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const box = event.currentTarget.getBoundingClientRect();
    const sight = viewport.sight();
    const middle = ((event.clientX - box.x) / box.width) * viewport.drawing().width;
    viewport.set({ ...sight, x: middle - seenOf(viewport).width / 2 });
  };
  return (
    <div ref={strip} className={styles.strip} onPointerDown={go} onPointerMove={go} aria-hidden>
      <svg viewBox={`0 0 ${size.width} ${size.height}`} preserveAspectRatio="none">
        <FarBoxes stops={stops} marks={marks} />
      </svg>
      <div ref={frame} className={styles.frame} />
    </div>
  );
});
