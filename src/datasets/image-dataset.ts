/** Pictures in files: decoded when asked for, a few at a time. The folder that a picture lies in is its class. */
import { readBytes, type SourceFile } from '../lib/source-file';
import type { Batch } from '../runtime/backend';
import { checkRange } from './array-dataset';
import { dataError } from './data-error';
import type { Dataset } from './dataset';
import type { DecodedImage, ImageDecoder } from './image-decoder';
import { namedLabels } from './labels';
import { resizeBilinear } from './resize';

/** A picture whose bytes may still lie packed in an archive. */
export interface LazyFile {
  readonly name: string;
  readonly nbytes: number;
  open(): Promise<SourceFile>;
}

/** Decoders work beside each other in browsers; more would only hold more decoded pictures. */
const DECODED_AT_ONCE = 4;
/** A compressed picture over this is no photograph. */
const LARGEST_FILE_NBYTES = 100_000_000;
/** Numbers of one batch: 1 GB of float32. */
const LARGEST_BATCH_SIZE = 2 ** 28;

export function imageDataset(name: string, unsorted: readonly LazyFile[], decode: ImageDecoder): Dataset {
  const files = [...unsorted].sort((a, b) => (a.name < b.name ? -1 : 1));
  const folders = files.map((file) => folderOf(file.name));
  const labels = new Set(folders).size > 1 ? namedLabels(folders) : null;
  return {
    name,
    kind: 'images',
    count: files.length,
    exampleShape: [-1, -1, 3],
    storage: 'uint8',
    labels: labels?.labels ?? null,
    classNames: labels?.classNames ?? null,
    training: null,
    async read(start, end, size) {
      checkRange(name, start, end, files.length);
      const wanted = files.slice(start, end);
      const first = wanted[0] ? await decodeFile(wanted[0], decode) : null;
      const target = size ?? (first ? ([first.height, first.width] as const) : ([0, 0] as const));
      return readBatch(wanted, target, async (file, i) => {
        const image = i === 0 ? first! : await decodeFile(file, decode);
        if (image.height === target[0] && image.width === target[1]) return image.rgb;
        if (size) return resizeBilinear(image.rgb, [image.height, image.width, 3], size);
        throw dataError(
          file.name,
          `the picture has ${image.width} × ${image.height} pixels, an earlier one ${target[1]} × ${target[0]}, and the model takes any size. Set a size in the preprocessing.`,
        );
      });
    },
  };
}

async function readBatch(
  files: readonly LazyFile[],
  size: readonly [number, number],
  pixelsOf: (file: LazyFile, index: number) => Promise<ArrayLike<number>>,
): Promise<Batch> {
  const rowSize = size[0] * size[1] * 3;
  if (rowSize * files.length > LARGEST_BATCH_SIZE) {
    throw dataError(files[0]!.name, `${files.length} pictures of ${size[1]} × ${size[0]} pixels do not fit in memory at once. Set a smaller size.`);
  }
  const data = new Float32Array(files.length * rowSize);
  for (let at = 0; at < files.length; at += DECODED_AT_ONCE) {
    const some = files.slice(at, at + DECODED_AT_ONCE);
    await Promise.all(some.map(async (file, i) => data.set(await pixelsOf(file, at + i), (at + i) * rowSize)));
  }
  return { shape: [files.length, ...size, 3], dtype: 'float32', data };
}

async function decodeFile(file: LazyFile, decode: ImageDecoder): Promise<DecodedImage> {
  if (file.nbytes > LARGEST_FILE_NBYTES) throw dataError(file.name, `the picture has ${file.nbytes} bytes, over the ${LARGEST_FILE_NBYTES} that are read.`);
  const source = await file.open();
  return decode(await readBytes(source), file.name);
}

/** The name of the folder that the file lies in; empty at the top. */
function folderOf(path: string): string {
  return path.split('/').at(-2) ?? '';
}
