/** Trainings under way and finished ones as files of a folder: the same command goes on where it was, or finds the result. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, WhittleError } from '../lib/errors';
import type { CheckpointStore } from '../training/training';

/** Hashes and a word before them. */
const KEY = /^[\w-]{1,128}$/;

export function checkpointFolder(folder: string): CheckpointStore {
  const pathOf = (key: string): string => {
    if (!KEY.test(key)) throw new WhittleError('DataError', `A checkpoint cannot be kept under the name "${key.slice(0, 40)}".`);
    return join(folder, `${key}.checkpoint`);
  };
  return {
    // A copy: Node's Buffer is a part of a larger one.
    load: (key) => readFile(pathOf(key)).then((bytes) => new Uint8Array(bytes), (error: unknown) => nothingThere(error, folder)),
    async save(key, bytes) {
      const path = pathOf(key);
      try {
        await mkdir(folder, { recursive: true });
        // Whole or not at all, also when the program ends in between.
        await writeFile(`${path}.part`, bytes);
        await rename(`${path}.part`, path);
      } catch (error) {
        throw new WhittleError('DataError', `The checkpoint folder ${folder} cannot be written: ${messageOf(error)}. Choose another --checkpoint.`, { cause: error });
      }
    },
    remove: (key) => rm(pathOf(key), { force: true }),
  };
}

/** null where there is no such file; what is there and cannot be read must not be trained anew in silence. */
function nothingThere(error: unknown, folder: string): null {
  if ((error as { readonly code?: string }).code === 'ENOENT') return null;
  throw new WhittleError('DataError', `The checkpoint folder ${folder} cannot be read: ${messageOf(error)}. Choose another --checkpoint.`, { cause: error });
}
