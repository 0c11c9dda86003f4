/** What a key does in the drawing. Arrows to the sides walk through the layers in graph order, those up and down to the nearest box. */
import { neighbourOf, type Stop } from './places';

export type Move =
  | { readonly kind: 'to'; readonly to: number }
  | { readonly kind: 'pan'; readonly dx: number; readonly dy: number }
  | { readonly kind: 'zoom'; readonly factor: number }
  | { readonly kind: 'fit' }
  | { readonly kind: 'choose' };

export interface Key {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

export const ZOOM_STEP = 1.3;
const PAN_STEP = 90;
const PAGE = 10;

/** null: none of the drawing's keys. */
export function moveOf({ key, shiftKey, ctrlKey, metaKey, altKey }: Key, stops: readonly Stop[], at: number): Move | null {
  if (ctrlKey || metaKey || altKey) return null;
  if (shiftKey && key.startsWith('Arrow')) return { kind: 'pan', ...panOf(key) };
  const last = stops.length - 1;
  const to = (index: number): Move => ({ kind: 'to', to: Math.max(0, Math.min(last, index)) });
  switch (key) {
    case 'ArrowRight':
      return to(at + 1);
    case 'ArrowLeft':
      return to(at - 1);
    case 'ArrowDown':
    case 'ArrowUp': {
      const next = neighbourOf(stops, stops[at]!, key === 'ArrowDown' ? 'below' : 'above');
      return to(next ? stops.indexOf(next) : at);
    }
    case 'PageDown':
      return to(at + PAGE);
    case 'PageUp':
      return to(at - PAGE);
    case 'Home':
      return to(0);
    case 'End':
      return to(last);
    case 'Enter':
    case ' ':
      return { kind: 'choose' };
    case '+':
    case '=':
      return { kind: 'zoom', factor: ZOOM_STEP };
    case '-':
      return { kind: 'zoom', factor: 1 / ZOOM_STEP };
    case '0':
      return { kind: 'fit' };
    default:
      return null;
  }
}

function panOf(key: string): { dx: number; dy: number } {
  switch (key) {
    case 'ArrowRight':
      return { dx: PAN_STEP, dy: 0 };
    case 'ArrowLeft':
      return { dx: -PAN_STEP, dy: 0 };
    case 'ArrowDown':
      return { dx: 0, dy: PAN_STEP };
    default:
      return { dx: 0, dy: -PAN_STEP };
  }
}
