/** Colours of pictures, [n, h, w, c]: grey, red-green-blue, or blue-green-red (as models that came from Caffe take them). */
import type { Preprocessing } from '../passes/pass';

/** ITU-R BT.601, as PIL and TensorFlow make grey. */
const LUMA = [0.299, 0.587, 0.114] as const;

export function channelCountOf(channels: NonNullable<Preprocessing['channels']>): 1 | 3 {
  return channels === 'grey' ? 1 : 3;
}

/** Pixels of `from` channels (1, 3, or 4 with the last left out) in the wanted colours. */
export function convertChannels(
  pixels: ArrayLike<number>,
  from: number,
  wanted: NonNullable<Preprocessing['channels']>,
): Float32Array<ArrayBuffer> {
  const count = pixels.length / from;
  const to = channelCountOf(wanted);
  const result = new Float32Array(count * to);
  for (let i = 0; i < count; i++) {
    const red = pixels[i * from]!;
    const green = from === 1 ? red : pixels[i * from + 1]!;
    const blue = from === 1 ? red : pixels[i * from + 2]!;
    switch (wanted) {
      case 'grey':
        // Equal channels stay exactly what they are.
        result[i] = red === green && green === blue ? red : LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue;
        break;
      case 'rgb':
        result.set([red, green, blue], i * 3);
        break;
      case 'bgr':
        result.set([blue, green, red], i * 3);
        break;
      default: {
        const never: never = wanted;
        return never;
      }
    }
  }
  return result;
}
