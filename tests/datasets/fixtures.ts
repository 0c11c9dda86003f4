/** The fixtures of tests/fixtures/data as source files. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileOf, type SourceFile } from '../../src/lib/source-file';
import type { ImageDecoder } from '../../src/datasets/image-decoder';

const root = new URL('../fixtures/data/', import.meta.url);

export function bytesOf(path: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(path, root)));
}

export function fixture(path: string): SourceFile {
  return fileOf(path.slice(path.lastIndexOf('/') + 1), bytesOf(path));
}

export function jsonOf<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(path, root), 'utf8')) as T;
}

/** A folder as browsers give it: every file with its path from the folder's own name on. */
export function folder(path: string): SourceFile[] {
  const names = readdirSync(new URL(`${path}/`, root), { recursive: true, withFileTypes: true });
  return names
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const full = `${entry.parentPath}/${entry.name}`.replaceAll('\\', '/');
      const name = full.slice(full.indexOf(`/data/${path}`) + '/data/'.length);
      return fileOf(name, bytesOf(name));
    });
}

/** For data that hold no pictures. */
export const noDecoder: ImageDecoder = async () => {
  throw new Error('No picture was expected.');
};
