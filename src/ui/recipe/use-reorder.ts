/** Reordering a list by its handles: dragged with a pointer, or moved with the arrow keys. */
import { useCallback, useEffect, useRef, useState, type HTMLAttributes, type RefObject } from 'react';

interface Reorder {
  listRef: RefObject<HTMLOListElement | null>;
  /** Before which place a dragged item would land; the list's length: at the end. */
  dropPlace: number | null;
  dragged: number | null;
  handleProps(index: number): HTMLAttributes<HTMLElement>;
}

export function useReorder(count: number, onMove: (from: number, to: number) => void): Reorder {
  const listRef = useRef<HTMLOListElement | null>(null);
  const [dragged, setDragged] = useState<number | null>(null);
  const [dropPlace, setDropPlace] = useState<number | null>(null);
  const end = () => {
    setDragged(null);
    setDropPlace(null);
  };
  const makeHandleProps = (index: number): HTMLAttributes<HTMLElement> => ({
    onPointerDown: (event) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      setDragged(index);
    },
    onPointerMove: (event) => {
      if (dragged === index) setDropPlace(placeAt(listRef.current, event.clientY));
    },
    onPointerUp: () => {
      // Taking the item out moves what stands below it one place up.
      if (dragged === index && dropPlace !== null) move(index, dropPlace > index ? dropPlace - 1 : dropPlace);
      end();
    },
    onPointerCancel: end,
    onKeyDown: (event) => {
      const step = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
      if (step === 0) return;
      event.preventDefault();
      const to = Math.max(0, Math.min(count - 1, index + step));
      move(index, to);
      focusHandle(listRef.current, to);
    },
  });
  const move = (from: number, to: number) => {
    if (from !== to) onMove(from, to);
  };
  // One function for all renders: cards that have not changed need not be drawn again.
  const latest = useRef(makeHandleProps);
  useEffect(() => {
    latest.current = makeHandleProps;
  });
  const handleProps = useCallback((index: number): HTMLAttributes<HTMLElement> => {
    return {
      onPointerDown: (event) => latest.current(index).onPointerDown?.(event),
      onPointerMove: (event) => latest.current(index).onPointerMove?.(event),
      onPointerUp: (event) => latest.current(index).onPointerUp?.(event),
      onPointerCancel: (event) => latest.current(index).onPointerCancel?.(event),
      onKeyDown: (event) => latest.current(index).onKeyDown?.(event),
    };
  }, []);
  return { listRef, dropPlace, dragged, handleProps };
}

function placeAt(list: HTMLElement | null, y: number): number {
  const items = [...(list?.children ?? [])];
  const place = items.findIndex((item) => {
    const { top, height } = item.getBoundingClientRect();
    return y < top + height / 2;
  });
  return place < 0 ? items.length : place;
}

/** The item moves, and the focus goes with it. */
function focusHandle(list: HTMLElement | null, place: number): void {
  requestAnimationFrame(() => {
    list?.children[place]?.querySelector<HTMLElement>('[data-handle]')?.focus();
  });
}
