/** Writes results so that a failure leaves nothing behind: into a name of their own first, then renamed. */
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { zipSync } from 'fflate';
import type { WrittenFile } from '../formats/format';
import { WhittleError } from '../lib/errors';

/**
 * One file goes to `path`. Several go into the folder `path` (or the folder of `path`, when that ends in .json), or as one
 * archive when it ends in .zip. Gives the path that was written.
 */
export async function writeOutput(path: string, files: readonly WrittenFile[]): Promise<string> {
  if (path.endsWith('.zip')) {
    return writeOne(path, zipSync(Object.fromEntries(files.map((file) => [file.name, file.bytes])), { mtime: new Date('1980-01-01') }));
  }
  if (files.length === 1 && !files[0]!.name.endsWith('.json')) return writeOne(path, files[0]!.bytes);
  const folder = path.endsWith('.json') ? dirname(path) : path;
  const existing = await stat(folder).catch(() => undefined);
  if (existing && !existing.isDirectory()) throw new WhittleError('ExportError', `${folder} is a file; a folder is needed for ${files.length} files.`);
  await mkdir(folder, { recursive: true });
  const temporary = files.map((file) => join(folder, `.${file.name}.part`));
  try {
    for (const [i, file] of files.entries()) await writeFile(temporary[i]!, file.bytes);
    for (const [i, file] of files.entries()) await rename(temporary[i]!, join(folder, file.name));
  } catch (error) {
    await Promise.all(temporary.map((name) => rm(name, { force: true })));
    throw error;
  }
  return folder;
}

export async function writeOne(path: string, bytes: Uint8Array): Promise<string> {
  const temporary = join(dirname(path), `.${basename(path)}.part`);
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return path;
}
