/** The browser's file picker, opened from a button, a key or the palette. */
import type { SourceFile } from '../../lib/source-file';
import { filesOfList } from '../../state/collect-files';
import { openFiles } from '../../state/open-actions';

/** `open` takes what was picked; whatever it is, unless somebody asked for something in particular. */
export function pickFiles(what: 'files' | 'folder', open: (files: readonly SourceFile[]) => Promise<void> = openFiles): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = true;
  input.webkitdirectory = what === 'folder';
  input.addEventListener('change', () => void open(filesOfList(input.files ?? [])));
  input.click();
}
