/** The pixels of a camera's picture, in the size that a model takes. Off the window's thread. */
import type { Batch } from '../runtime/backend';

/** Pixels have four bytes in a canvas; the last says how opaque they are. */
const CANVAS_CHANNELS = 4;
const CHANNELS = 3;

let canvas: OffscreenCanvas | undefined;

/** [1, height, width, 3], 0…255. Closes the bitmap. */
export function frameOf(bitmap: ImageBitmap): Batch {
  const { width, height } = bitmap;
  if (canvas?.width !== width || canvas.height !== height) canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const pixels = context.getImageData(0, 0, width, height).data;
  const data = new Float32Array(width * height * CHANNELS);
  for (let i = 0; i < width * height; i++) for (let channel = 0; channel < CHANNELS; channel++) data[i * CHANNELS + channel] = pixels[i * CANVAS_CHANNELS + channel]!;
  return { shape: [1, height, width, CHANNELS], dtype: 'float32', data };
}
