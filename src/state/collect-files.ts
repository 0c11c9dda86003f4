/** Files out of a drop or a picker, folders opened, with their paths. */
import type { SourceFile } from '../lib/source-file';

/** More files than any model or test set in a folder has: a guard against a dropped home folder. */
const LARGEST_FILE_COUNT = 100_000;

/** Must be called within the drop event: the browser forgets the items after it. */
export async function filesOfDrop(transfer: DataTransfer): Promise<SourceFile[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  const plain = filesOfList(transfer.files);
  if (!entries.some((entry) => entry?.isDirectory)) return plain;
  const files: SourceFile[] = [];
  for (const entry of entries) if (entry) await walk(entry, files);
  return files;
}

export function filesOfList(list: FileList | readonly File[]): SourceFile[] {
  return [...list].map((file) => ({ name: file.webkitRelativePath || file.name, blob: file }));
}

async function walk(entry: FileSystemEntry, files: SourceFile[]): Promise<void> {
  if (files.length >= LARGEST_FILE_COUNT) return;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => {
      (entry as FileSystemFileEntry).file(resolve, reject);
    });
    files.push({ name: entry.fullPath.replace(/^\//, ''), blob: file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // The browser hands out a folder in portions, the last of which is empty.
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (portion.length === 0) return;
    for (const inner of portion) await walk(inner, files);
  }
}
