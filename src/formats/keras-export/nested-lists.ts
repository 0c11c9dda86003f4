/** Numbers as the nested lists that JSON has for arrays. */
import type { Shape } from '../../ir/tensor';

/** `values` in rows of `shape`; a single one for no dimensions. */
export function nest(shape: Shape, values: readonly unknown[]): unknown {
  const [size, ...rest] = shape;
  if (size === undefined) return values[0];
  const inner = values.length / size;
  return Array.from({ length: size }, (_, i) => nest(rest, values.slice(i * inner, (i + 1) * inner)));
}
