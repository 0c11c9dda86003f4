/**
 * Connects a canvas with the hand: drag and wheel move, two fingers and Ctrl with the wheel zoom. What is drawn is a sheet somewhat
 * larger than the canvas; moving shifts the sheet, which paints nothing, and React hears of it only when the sheet's edge comes near.
 */
import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';
import type { Drawing } from '../../state/graph-store';
import { covers, grown, type Rectangle } from './places';
import { createViewport, firstSight, panned, READABLE_SCALE, seenOf, zoomed, type Viewport } from './viewport';

/** Pixels of the screen that the sheet reaches beyond the canvas. */
const AHEAD = 320;
/** Pixels that a pointer moves before it is a drag and no click. */
const DRAG_FROM = 4;
const WHEEL_ZOOM = 0.0022;
/** Pixels of a line, for mice that count lines. */
const LINE = 18;

export interface Drawn {
  /** The sheet: what is drawn, of the drawing. */
  readonly part: Rectangle;
  readonly scale: number;
  /** Too small for words. */
  readonly isFar: boolean;
}

export interface Canvas {
  /** What the hand touches. */
  readonly element: RefObject<HTMLDivElement | null>;
  /** The sheet, which is moved. */
  readonly sheet: RefObject<SVGSVGElement | null>;
  readonly viewport: Viewport;
  readonly drawn: Drawn;
  /** True until the next press, when the last one was a drag. */
  wasDragged(): boolean;
}

export function useCanvas(drawing: Drawing): Canvas {
  const element = useRef<HTMLDivElement>(null);
  const sheet = useRef<SVGSVGElement>(null);
  const [viewport] = useState(createViewport);
  const [drawn, setDrawn] = useState<Drawn>({ part: { x: 0, y: 0, width: 0, height: 0 }, scale: 1, isFar: false });
  const committed = useRef(drawn);
  const dragged = useRef(false);
  const shown = useRef<Drawing | null>(null);

  useEffect(() => {
    let frame = 0;
    const apply = (): void => {
      frame = 0;
      const { scale } = viewport.sight();
      shift(sheet.current, committed.current, viewport);
      const seen = seenOf(viewport);
      setDrawn((before) => (before.scale === scale && covers(before.part, seen) ? before : { part: grown(seen, AHEAD / scale), scale, isFar: scale < READABLE_SCALE }));
    };
    const unsubscribe = viewport.subscribe(() => {
      frame ||= requestAnimationFrame(apply);
    });
    const watch = new ResizeObserver(([entry]) => {
      const { width, height } = entry!.contentRect;
      if (width === 0 || height === 0) return;
      const isFirst = viewport.canvas().width === 0;
      viewport.resize({ width, height });
      if (isFirst) viewport.set(firstSight(viewport.canvas(), viewport.drawing()));
    });
    watch.observe(element.current!);
    return () => {
      cancelAnimationFrame(frame);
      unsubscribe();
      watch.disconnect();
    };
  }, [viewport]);

  useLayoutEffect(() => {
    committed.current = drawn;
    shift(sheet.current, drawn, viewport);
  }, [viewport, drawn]);

  useEffect(() => {
    const before = shown.current;
    shown.current = drawing;
    viewport.redraw(drawing.layout);
    if (viewport.canvas().width === 0) return;
    viewport.set(before ? keptInPlace(before, drawing, viewport) : firstSight(viewport.canvas(), viewport.drawing()));
  }, [viewport, drawing]);

  useEffect(() => listenToHand(element.current!, viewport, dragged), [viewport]);

  return { element, sheet, viewport, drawn, wasDragged: () => dragged.current };
}

/** Moves the sheet to where the part that is on it is seen. */
function shift(sheet: SVGSVGElement | null, { part, scale: drawnScale }: Drawn, viewport: Viewport): void {
  const { x, y, scale } = viewport.sight();
  if (sheet) sheet.style.transform = `translate(${(part.x - x) * scale}px, ${(part.y - y) * scale}px) scale(${scale / drawnScale})`;
}

/** The box at the left edge of what is seen stays where it was, when blocks open and close and when the recipe changes. */
function keptInPlace(before: Drawing, after: Drawing, viewport: Viewport) {
  const sight = viewport.sight();
  const seen = seenOf(viewport);
  const places = new Map(after.layout.boxes.map((box) => [box.id, box]));
  const changed = before.visible.view === after.visible.view ? [...after.visible.open, ...before.visible.open].find((id) => after.visible.open.has(id) !== before.visible.open.has(id)) : undefined;
  const anchor = before.layout.boxes.find((box) => box.id === changed) ?? before.layout.boxes.find((box) => box.x >= seen.x && places.has(box.id));
  const place = anchor && places.get(anchor.id);
  if (!anchor || !place) return firstSight(viewport.canvas(), viewport.drawing());
  return { ...sight, x: sight.x + place.x - anchor.x, y: sight.y + place.y - anchor.y };
}

function listenToHand(element: HTMLElement, viewport: Viewport, dragged: RefObject<boolean>): () => void {
  const pointers = new Map<number, { x: number; y: number }>();
  let start = { x: 0, y: 0 };
  const down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (pointers.size === 1) {
      start = { x: event.clientX, y: event.clientY };
      dragged.current = false;
    }
  };
  const move = (event: PointerEvent): void => {
    const last = pointers.get(event.pointerId);
    if (!last) return;
    const now = { x: event.clientX, y: event.clientY };
    if (!dragged.current && pointers.size === 1) {
      if (Math.hypot(now.x - start.x, now.y - start.y) < DRAG_FROM) return;
      dragged.current = true;
      element.setPointerCapture(event.pointerId);
    }
    const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    pointers.set(event.pointerId, now);
    if (!other) return viewport.set(panned(viewport.sight(), last.x - now.x, last.y - now.y));
    dragged.current = true;
    const frame = element.getBoundingClientRect();
    const between = { x: (now.x + other.x) / 2 - frame.x, y: (now.y + other.y) / 2 - frame.y };
    const factor = Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(last.x - other.x, last.y - other.y));
    viewport.set(zoomed(panned(viewport.sight(), (last.x - now.x) / 2, (last.y - now.y) / 2), factor, between));
  };
  const up = (event: PointerEvent): void => void pointers.delete(event.pointerId);
  const wheel = (event: WheelEvent): void => {
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE : 1;
    const frame = element.getBoundingClientRect();
    const at = { x: event.clientX - frame.x, y: event.clientY - frame.y };
    if (event.ctrlKey || event.metaKey) return viewport.set(zoomed(viewport.sight(), Math.exp(-event.deltaY * unit * WHEEL_ZOOM), at));
    const { scale } = viewport.sight();
    const isFlat = viewport.drawing().height * scale <= viewport.canvas().height;
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
    // A wheel that only goes up and down walks along a drawing that is only wide.
    viewport.set(panned(viewport.sight(), isFlat && dx === 0 ? dy : dx, isFlat ? 0 : dy));
  };
  element.addEventListener('pointerdown', down);
  element.addEventListener('pointermove', move);
  element.addEventListener('pointerup', up);
  element.addEventListener('pointercancel', up);
  element.addEventListener('wheel', wheel, { passive: false });
  return () => {
    element.removeEventListener('pointerdown', down);
    element.removeEventListener('pointermove', move);
    element.removeEventListener('pointerup', up);
    element.removeEventListener('pointercancel', up);
    element.removeEventListener('wheel', wheel);
  };
}
