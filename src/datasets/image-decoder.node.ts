/** Decoding in Node: libjpeg-turbo, lodepng, libwebp and libnsbmp as WebAssembly (the @cwasm packages). */
import { dataError } from './data-error';
import { rgbOf, type DecodedImage } from './image-decoder';
import { readImageHeader, type ImageFormat } from './image-header';

interface Decoder {
  decode(bytes: Uint8Array): { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray };
}

export async function decodeImage(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<DecodedImage> {
  const { format, width, height } = readImageHeader(bytes, name);
  const decoder = await loadDecoder(format);
  try {
    const image = decoder.decode(bytes);
    if (image.width !== width || image.height !== height) throw new Error(`the decoder found ${image.width} × ${image.height} pixels`);
    return { width, height, rgb: rgbOf(image.data) };
  } catch (error) {
    throw dataError(name, `it cannot be decoded as ${format.toUpperCase()}: the picture is damaged or of a rare kind. Save it again as PNG.`, error);
  }
}

function loadDecoder(format: ImageFormat): Promise<Decoder> {
  switch (format) {
    case 'jpeg':
      return import('@cwasm/jpeg-turbo');
    case 'png':
      return import('@cwasm/lodepng');
    case 'webp':
      return import('@cwasm/webp');
    case 'bmp':
      return import('@cwasm/nsbmp');
    default: {
      const never: never = format;
      return never;
    }
  }
}
