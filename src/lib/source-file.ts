/**
 * A file that someone dropped, picked, fetched or named: random access by slices, never copied whole.
 * The browser's File and Node's `fs.openAsBlob` both fit.
 */
export interface SourceFile {
  /** Path relative to what was dropped, with forward slashes. */
  readonly name: string;
  readonly blob: Blob;
}

/** Reads `[start, end)` of a file; a range past the end gives fewer bytes. */
export async function readBytes(file: SourceFile, start = 0, end = file.blob.size): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await file.blob.slice(start, end).arrayBuffer());
}

/** A file made from bytes already in memory. */
export function fileOf(name: string, bytes: Uint8Array<ArrayBuffer> | string): SourceFile {
  return { name, blob: new Blob([bytes]) };
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
