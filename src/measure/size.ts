/** Exact sizes of exported files: raw, gzip -9 and brotli, each file compressed on its own, as a web server would. */
import { gzip } from 'pako';
import { throwIfCancelled } from '../lib/errors';
import type { WrittenFile } from '../formats/format';
import type { SizeReport } from './types';

/** Quality 11 takes three seconds a megabyte; past this many bytes quality 9 answers in a tenth, and the report says so. */
const BEST_BROTLI_BYTES = 1_500_000;
const BEST_BROTLI_QUALITY = 11;
const FAST_BROTLI_QUALITY = 9;
/** As `gzip -9`: pako is a port of zlib and gives the same bytes; faster libraries pack some tenths of a per cent less tightly. */
export const GZIP_LEVEL = 9;

/** brotli-wasm, which loads differently in a worker and in Node: whoever makes the engine hands it in. */
export interface Brotli {
  compress(bytes: Uint8Array, options: { quality: number }): Uint8Array;
}

export async function measureSize(files: readonly WrittenFile[], brotli: Brotli, signal?: AbortSignal): Promise<SizeReport> {
  const raw = files.reduce((sum, file) => sum + file.bytes.length, 0);
  const brotliQuality = brotliQualityFor(raw);
  let gzipBytes = 0;
  let brotliBytes = 0;
  for (const { bytes } of files) {
    throwIfCancelled(signal);
    gzipBytes += gzip(bytes, { level: GZIP_LEVEL }).length;
    throwIfCancelled(signal);
    brotliBytes += brotli.compress(bytes, { quality: brotliQuality }).length;
  }
  return { raw, gzip: gzipBytes, brotli: brotliBytes, brotliQuality };
}

/** Brotli's quality for files of so many bytes together. */
export function brotliQualityFor(nbytes: number): number {
  return nbytes <= BEST_BROTLI_BYTES ? BEST_BROTLI_QUALITY : FAST_BROTLI_QUALITY;
}
