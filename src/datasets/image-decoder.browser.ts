/** Decoding in a browser's worker: its own decoders, without colour management, read back through a canvas. */
import { dataError } from './data-error';
import { rgbOf, type DecodedImage } from './image-decoder';
import { readImageHeader } from './image-header';
import { withoutOrientation } from './image-orientation';

export async function decodeImage(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<DecodedImage> {
  const { format, width, height } = readImageHeader(bytes, name);
  const bitmap = await createImageBitmap(new Blob([withoutOrientation(bytes, format)], { type: `image/${format}` }), {
    colorSpaceConversion: 'none',
    premultiplyAlpha: 'none',
  }).catch((error: unknown) => {
    throw dataError(name, `it cannot be decoded as ${format.toUpperCase()}: the picture is damaged or of a rare kind. Save it again as PNG.`, error);
  });
  try {
    if (bitmap.width !== width || bitmap.height !== height) {
      throw dataError(name, `its header says ${width} × ${height} pixels and the picture has ${bitmap.width} × ${bitmap.height}. Save it again.`);
    }
    const context = new OffscreenCanvas(width, height).getContext('2d', { alpha: false, willReadFrequently: true });
    if (!context) throw dataError(name, 'this browser gives no canvas to a worker, so pictures cannot be read. Give the data as an .npz file.');
    // An opaque canvas begins black, so transparent pixels lie on black.
    context.drawImage(bitmap, 0, 0);
    return { width, height, rgb: rgbOf(context.getImageData(0, 0, width, height).data) };
  } finally {
    bitmap.close();
  }
}
