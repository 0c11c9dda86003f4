/** Unpacks a gzipped file, bounded: what expands like a bomb is refused while it expands. */
import type { SourceFile } from '../lib/source-file';
import { dataError } from './data-error';

/** As for zip archives: honest data stay far below. Labels in long runs need the absolute allowance. */
const LARGEST_EXPANSION = 100;
const ALWAYS_ALLOWED_NBYTES = 16 * 1024 * 1024;

export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b && head[2] === 8;
}

/** The content, under the name without `.gz`. */
export async function gunzip(file: SourceFile): Promise<SourceFile> {
  const limit = Math.max(ALWAYS_ALLOWED_NBYTES, file.blob.size * LARGEST_EXPANSION);
  const reader = file.blob.stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let nbytes = 0;
  for (;;) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      throw dataError(file.name, 'it is no complete gzip file: it cannot be unpacked. Get it again.', error);
    });
    if (done) break;
    nbytes += value.length;
    if (nbytes > limit) {
      await reader.cancel();
      throw dataError(file.name, `it unpacks to over ${LARGEST_EXPANSION} times its size. Unpack it yourself if you trust it.`);
    }
    pieces.push(value);
  }
  return { name: file.name.replace(/\.gz$/i, ''), blob: new Blob(pieces) };
}
