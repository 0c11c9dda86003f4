/** Turns the bytes of a picture into pixels. Browsers and Node have their own; whoever makes the engine hands one in. */
export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue, row by row, 0…255. Transparent pixels are laid on black. Rotation tags (EXIF) are not followed, as in Keras. */
  readonly rgb: Uint8Array;
}

/** `name` is for the DataError: no picture, damaged, too large. */
export type ImageDecoder = (bytes: Uint8Array<ArrayBuffer>, name: string) => Promise<DecodedImage>;

/** Drops the alpha channel; `rgba` is not premultiplied unless said. */
export function rgbOf(rgba: Uint8Array | Uint8ClampedArray): Uint8Array {
  const count = rgba.length / 4;
  const rgb = new Uint8Array(count * 3);
  for (let i = 0; i < count; i++) {
    const alpha = rgba[i * 4 + 3]!;
    for (let channel = 0; channel < 3; channel++) {
      const value = rgba[i * 4 + channel]!;
      rgb[i * 3 + channel] = alpha === 255 ? value : Math.round((value * alpha) / 255);
    }
  }
  return rgb;
}
