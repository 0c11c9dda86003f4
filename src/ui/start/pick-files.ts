/** The browser's file picker, opened from a button, a key or the palette. */
import { filesOfList } from '../../state/collect-files';
import { openFiles } from '../../state/open-actions';

export function pickFiles(what: 'files' | 'folder'): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = true;
  input.webkitdirectory = what === 'folder';
  input.addEventListener('change', () => void openFiles(filesOfList(input.files ?? [])));
  input.click();
}
