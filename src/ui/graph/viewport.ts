/** Which part of the drawing is seen, and how large. Outside of React: it changes at every move of a hand. */
import type { Rectangle } from './places';

export interface Sight {
  /** Of the drawing, at the canvas's upper left corner. */
  readonly x: number;
  readonly y: number;
  /** Pixels on screen for one of the drawing. */
  readonly scale: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export const LARGEST_SCALE = 2;
const SMALLEST_SCALE = 0.02;
/** Below this, names cannot be read and are not drawn. */
export const READABLE_SCALE = 0.5;
/** A drawing that only fits when it is smaller than this is shown from its beginning instead. */
const SMALLEST_FIRST_SCALE = 0.68;
/** Pixels around the drawing when it is fitted. */
const MARGIN = 16;

export interface Viewport {
  sight(): Sight;
  canvas(): Size;
  drawing(): Size;
  set(sight: Sight): void;
  resize(canvas: Size): void;
  redraw(drawing: Size): void;
  subscribe(listener: () => void): () => void;
}

export function createViewport(): Viewport {
  let sight: Sight = { x: 0, y: 0, scale: 1 };
  let canvas: Size = { width: 0, height: 0 };
  let drawing: Size = { width: 0, height: 0 };
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  return {
    sight: () => sight,
    canvas: () => canvas,
    drawing: () => drawing,
    set(next) {
      sight = held(next, canvas, drawing);
      tell();
    },
    resize(next) {
      canvas = next;
      sight = held(sight, canvas, drawing);
      tell();
    },
    redraw(next) {
      drawing = next;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function seenOf(viewport: Viewport): Rectangle {
  const { x, y, scale } = viewport.sight();
  const { width, height } = viewport.canvas();
  return { x, y, width: width / scale, height: height / scale };
}

/** Everything at once, and no larger than life. */
export function fitted(canvas: Size, drawing: Size): Sight {
  const scale = Math.min(1, (canvas.width - 2 * MARGIN) / drawing.width, (canvas.height - 2 * MARGIN) / drawing.height);
  return centred(Math.max(SMALLEST_SCALE, scale), canvas, drawing);
}

/** Everything, where that can be read; otherwise the beginning. */
export function firstSight(canvas: Size, drawing: Size): Sight {
  const whole = fitted(canvas, drawing);
  if (whole.scale >= SMALLEST_FIRST_SCALE) return whole;
  const scale = Math.max(SMALLEST_FIRST_SCALE, Math.min(1, (canvas.height - 2 * MARGIN) / drawing.height));
  return { ...centred(scale, canvas, drawing), x: -MARGIN / scale };
}

/** Zoomed by a factor with one point of the canvas staying where it is. */
export function zoomed({ x, y, scale }: Sight, factor: number, at: { x: number; y: number }): Sight {
  const next = Math.min(LARGEST_SCALE, Math.max(SMALLEST_SCALE, scale * factor));
  return { x: x + at.x / scale - at.x / next, y: y + at.y / scale - at.y / next, scale: next };
}

/** Moved by pixels of the screen. */
export function panned({ x, y, scale }: Sight, dx: number, dy: number): Sight {
  return { x: x + dx / scale, y: y + dy / scale, scale };
}

/** Moved as little as makes a rectangle seen, with some room around it. */
export function showing(viewport: Viewport, place: Rectangle): Sight {
  const { scale } = viewport.sight();
  const seen = seenOf(viewport);
  const room = Math.min(48 / scale, (seen.width - place.width) / 2);
  const rise = Math.min(16 / scale, (seen.height - place.height) / 2);
  return {
    x: clamp(seen.x, place.x + place.width + room - seen.width, place.x - room),
    y: clamp(seen.y, place.y + place.height + rise - seen.height, place.y - rise),
    scale,
  };
}

function centred(scale: number, canvas: Size, drawing: Size): Sight {
  return { x: (drawing.width - canvas.width / scale) / 2, y: (drawing.height - canvas.height / scale) / 2, scale };
}

/** The drawing cannot be pushed out of sight: what is smaller than the canvas stays whole, what is larger covers its middle. */
function held({ x, y, scale }: Sight, canvas: Size, drawing: Size): Sight {
  return { x: heldAlong(x, canvas.width / scale, drawing.width, MARGIN / scale), y: heldAlong(y, canvas.height / scale, drawing.height, MARGIN / scale), scale };
}

function heldAlong(at: number, seen: number, size: number, margin: number): number {
  if (size + 2 * margin <= seen) return clamp(at, size + margin - seen, -margin);
  return clamp(at, -margin, size + margin - seen);
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
