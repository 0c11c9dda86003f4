/**
 * Takes rotation tags (EXIF) out of a picture, because browsers follow them whatever they are asked, and Keras and Pillow do
 * not: a model has to see what it was trained on.
 */
import type { ImageFormat } from './image-header';

/** The same picture without its tags; whatever is no proper file is left for the decoder to refuse. */
export function withoutOrientation(bytes: Uint8Array<ArrayBuffer>, format: ImageFormat): Uint8Array<ArrayBuffer> {
  switch (format) {
    case 'jpeg':
      return without(bytes, jpegTags(bytes));
    case 'png':
      return without(bytes, pngTags(bytes));
    case 'webp':
      return withoutWebpFlag(bytes);
    case 'bmp':
      return bytes;
    default: {
      const never: never = format;
      return never;
    }
  }
}

type Range = readonly [start: number, end: number];

/** APP1 segments, before the scan begins. */
function jpegTags(bytes: Uint8Array<ArrayBuffer>): Range[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: Range[] = [];
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1]!;
    if (marker === 0xda) break;
    const end = marker === 0xff ? at + 1 : at + 2 + view.getUint16(at + 2);
    if (marker === 0xe1) found.push([at, Math.min(end, bytes.length)]);
    at = end;
  }
  return found;
}

/** eXIf chunks. */
function pngTags(bytes: Uint8Array<ArrayBuffer>): Range[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: Range[] = [];
  let at = 8;
  while (at + 12 <= bytes.length) {
    const end = at + 12 + view.getUint32(at);
    if (view.getUint32(at + 4) === 0x65584966) found.push([at, Math.min(end, bytes.length)]);
    at = end;
  }
  return found;
}

/** The extended header says whether there are tags; without the flag nobody looks for them. */
function withoutWebpFlag(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const isExtended = String.fromCharCode(...bytes.subarray(12, 16)) === 'VP8X';
  if (!isExtended) return bytes;
  const copy = bytes.slice();
  copy[20]! &= ~0x08;
  return copy;
}

function without(bytes: Uint8Array<ArrayBuffer>, ranges: readonly Range[]): Uint8Array<ArrayBuffer> {
  if (ranges.length === 0) return bytes;
  const result = new Uint8Array(bytes.length - ranges.reduce((sum, [start, end]) => sum + end - start, 0));
  let to = 0;
  let from = 0;
  for (const [start, end] of [...ranges, [bytes.length, bytes.length] as const]) {
    result.set(bytes.subarray(from, start), to);
    to += start - from;
    from = end;
  }
  return result;
}
