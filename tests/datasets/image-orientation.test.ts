import { describe, it, expect } from 'vitest';
import type { ImageFormat } from '../../src/datasets/image-header';
import { withoutOrientation } from '../../src/datasets/image-orientation';
import { decodeImage } from '../../src/datasets/image-decoder.node';
import { bytesOf } from './fixtures';

const text = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes);

describe('rotation tags are taken out', () => {
  it.each<[ImageFormat, string, RegExp]>([
    ['jpeg', 'rotated.jpg', /Exif/],
    ['png', 'rotated.png', /eXIf/],
  ])('of %s, and the picture stays', async (format, name, tag) => {
    const bytes = bytesOf(`pictures/slopes/${name}`);
    const bare = withoutOrientation(bytes, format);
    expect(text(bytes)).toMatch(tag);
    expect(text(bare)).not.toMatch(tag);
    expect(await decodeImage(bare, name)).toEqual(await decodeImage(bytes, name));
  });

  it('of WebP, by its flag', () => {
    const bytes = bytesOf('pictures/slopes/rotated.webp');
    expect(bytes[20]! & 0x08).toBe(0x08);
    expect(withoutOrientation(bytes, 'webp')[20]! & 0x08).toBe(0);
  });

  it.each<[ImageFormat, string]>([
    ['jpeg', 'colour.jpg'],
    ['png', 'colour.png'],
    ['webp', 'colour.webp'],
    ['bmp', 'colour.bmp'],
  ])('a %s without any stays as it is', (format, name) => {
    const bytes = bytesOf(`pictures/slopes/${name}`);
    expect(withoutOrientation(bytes, format)).toBe(bytes);
  });

  it('files that lie about lengths do no harm', () => {
    expect(withoutOrientation(Uint8Array.of(0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff, 1), 'jpeg')).toEqual(Uint8Array.of(0xff, 0xd8));
    expect(withoutOrientation(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 0, 1), 'jpeg')).toHaveLength(7);
  });
});
