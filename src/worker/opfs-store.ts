/**
 * Trainings kept in the page's private file system, so that neither an ended worker nor a reload costs them. Bounded: what was
 * written longest ago goes first. A browser that gives no such place keeps nothing, and training works all the same.
 */
import type { CheckpointStore } from '../training/training';

const FOLDER = 'whittle-training';
/** Of all files together. A phone's browser gives a page more than this, and a model of 100 MB still fits twice. */
const LARGEST_TOTAL_NBYTES = 1e9;

/** Not in every list of types yet: the folder's own entries, one after the other. */
type Listed = FileSystemDirectoryHandle & { values(): AsyncIterable<FileSystemHandle> };

/** Of workers alone, and so not in the window's types. */
interface SyncAccess {
  truncate(nbytes: number): void;
  write(bytes: Uint8Array, options: { at: number }): number;
  flush(): void;
  close(): void;
}
type WorkerFile = FileSystemFileHandle & { createSyncAccessHandle(): Promise<SyncAccess>; move(name: string): Promise<void> };

/** Of a file that is being written: it takes its name when it is whole, so that a worker ended meanwhile costs nothing. */
const UNFINISHED = '.unfinished';

/** Never throws: private windows refuse such a place, and a full disk gives none. */
export function opfsStore(): CheckpointStore {
  return {
    load: (key) => load(key).catch(() => null),
    save: (key, bytes) => save(key, bytes).catch(() => undefined),
    remove: (key) => folder().then((place) => place.removeEntry(key)).catch(() => undefined),
  };
}

async function folder(): Promise<FileSystemDirectoryHandle> {
  return (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });
}

async function load(key: string): Promise<Uint8Array> {
  const handle = await (await folder()).getFileHandle(key);
  return new Uint8Array(await (await handle.getFile()).arrayBuffer());
}

async function save(key: string, bytes: Uint8Array): Promise<void> {
  if (bytes.byteLength > LARGEST_TOTAL_NBYTES) return;
  const place = await folder();
  await makeRoom(place, key, bytes.byteLength);
  const handle = (await place.getFileHandle(key + UNFINISHED, { create: true })) as WorkerFile;
  const access = await handle.createSyncAccessHandle();
  try {
    access.truncate(0);
    access.write(bytes, { at: 0 });
    access.flush();
  } finally {
    access.close();
  }
  // Large files can fail in silence: what is not whole is not kept.
  if ((await handle.getFile()).size === bytes.byteLength) await handle.move(key);
  else await place.removeEntry(handle.name);
}

async function makeRoom(place: FileSystemDirectoryHandle, key: string, nbytes: number): Promise<void> {
  const files: { name: string; size: number; lastModified: number }[] = [];
  for await (const handle of (place as Listed).values()) {
    if (handle.kind !== 'file' || handle.name === key) continue;
    const { size, lastModified } = await (handle as FileSystemFileHandle).getFile();
    files.push({ name: handle.name, size, lastModified });
  }
  let total = files.reduce((sum, { size }) => sum + size, nbytes);
  for (const { name, size } of files.toSorted((a, b) => a.lastModified - b.lastModified)) {
    if (total <= LARGEST_TOTAL_NBYTES) return;
    // In use by the other worker: it stays, and the next oldest goes.
    const isGone = await place.removeEntry(name).then(
      () => true,
      () => false,
    );
    if (isGone) total -= size;
  }
}
