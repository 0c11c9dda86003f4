/** Puts files on the person's disk: one as it is, several as one zip. */
import type { WrittenFile } from '../formats/format';

export async function downloadFiles(files: readonly WrittenFile[], zipName: string): Promise<void> {
  const [only] = files;
  if (only && files.length === 1) return downloadBlob(new Blob([only.bytes]), only.name);
  const { zip } = await import('fflate');
  const entries = Object.fromEntries(files.map((file) => [file.name, file.bytes]));
  const bytes = await new Promise<Uint8Array>((resolve, reject) => {
    zip(entries, { level: 6 }, (error, data) => {
      if (error) reject(error);
      else resolve(data);
    });
  });
  downloadBlob(new Blob([bytes as Uint8Array<ArrayBuffer>]), `${zipName}.zip`);
}

export function downloadBlob(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has taken the blob by the time of the next task.
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  });
}
