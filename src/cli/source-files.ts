/** Files named on the command line, opened for reading by slices. */
import { openAsBlob } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { WhittleError } from '../lib/errors';
import type { SourceFile } from '../lib/source-file';

/** A model's folder holds tens of shards, a folder of images tens of thousands of files; more is a mistake. */
const LARGEST_FILE_COUNT = 200_000;

/** One file; a folder with all it holds; or, for a TensorFlow.js model.json, the file first and then the weight files that it names. */
export async function sourceFiles(path: string): Promise<SourceFile[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new WhittleError('DataError', `${path} does not exist.`);
  if (found.isDirectory()) return filesIn(path, await listFiles(path));
  if (!path.endsWith('.json')) return filesIn(dirname(path), [path]);
  const folder = dirname(path);
  const named = await shardsNamedIn(path);
  const beside = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isFile() && named.has(entry.name))
    .map((entry) => join(folder, entry.name));
  return filesIn(folder, [path, ...beside]);
}

/** File names in a weights manifest; none for another JSON, which the format's reader will judge. */
async function shardsNamedIn(path: string): Promise<Set<string>> {
  try {
    const { weightsManifest } = JSON.parse(await readFile(path, 'utf8')) as { weightsManifest?: { paths: string[] }[] };
    return new Set((weightsManifest ?? []).flatMap((group) => group.paths).map((shard) => basename(shard)));
  } catch {
    return new Set();
  }
}

function filesIn(folder: string, paths: readonly string[]): Promise<SourceFile[]> {
  return Promise.all(
    paths.map(async (path) => ({ name: relative(folder, path).split(sep).join('/'), blob: await openAsBlob(path) })),
  );
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  if (files.length > LARGEST_FILE_COUNT) {
    throw new WhittleError('DataError', `${folder} holds ${files.length} files; at most ${LARGEST_FILE_COUNT} are read.`);
  }
  return files.sort();
}
