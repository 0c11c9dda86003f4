/** Sizes of files as they lie, compressed as a web server would, read as a stream: a large model is never whole in memory. */
import { createBrotliCompress, createGzip, constants } from 'node:zlib';
import { Readable, type Transform } from 'node:stream';
import type { SourceFile } from '../lib/source-file';
import { brotliQualityFor, GZIP_LEVEL } from '../measure/size';
import type { SizeReport } from '../measure/types';

export async function compressedSize(files: readonly SourceFile[]): Promise<SizeReport> {
  const raw = files.reduce((sum, file) => sum + file.blob.size, 0);
  const brotliQuality = brotliQualityFor(raw);
  const report = { raw, gzip: 0, brotli: 0, brotliQuality };
  for (const file of files) {
    report.gzip += await countThrough(file, createGzip({ level: GZIP_LEVEL }));
    const params = { [constants.BROTLI_PARAM_QUALITY]: brotliQuality, [constants.BROTLI_PARAM_SIZE_HINT]: file.blob.size };
    report.brotli += await countThrough(file, createBrotliCompress({ params }));
  }
  return report;
}

async function countThrough(file: SourceFile, compressor: Transform): Promise<number> {
  let count = 0;
  const source = Readable.fromWeb(file.blob.stream() as Parameters<typeof Readable.fromWeb>[0]);
  source.on('error', (error) => compressor.destroy(error));
  for await (const chunk of source.pipe(compressor)) count += (chunk as Uint8Array).length;
  return count;
}
