/** Writes results so that a failure leaves nothing behind: into names of their own first, then renamed. */
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { zipSync } from 'fflate';
import type { WrittenFile } from '../formats/format';
import { messageOf, WhittleError } from '../lib/errors';

/** The first moment that zip can write, so that the same files give the same bytes. */
const FIXED_TIME = '1980-01-01T00:00:00';

/**
 * One file goes to `path`. Several go into the folder `path` (or the folder of `path`, when that ends in .json), or as one
 * archive when it ends in .zip. Gives the path that was written.
 */
export async function writeOutput(path: string, files: readonly WrittenFile[]): Promise<string> {
  if (path.endsWith('.zip')) {
    return writeOne(path, zipSync(Object.fromEntries(files.map((file) => [file.name, file.bytes])), { mtime: FIXED_TIME }));
  }
  if (files.length === 1 && !files[0]!.name.endsWith('.json')) return writeOne(path, files[0]!.bytes);
  const folder = path.endsWith('.json') ? dirname(path) : path;
  await writeAll(folder, files);
  return folder;
}

export async function writeOne(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  await writeAll(dirname(path), [{ name: basename(path), bytes }]);
  return path;
}

/** All files, or none and no new folder. Throws an ExportError that names the path. */
async function writeAll(folder: string, files: readonly WrittenFile[]): Promise<void> {
  const paths = files.map(({ name }) => join(folder, name));
  const temporary = paths.map((path) => join(dirname(path), `.${basename(path)}.part`));
  const madeFolders: string[] = [];
  try {
    for (const needed of new Set([folder, ...paths.map((path) => dirname(path))])) {
      const made = await mkdir(needed, { recursive: true });
      if (made !== undefined) madeFolders.push(made);
    }
    for (const path of paths) {
      if ((await stat(path).catch(() => undefined))?.isDirectory()) throw new Error('it is a folder, and a file is to be written');
    }
    for (const [i, file] of files.entries()) await writeFile(temporary[i]!, file.bytes);
    for (const [i, path] of paths.entries()) await rename(temporary[i]!, path);
  } catch (error) {
    // Below a file, or below what may not be touched, there is nothing to take away.
    await Promise.all(temporary.map((name) => rm(name, { force: true }).catch(() => undefined)));
    for (const made of madeFolders) await rm(made, { recursive: true, force: true });
    const subject = paths.length === 1 ? paths[0]! : folder;
    throw new WhittleError('ExportError', `${subject} cannot be written: ${messageOf(error)}. Choose another path.`, { cause: error });
  }
}
