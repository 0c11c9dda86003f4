/** Bilinear resizing with half-pixel centres and no antialiasing: what `tf.image.resize` and Keras's image loaders do. */

/** [height, width, channels] to `size` = [height, width]. */
export function resizeBilinear(
  pixels: ArrayLike<number>,
  shape: readonly [number, number, number],
  size: readonly [number, number],
): Float32Array<ArrayBuffer> {
  const [height, width, channels] = shape;
  const result = new Float32Array(size[0] * size[1] * channels);
  const rows = taps(height, size[0]);
  const columns = taps(width, size[1]);
  let to = 0;
  for (const row of rows) {
    for (const column of columns) {
      for (let channel = 0; channel < channels; channel++) {
        const at = (y: number, x: number): number => pixels[(y * width + x) * channels + channel]!;
        const top = at(row.low, column.low) + (at(row.low, column.high) - at(row.low, column.low)) * column.part;
        const bottom = at(row.high, column.low) + (at(row.high, column.high) - at(row.high, column.low)) * column.part;
        result[to++] = top + (bottom - top) * row.part;
      }
    }
  }
  return result;
}

/** For each index of the result, the two it lies between and how far from the lower one. */
function taps(from: number, to: number): { low: number; high: number; part: number }[] {
  return Array.from({ length: to }, (_, i) => {
    const position = ((i + 0.5) * from) / to - 0.5;
    const low = Math.floor(position);
    return { low: Math.max(low, 0), high: Math.min(low + 1, from - 1), part: position - low };
  });
}
