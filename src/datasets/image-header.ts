/**
 * What an image file says of itself, by its magic bytes and header alone: enough to refuse a huge picture before any
 * decoder allocates for it. PNG, JPEG, WebP and BMP, by their specifications.
 */
import { dataError } from './data-error';

export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'bmp';

export interface ImageHeader {
  readonly format: ImageFormat;
  readonly width: number;
  readonly height: number;
}

/** 50 megapixels are 200 MB once decoded; pictures for classifiers are a thousandth of it. */
const LARGEST_PIXEL_COUNT = 50_000_000;

/** By the first twelve bytes. */
export function imageFormatOf(head: Uint8Array): ImageFormat | undefined {
  if (startsWith(head, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'png';
  if (startsWith(head, [0xff, 0xd8, 0xff])) return 'jpeg';
  if (ascii(head, 0, 4) === 'RIFF' && ascii(head, 8, 12) === 'WEBP') return 'webp';
  // "BM", and a header size of BITMAPCOREHEADER or later: two letters alone begin many texts.
  if (ascii(head, 0, 2) === 'BM' && head[6] === 0 && head[7] === 0 && head[8] === 0 && head[9] === 0) return 'bmp';
  return undefined;
}

/** Format and size, checked. `name` is for the DataError: unknown, cut off or too large. */
export function readImageHeader(bytes: Uint8Array, name: string): ImageHeader {
  const format = imageFormatOf(bytes);
  if (!format) throw dataError(name, 'it is no picture that Whittle reads. Give PNG, JPEG, WebP or BMP.');
  const size = sizeOf(bytes, format);
  if (!size || !(size[0] > 0) || !(size[1] > 0)) throw dataError(name, `its ${format.toUpperCase()} header is damaged or cut off. Get the picture again.`);
  const [width, height] = size;
  if (width * height > LARGEST_PIXEL_COUNT) {
    throw dataError(name, `it has ${width} × ${height} pixels, over the ${LARGEST_PIXEL_COUNT / 1e6} million that are read. Make it smaller.`);
  }
  return { format, width, height };
}

function sizeOf(bytes: Uint8Array, format: ImageFormat): readonly [number, number] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (format) {
    case 'png':
      return bytes.length >= 24 ? [view.getUint32(16), view.getUint32(20)] : undefined;
    case 'jpeg':
      return jpegSize(view);
    case 'webp':
      return webpSize(view);
    case 'bmp':
      if (bytes.length < 26) return undefined;
      // A negative height counts rows from the top.
      return view.getUint32(14, true) === 12
        ? [view.getUint16(18, true), view.getUint16(20, true)]
        : [view.getInt32(18, true), Math.abs(view.getInt32(22, true))];
    default: {
      const never: never = format;
      return never;
    }
  }
}

/** The start-of-frame segment (0xC0…0xCF but DHT, JPG and DAC) holds the size. */
function jpegSize(view: DataView): readonly [number, number] | undefined {
  let offset = 2;
  while (offset + 9 <= view.byteLength) {
    if (view.getUint8(offset) !== 0xff) return undefined;
    const marker = view.getUint8(offset + 1);
    if (marker === 0xff) {
      offset += 1; // a fill byte
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return [view.getUint16(offset + 7), view.getUint16(offset + 5)];
    }
    offset += 2 + view.getUint16(offset + 2);
  }
  return undefined;
}

/** Lossy (VP8), lossless (VP8L) or extended (VP8X), after the twelve bytes of RIFF. */
function webpSize(view: DataView): readonly [number, number] | undefined {
  if (view.byteLength < 30) return undefined;
  const chunk = String.fromCharCode(view.getUint8(12), view.getUint8(13), view.getUint8(14), view.getUint8(15));
  if (chunk === 'VP8 ') return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff];
  if (chunk === 'VP8L') {
    const bits = view.getUint32(21, true);
    return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1];
  }
  if (chunk !== 'VP8X') return undefined;
  const uint24 = (offset: number): number => view.getUint16(offset, true) | (view.getUint8(offset + 2) << 16);
  return [uint24(24) + 1, uint24(27) + 1];
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}

function ascii(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}
